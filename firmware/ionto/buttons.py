"""Buttons: from bouncing contacts to presses. Pure; `step` is called every round with the raw bits.

Contacts bounce for up to 10 ms; a level counts once it has been the same for 20 ms. UP and DOWN answer when they go
down and repeat while held; MODE and START answer when they come up, or once when held long enough. Two buttons at
once contradict each other: nothing is pressed until all are up again. A button that was down at power-on, or is held
for more than 30 s, is stuck: it is ignored until it comes up, and the others go on working. [REQ-BTN-1]
"""

from ionto.session_table import (
    PRESS_DOWN,
    PRESS_MODE,
    PRESS_MODE_HELD,
    PRESS_START,
    PRESS_START_HELD,
    PRESS_UP,
)

UP = 1
DOWN = 2
MODE = 4
START = 8
BUTTONS = (UP, DOWN, MODE, START)
_ALL = 15

DEBOUNCE_MS = 20
REPEAT_AFTER_MS = 600
REPEAT_EVERY_MS = 250
START_HELD_MS = 3000
MODE_HELD_MS = 1000
STUCK_MS = 30000

_WRAP = (1 << 30) - 1  # ticks_ms wraps at 2**30

_PRESS = {UP: PRESS_UP, DOWN: PRESS_DOWN, MODE: PRESS_MODE, START: PRESS_START}
_HELD = {MODE: (MODE_HELD_MS, PRESS_MODE_HELD), START: (START_HELD_MS, PRESS_START_HELD)}
_NONE = ()


def _elapsed_ms(now_ms, then_ms):
    return (now_ms - then_ms) & _WRAP


class Buttons:
    """Debouncer of the four buttons.

    `level` has the bits of the buttons that are down, debounced, stuck ones included; `stuck` those that are ignored:
    down since power-on or for more than 30 s. `start_hold_ms` is how long START has been held: 0 while it is up,
    stuck or contradicted by another button.
    """

    def __init__(self):
        self.level = 0
        self.stuck = 0
        self.start_hold_ms = 0
        self._raw = 0
        self._raw_since_ms = [None, None, None, None]  # since when each raw level has been what it is
        self._down_since_ms = [0, 0, 0, 0]
        self._seen_up = 0  # buttons that have been up since power-on
        self._locked = False  # two at once: wait until all are up
        self._is_at_rest = False  # all up, seen and settled: more of the same changes nothing
        self._button = 0  # the one button that is down and counts
        self._repeat_ms = 0
        self._held_fired = False

    def step(self, now_ms, raw_bits):
        """The presses (PRESS_*) that became certain at `now_ms`: a tuple with at most one of them."""
        if self._is_at_rest and raw_bits == 0:
            return _NONE
        before = self.level
        self._debounce(now_ms, raw_bits)
        self._raw = raw_bits
        went_up = before & ~self.level
        self._find_stuck(now_ms, went_up)
        press = self._press(now_ms, self.level & ~before & ~self.stuck, went_up)
        held = self._button == START and raw_bits & START
        self.start_hold_ms = self._held_ms(now_ms) if held else 0
        # Nearly every round ends at the top from here on, until something is pressed.
        self._is_at_rest = not (raw_bits | self.level | self._button) and self._seen_up == _ALL and not self._locked
        return (press,) if press else _NONE

    def _debounce(self, now_ms, raw_bits):
        for index in range(4):
            bit = BUTTONS[index]
            since_ms = self._raw_since_ms[index]
            if since_ms is None or (raw_bits ^ self._raw) & bit:
                self._raw_since_ms[index] = now_ms
            elif _elapsed_ms(now_ms, since_ms) < DEBOUNCE_MS:
                continue
            elif not raw_bits & bit:
                self.level &= ~bit
                self._seen_up |= bit
            elif not self.level & bit:
                self.level |= bit
                self._down_since_ms[index] = since_ms

    def _find_stuck(self, now_ms, went_up):
        self.stuck &= ~went_up
        self.stuck |= self.level & ~self._seen_up
        for index in range(4):
            bit = BUTTONS[index]
            # Looked at only until it is stuck: an old time would look recent again after ticks_ms has wrapped.
            if self.level & ~self.stuck & bit and _elapsed_ms(now_ms, self._down_since_ms[index]) > STUCK_MS:
                self.stuck |= bit
        if self._button & self.stuck:
            self._button = 0

    def _press(self, now_ms, went_down, went_up):
        if self._locked:
            # A contact that closed before the other button had settled up still contradicts it.
            self._locked = (self.level | self._raw) & ~self.stuck != 0
            return 0
        if not went_down and not self._button:
            return 0
        button = went_down or self._button
        if (self.level | self._raw | went_up) & ~self.stuck & ~button or button not in BUTTONS:
            return self._contradiction(went_down)
        if went_down:
            return self._went_down(button)
        if went_up:
            return self._went_up(button)
        return self._still_down(now_ms, button)

    def _contradiction(self, went_down):
        # A second contact that has not settled may be a bounce: it only holds back what would be said now,
        # unless the first one has just settled, which would be its only chance.
        if went_down or self._button & ~self.level:
            self._locked = True
            self._button = 0
        return 0

    def _went_down(self, button):
        self._button = button
        self._held_fired = False
        self._repeat_ms = REPEAT_AFTER_MS
        return 0 if button in _HELD else _PRESS[button]

    def _went_up(self, button):
        self._button = 0
        return _PRESS[button] if button in _HELD and not self._held_fired else 0

    def _held_ms(self, now_ms):
        return _elapsed_ms(now_ms, self._down_since_ms[BUTTONS.index(self._button)])

    def _still_down(self, now_ms, button):
        if not self._raw & button:
            return 0  # on its way up, or bouncing
        held_ms = self._held_ms(now_ms)
        if button not in _HELD:
            if held_ms < self._repeat_ms:
                return 0
            # Counted from now: a round that came late gives one press, not a burst of them.
            self._repeat_ms = held_ms + REPEAT_EVERY_MS
            return _PRESS[button]
        hold_ms, press = _HELD[button]
        if self._held_fired or held_ms < hold_ms:
            return 0
        self._held_fired = True
        return press
