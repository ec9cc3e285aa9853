"""Runs buttons, panel, sounds and the display's driver on MicroPython; prints "ok" at the end."""

from scenes import SCENES, view_of

from board.ssd1306 import SSD1306
from ionto.buttons import START, UP, Buttons
from ionto.panel import Panel
from ionto.session_table import PRESS_START_HELD, PRESS_UP, SOUND_START

WRAP = 1 << 30


class Bus:
    """Counts writes; fails while `absent`."""

    def __init__(self):
        self.absent = True
        self.writes = 0

    def writeto(self, address, data):
        if self.absent:
            raise OSError(5)
        self.writes += 1


def panel_with_every_scene():
    bus = Bus()
    display = SSD1306(bus)
    assert not display.ready
    tones = []
    panel = Panel(display, lambda on: None, tones.append)
    now_ms = WRAP - 3000
    panel.play(SOUND_START)
    for index, scene in enumerate(SCENES):
        bus.absent = index < 5
        view = view_of(scene)
        for _ in range(50):
            before = bus.writes
            panel.step(now_ms, view)
            assert bus.writes - before <= 2  # a page's address and its bytes, or the two parts of the set-up
            now_ms = (now_ms + 5) % WRAP
    assert display.ready
    assert panel.display_ok
    assert panel.failures == 1
    assert tones
    panel.show_fault_now(14)
    bus.absent = True
    panel.show_fault_now(14)
    assert panel.failures == 9


def buttons_at_the_wrap():
    buttons = Buttons()
    now_ms = WRAP - 1000
    heard = []
    for raw, rounds in ((0, 10), (UP, 10), (0, 10), (START, 610), (0, 10)):
        for _ in range(rounds):
            heard += buttons.step(now_ms, raw)
            now_ms = (now_ms + 5) % WRAP
    assert heard == [PRESS_UP, PRESS_START_HELD], heard


panel_with_every_scene()
buttons_at_the_wrap()
print("ok")
