"""The box's main loop."""

from loadbox.board import Board, make_safe
from loadbox.core import Box
from loadbox.lines import LineReader
from loadbox.wiring import Refused


class App:
    """One box: `step` is one round of about a millisecond."""

    def __init__(self, board):
        self.board = board
        self.box = Box(board.identity)
        self._reader = LineReader()

    def step(self):
        """Measures, takes lines, does what is due, drives the pins."""
        board, box = self.board, self.box
        now_ms = board.now_ms()
        current_ua, electrode_mv = board.measure()
        box.meter.add(current_ua, electrode_mv, box.is_open(now_ms))
        for byte in board.receive():
            self._take(now_ms, byte)
        box.step(now_ms)
        board.show(box.outputs)
        text = box.sample(now_ms)
        if text:
            board.send(text)
        board.feed()

    def _take(self, now_ms, byte):
        try:
            text = self._reader.feed(byte)
        except Refused as error:
            self.board.send(error.text)
            return
        reply = self.box.line(now_ms, text) if text else ""
        if reply:
            self.board.send(reply)


def main():
    """Runs for ever; with the service jumper, not at all. Whatever ends it leaves every output low."""
    board = Board()
    if board.has_jumper():
        board.send("service jumper set: the load box is not running")
        return
    board.start_watchdog()
    app = App(board)
    try:
        while True:
            app.step()
            board.wait()
    finally:
        make_safe()
