"""Runs on MicroPython and on CPython: random sessions, from contacts that bounce to the session's outputs.

`Bench` looks at every round. A session ends with STOP: off a second later, and nothing drives again while a
finger stays on it. Arguments: sessions, seed; prints one JSON object.
"""

import json
import sys

from ionto import session_table as t
from ionto.buttons import Buttons
from tests.support.replay import Dice
from tests.test_session_support import BODY_OHM, OPEN, ROUND_MS, Bench

OHMS = (OPEN, OPEN, 0, 299, BODY_OHM, BODY_OHM, 7000, 60000)
HELD_MS = (10, 30, 60, 60, 80, 700, 1300, 3100)
PAUSES_MS = (5, 40, 100, 100, 400, 1100, 2500)
START = 8
DEEDS = 8


class Hands:
    """Buttons on a Bench; `raw` are the contacts that are closed."""

    def __init__(self, dice):
        self.dice = dice
        self.bench = Bench((1 << 30) - 5000 + dice.below(4000))
        self.buttons = Buttons()
        self.driven = 0

    def rounds(self, ms, raw):
        """So long with these contacts; for the first 10 ms they bounce."""
        bench = self.bench
        for n in range(ms // ROUND_MS):
            now = raw & self.dice.below(16) if n < 2 else raw
            presses = self.buttons.step(bench.now_ms, now)
            bench.inputs.start_hold_ms = self.buttons.start_hold_ms
            bench.round(presses)
            self.driven += bench.drive == t.DRIVE_CURRENT

    def deed(self):
        dice, bench = self.dice, self.bench
        choice = dice.below(12)
        if choice < 3:
            bench.ohm = OHMS[dice.below(len(OHMS))]
        elif choice == 3:
            bench.inputs.stop_pressed = not bench.inputs.stop_pressed
        elif choice < 6:  # what leads to a current, so that there is something to be disturbed
            bench.inputs.stop_pressed = False
            bench.ohm = OPEN
            for _ in range(2):
                self.rounds(80, START)
                self.rounds(200, 0)
            self.rounds(1500, 0)
            bench.ohm = BODY_OHM
        else:
            raw = 1 << dice.below(4)
            if dice.below(4) == 0:
                raw |= 1 << dice.below(4)
            self.rounds(HELD_MS[dice.below(len(HELD_MS))], raw)
        self.rounds(PAUSES_MS[dice.below(len(PAUSES_MS))], 0)

    def stop(self):
        """STOP is pressed and stays so, whatever else is: a second later the ramp is over."""
        bench = self.bench
        bench.inputs.stop_pressed = True
        self.rounds(1000, 0)
        for _ in range(6):
            assert bench.outputs.drive == t.DRIVE_OFF, bench.state
            self.rounds(80, 1 << self.dice.below(4))


def fuzz(sessions, seed):
    dice = Dice(seed)
    driven = reached = 0
    for number in range(sessions):
        hands = Hands(dice)
        try:
            for _ in range(DEEDS):
                hands.deed()
            hands.stop()
        except Exception as error:
            raise AssertionError(f"session {number} of seed {seed}: {error!r}") from error
        driven += hands.driven > 0
        reached += len(set(hands.bench.path()))
    return {"sessions": sessions, "driven": driven, "states": reached}


if __name__ == "__main__":
    print(json.dumps(fuzz(int(sys.argv[1]), int(sys.argv[2]))))
