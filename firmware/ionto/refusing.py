"""What a device whose program files are damaged says over the link: that it is in FAULT, and why. [REQ-FIL-1]

Nothing else runs beside it, and it has no part in hand that could drive the output. It uses only files that main.py has
found to be whole.
"""

from ionto import faults, messages, states
from ionto.link import Link
from ionto.view import View

ROUND_MS = 10
_ANSWERED = (messages.HELLO, messages.STATUS, messages.SUBSCRIBE)
_CLOCK_MASK = 0x3FFFFFFF
_BATTERY_FULL_MV = 9900  # 3.3 V behind a divider by 3


class RefusingLink(Link):
    """Answers what only asks, and refuses everything else with the reason."""

    def _execute(self, request_type, body):
        if request_type in _ANSWERED:
            return Link._execute(self, request_type, body)
        view = self._device.view
        values = (request_type, faults.PROGRAM_DAMAGED, messages.NO_FIELD, view.fault_value, view.fault_limit)
        return messages.REFUSED, messages.pack(messages.message(messages.REFUSED), values)


class Refusing:
    """The device, as the link sees it. `board` is an Outside, `count` how many files are wrong."""

    def __init__(self, board, count):
        self._board = board
        self._uptime_ms = 0
        self._last_ms = None
        self.view = View()
        self.view.state = states.FAULT
        self.view.fault = faults.FIRMWARE
        self.view.fault_value = count
        self.link = RefusingLink(board.uart, self)
        self.link.event(0, messages.EVENT_BOOT, board.reset_cause, messages.TABLE_HASH & 0x7FFFFFFF)
        self.link.event(0, messages.EVENT_FAULT, faults.FIRMWARE, count)

    def identity(self):
        """(board id, calibration source, reset cause). Without the program no calibration is in use."""
        return self._board.board_id, messages.CALIBRATION_NONE, self._board.reset_cause

    def ticks(self):
        """No tick runs."""
        return 0

    def uptime_ms(self):
        """Milliseconds since power-on; does not wrap."""
        return self._uptime_ms

    def run(self, clock):
        """Rounds for ever, by `clock` (the `time` module); Ctrl-C on the service USB ends them."""
        while True:
            self.step(clock.ticks_ms())
            clock.sleep_ms(ROUND_MS)

    def step(self, now_ms):
        """One round."""
        if self._last_ms is not None:
            self._uptime_ms += (now_ms - self._last_ms) & _CLOCK_MASK
        self._last_ms = now_ms
        self.view.battery_mv = self._board.b_battery.read_u16() * _BATTERY_FULL_MV >> 16
        self.link.step(now_ms)
