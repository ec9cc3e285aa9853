"""Two faults in turn, the first of which nobody notices until something asks for that part."""

from __future__ import annotations

import random

from hil.faults.model import FLOW, NEXT_TEST, NOW, PROBE, RESET, UNSEEN, Expect, Fault, Inject, Mend
from hil.rig import Rig
from ionto import faults as f

_LATER_MS = 40.0
_STAGE = (f.AMPLIFIER, f.OVERCURRENT_A, f.OVERVOLTAGE, f.CUT_CONTACT_CHANGE)

_SENSES = (f.SENSE_MISMATCH, f.CUT_LIFTED)
_FROZEN = "a frozen sense is told by the next change of the current; till then the latch and the voltage limit hold"


def _two(first: tuple[str, object], second: tuple[str, object]) -> Inject:
    def inject(rig: Rig, _source: random.Random) -> None:
        rig.board.fault(*first)
        rig.board.fault(*second, after_ms=_LATER_MS)

    return inject


def _mend(*pairs: tuple[str, object]) -> Mend:
    def mend(rig: Rig) -> None:
        for name, value in pairs:
            rig.board.fault(name, value)

    return mend


FAULTS = (
    Fault(
        "latch dead, then amplifier at the rail",
        "no hardware limit when the stage runs away",
        _two(("latch_dead", 1), ("amplifier_held_v", 99.0)),
        _mend(("latch_dead", 0), ("amplifier_held_v", None)),
        {"*": Expect(NOW, _STAGE, above_ua=60_000, delay_ms=_LATER_MS)},
        ("RAMP_UP", "HOLD"),
        is_driving=True,
    ),
    Fault(
        "pump stuck on, then timer dies",
        "no heartbeat's end when the ticks stop",
        _two(("pump_stuck", 1), ("timer_dies", 1)),
        None,
        {"*": Expect(NOW, (f.TICKS_STOPPED,), (f.TICKS_STOPPED, f.HEARTBEAT), delay_ms=_LATER_MS, restarts=True)},
        FLOW,
    ),
    Fault(
        "pump stuck on, then main loop hangs",
        "no heartbeat's end when nobody feeds",
        _two(("pump_stuck", 1), ("main_hangs", 1)),
        _mend(("pump_stuck", 0)),
        {"*": Expect(RESET, (f.HEARTBEAT,), rule=f.MAIN_LATE, delay_ms=_LATER_MS)},
        FLOW,
    ),
    Fault(
        "K1 welded, then latch dead",
        "both found before the next session",
        _two(("k1_welded", 1), ("latch_dead", 1)),
        _mend(("k1_welded", 0), ("latch_dead", 0)),
        {"*": Expect(NEXT_TEST, (f.K1_WELDED,))},
        (*PROBE, *FLOW),
    ),
    Fault(
        "latch and pump dead",
        "both found before the next session",
        _two(("latch_dead", 1), ("pump_stuck", 1)),
        _mend(("latch_dead", 0), ("pump_stuck", 0)),
        {"*": Expect(NEXT_TEST, (f.HEARTBEAT,))},
        (*PROBE, *FLOW),
    ),
    Fault(
        "sense B frozen, then sense A low",
        "the cross-check first, the regulator after",
        _two(("adc_held", [4, 1]), ("a_gain", 0.5)),
        _mend(("adc_held", [4, 0]), ("a_gain", 1.0)),
        {"*": Expect(UNSEEN, _SENSES, why=_FROZEN, above_ua=1300, rise_ua=1300)},
        ("HOLD",),
    ),
)
