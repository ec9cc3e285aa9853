"""Bits that flip in RAM: in the tick's arrays, its limits, and the session."""

from __future__ import annotations

import random
import re

from hil.faults.model import BORNE, FLOW, NOW, PROBE, UNSEEN, Expect, Fault, Inject, over
from hil.process import ROOT
from hil.rig import Rig
from ionto import faults as f


def _words(module: str) -> dict[str, int]:
    """The words of an array of the tick, by name: its module needs MicroPython to be imported."""
    text = (ROOT / "firmware" / "ionto" / f"{module}.py").read_text()
    return {name: int(value) for name, value in re.findall(r"^([A-Z_]+) = const\((\d+)\)", text, re.MULTILINE)}


_S, _R = _words("sampler"), _words("regulator")
_LIMIT_WORDS = 2 * _S["LIMIT_WORDS"]
_STATE, _REGULATOR = "board.frontend.state", "board.frontend.regulator"
_ORDER = tuple(_R[name] for name in ("TARGET_Q", "UP_Q", "DOWN_Q"))
_SESSION = ("state", "drive", "settings.level_ua", "settings.minutes", "run.treated_ms", "run.charge_ua_s")
# What the tick has read or written in this very tick, before it uses it.
_FRESH = (
    "A_CURRENT",
    "A_VOLTAGE",
    "B_CURRENT",
    "AUX",
    "LATCH_OK",
    "NOW_US",
    "CURRENT",
    "VOLTAGE",
    "CURRENT_B",
    "VALUE",
)
_FRESH += ("LIMIT", "VOLTAGE_AGE", "TESTED", "SETPOINT", "AMPLIFIER", "RAIL", "LATE_US", "CAUSE_VALUE", "CAUSE_LIMIT")
_FRESH += ("CAUSE_CURRENT", "QUIET_TICKS")
_COUNTS = tuple(name for name in _S if name.startswith("N_"))
_CLOCK = ("LAST_US", "SPAN_US", "PHASE", "SLOT", "ON_TICKS", "UNATTENDED", "TICKS", "OPENING", "DAC", "BATTERY")
_SUMS = ("SUM_CURRENT", "SUM_VOLTAGE", "SUM_CURRENT_B")


def _flip(path: str, words: tuple[int, ...] | None, bits: int = 30) -> Inject:
    """A bit of one of these words of an array; without any, of the number itself."""

    def inject(rig: Rig, source: random.Random) -> None:
        index = source.choice(words) if words else None
        rig.board.fault("ram_flip", [path, index, source.randrange(bits)])

    return inject


def _of_state(*names: str) -> Inject:
    return _flip(_STATE, tuple(_S[name] for name in names))


def _flip_session(rig: Rig, source: random.Random) -> None:
    rig.board.fault("ram_flip", [f"session.{source.choice(_SESSION)}", None, source.randrange(24)])


_CORRUPT = Expect(NOW, (f.STATE_CORRUPT,), is_transient=True)
# What a single bit makes of no cause at all: the output is cut for it, by its name where it is one's number.
_CAUSES = (f.OVERCURRENT_A, f.OVERCURRENT_B, f.OVERVOLTAGE, f.GROUND, f.STUCK_BUTTON, f.LATCH_TEST, f.CUT_OPEN)
_CAUSES += (f.STATE_CORRUPT,)
_AT_REST = "at rest the main loop writes OFF anew in every round; a tick that comes before finds it"
_ORDER_WHY = "the main loop writes it anew in every round; a tick that comes before finds it"
_FRESH_WHY = "the tick or the round writes it anew before anything acts on it"
_COUNT_WHY = "a count only falls while nothing is wrong; with something wrong its rule is early"
_CLOCK_WHY = "written anew in every tick or round, or found by it: lateness, rate, the main loop's age"

FAULTS = (
    Fault(
        "bit flips in the limits",
        "of the tick, any word",
        _flip("board.frontend.limits", tuple(range(_LIMIT_WORDS))),
        None,
        {"*": Expect(NOW, (f.LIMITS_CORRUPT,))},
        program="variables",
        is_driving=True,
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "bit flips in the drive",
        "the DAC's code in full",
        _flip(_REGULATOR, (_R["DRIVE_Q"],)),
        over,
        {"*": _CORRUPT},
        (*PROBE, *FLOW),
        program="variables",
        is_driving=True,
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "bit flips in the order",
        "target or slope",
        _flip(_REGULATOR, _ORDER),
        over,
        {"*": Expect(UNSEEN, (f.STATE_CORRUPT,), why=_ORDER_WHY)},
        (*PROBE, *FLOW),
        program="variables",
        is_driving=True,
        is_service=True,
        times=2,
    ),
    Fault(
        "bit flips in the setpoint",
        "of the regulator",
        _flip(_REGULATOR, (_R["SETPOINT_Q"],)),
        over,
        {"PROBE": Expect(BORNE, why="a probe has none: it is written as the ramp begins"), "*": _CORRUPT},
        (*PROBE, *FLOW),
        program="variables",
        is_driving=True,
    ),
    Fault(
        "bit flips in the mode",
        "of the tick",
        _of_state("MODE"),
        over,
        {
            "REST": Expect(UNSEEN, (f.STATE_CORRUPT,), why=_AT_REST),
            "REVERSING": Expect(UNSEEN, (f.STATE_CORRUPT,), why=f"between its ramps is a rest: {_AT_REST}"),
            "*": _CORRUPT,
        },
        program="variables",
        is_twice=True,
    ),
    Fault(
        "bit flips in the self-test's wishes",
        "of the tick",
        _of_state("TEST"),
        over,
        {"*": _CORRUPT},
        program="variables",
    ),
    Fault(
        "bit flips in a reading",
        "of the tick, or in what it has just worked out",
        _of_state(*_FRESH),
        over,
        {"*": Expect(BORNE, why=_FRESH_WHY)},
        program="variables",
        times=3,
    ),
    Fault(
        "bit flips in a count",
        "of a rule that confirms",
        _of_state(*_COUNTS),
        over,
        {"*": Expect(UNSEEN, why=_COUNT_WHY)},
        program="variables",
        times=2,
    ),
    Fault(
        "bit flips in the sums",
        "of current or voltage",
        _of_state(*_SUMS),
        over,
        {"*": Expect(UNSEEN, (f.STATE_CORRUPT,), why="the lowest bits are a reading's own noise")},
        program="variables",
        times=2,
    ),
    Fault(
        "bit flips in the tick's clock",
        "times, counters of ticks, and which channel comes next",
        _of_state(*_CLOCK),
        over,
        {"*": Expect(UNSEEN, (f.TICK_LATE, f.TICK_RATE, f.MAIN_LATE, f.STATE_CORRUPT), why=_CLOCK_WHY)},
        program="variables",
        times=3,
    ),
    Fault(
        "bit flips in the cause",
        "of the tick: why it has cut the output",
        _of_state("CAUSE"),
        over,
        {"*": Expect(NOW, _CAUSES, is_transient=True)},
        program="variables",
    ),
    Fault(
        "bit flips in the session",
        "state, wish, level, minutes, time or charge",
        _flip_session,
        over,
        {"*": Expect(NOW, (f.STATE_CORRUPT,), late_ms=30.0, is_transient=True)},
        program="variables",
        is_driving=True,
        is_twice=True,
    ),
)
