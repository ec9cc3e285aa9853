"""Faults of buttons and STOP, and what ends a session by a ramp: STOP, the service USB, the battery."""

from __future__ import annotations

import random

from hil.faults.model import ENDS, FLOWING, NOW, PRESSED, Expect, Fault, Inject, Mend, over
from hil.faults.persons import FULL
from hil.faults.sense import heal
from hil.rig import Rig
from ionto import faults as f
from ionto import messages

_STUCK = "stuck for 30 s it is ignored; STOP works all the same"
_RAISES = "held, UP raises by a step every 250 ms, to the mode's maximum at most, and the current follows by the ramp; "
_RAISES += _STUCK


def _stick(name: str) -> Inject:
    return lambda rig, _source: rig.buttons.stick(name)


def _free(name: str) -> Mend:
    return lambda rig: rig.buttons.release(name)


def _bounce(name: str) -> Inject:
    """It makes and breaks 200 times within a second: some of it looks like a press."""

    def inject(rig: Rig, source: random.Random) -> None:
        for index in range(200):
            rig.at(index * 5 + source.uniform(0, 2), "button", [name, index & 1])
        rig.at(1005, "button", [name, 0])

    return inject


def _sag(rig: Rig, source: random.Random) -> None:
    """3.9 to 2.9 V within half a second."""
    del source
    for step in range(1, 51):
        rig.board.fault("battery_v", 3.9 - step * 0.02, after_ms=step * 10)


def _press_deaf_stop(rig: Rig, _source: random.Random) -> None:
    rig.board.fault("stop_deaf", 1)
    rig.buttons.stop_press()


def _mend_deaf_stop(rig: Rig) -> None:
    rig.board.fault("stop_deaf", 0)
    rig.buttons.stop_release()


def _pressed(why: str) -> dict[str, Expect]:
    return {"*": Expect(PRESSED, (f.STUCK_BUTTON,), why=why)}


def _stops(code: int, end: int) -> Expect:
    """By the ramp of STOP; the session keeps its first reason to end."""
    return Expect(ENDS, (code,), ends=(end,), ms=1000.0)


def _sags(ms: float) -> Expect:
    """By the normal ramp, after a second below the limit."""
    return Expect(ENDS, (f.BATTERY,), ends=(messages.END_BATTERY, messages.END_START), ms=ms)


_BOUNCES = "some of it counts as presses, each with what a press does; STOP works all the same"
_NO_K1 = (f.K1_OPEN, f.STUCK_SENSE)

FAULTS = (
    Fault("UP stuck", "its contact stays closed", _stick("UP"), _free("UP"), _pressed(_RAISES), is_twice=True),
    Fault(
        "DOWN stuck",
        "its contact stays closed",
        _stick("DOWN"),
        _free("DOWN"),
        _pressed(f"it only lowers, every 250 ms; {_STUCK}"),
    ),
    Fault(
        "MODE stuck",
        "its contact stays closed",
        _stick("MODE"),
        _free("MODE"),
        _pressed(f"one press at most, and START shows the mode and asks; {_STUCK}"),
    ),
    Fault(
        "START stuck",
        "its contact stays closed",
        _stick("START"),
        _free("START"),
        _pressed(f"held, START only ends or goes back, and one press is all that it gives; {_STUCK}"),
    ),
    Fault("UP bounces", "200 times in a second, as a loose contact", _bounce("UP"), over, _pressed(_BOUNCES)),
    Fault("DOWN bounces", "200 times in a second, as a loose contact", _bounce("DOWN"), over, _pressed(_BOUNCES)),
    Fault("MODE bounces", "200 times in a second, as a loose contact", _bounce("MODE"), over, _pressed(_BOUNCES)),
    Fault("START bounces", "200 times in a second, as a loose contact", _bounce("START"), over, _pressed(_BOUNCES)),
    Fault(
        "STOP loop broken",
        "the loop opens, as if pressed",
        lambda rig, _source: rig.buttons.stop_press(),
        lambda rig: rig.buttons.stop_release(),
        {"*": _stops(f.STOP_LOOP, messages.END_STOP), "RAMP_DOWN": _stops(f.STOP_LOOP, messages.END_START)},
        is_twice=True,
    ),
    Fault(
        "STOP contact stuck closed",
        "STOP is pressed and the chip does not see it; the second pole does",
        _press_deaf_stop,
        _mend_deaf_stop,
        {
            "FLOW": Expect(NOW, (f.CUT_OPEN, *_NO_K1), _NO_K1, delay_ms=1500.0),
            "PROBE": Expect(NOW, (f.CUT_OPEN, *_NO_K1), delay_ms=1500.0),
            "*": Expect(FLOWING, _NO_K1, dark=True),
        },
    ),
    Fault(
        "service USB",
        "plugged in under way",
        lambda rig, _source: rig.board.vbus(True),
        lambda rig: rig.board.vbus(False),
        {"*": _stops(f.SERVICE_USB, messages.END_FAULT), "RAMP_DOWN": _stops(f.SERVICE_USB, messages.END_START)},
        is_twice=True,
    ),
    Fault(
        "battery sags",
        "to 2.9 V within half a second",
        _sag,
        heal("battery_v", 3.9),
        {"*": _sags(6000.0)} | {f"HOLD/{one.name}": _sags(30_000.0) for one in FULL},
    ),
)
