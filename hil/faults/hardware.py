"""Faults of DAC, amplifier, range, relays, latch and heartbeat."""

from __future__ import annotations

import random
from dataclasses import replace

from hil.faults.model import (
    FLOWING,
    NEXT_TEST,
    NOW,
    UNSEEN,
    Expect,
    Fault,
    Inject,
)
from hil.faults.persons import FULL
from hil.faults.sense import heal, put
from hil.rig import Rig
from ionto import faults as f

# A voltage that jumps up is too much for the latch or a limit at once, unless the amplifier's rule is the first.
_SURGE = (f.AMPLIFIER, f.LATCH, f.OVERCURRENT_A, f.OVERVOLTAGE, f.CUT_CONTACT_CHANGE)
_DRIVE = Expect(NOW, _SURGE, above_ua=60_000)
_FALLS = (f.AMPLIFIER, f.CUT_OPEN)
_JUMPS = Expect(NOW, (*_SURGE, f.CUT_OPEN), above_ua=60_000)
_ASTRAY = Expect(FLOWING, _FALLS, astray=True, above_ua=6000)
_DOUBLED = Expect(FLOWING, (*_FALLS, f.OVERCURRENT_A, f.LATCH, f.CUT_CONTACT_CHANGE), astray=True, above_ua=6000)
_HIGH_RANGE = Expect(FLOWING, (*_FALLS, f.LATCH, f.OVERCURRENT_B), astray=True, above_ua=6000)
_JOLT = Expect(
    FLOWING, (*_FALLS, f.LATCH, f.OVERCURRENT_B), astray=True, above_ua=60_000
)  # 48 V at once: the latch is all that helps
_NO_DRIVE = Expect(NOW, _FALLS)
_LATER = Expect(FLOWING, (f.AMPLIFIER,), dark=True)
_K1_TESTS = (f.K1_OPEN, f.STUCK_SENSE)
_LATER_K1 = Expect(FLOWING, _K1_TESTS, dark=True)
_FACE = ("mask", "capacitive mask", "mask, full")
_BODY = ("hands", "underarms", "hands, full", "underarms, full", "feet, full")
_BELOW_HALF = ("mask", "capacitive mask", "hands", "underarms", "underarms, full")
_LOW, _HIGH = ("underarms", "underarms, full"), ("hands", "hands, full", "feet, full")
_NO_CONTACT = "the circuit reads open: no contact is seen, so nothing begins"
_MADE_UP = (
    "a step of 0.5 V in FACE, 1.3 V in BODY range, where the bit carries: at most 0.2 mA and 1.7 mA over the lowest "
    "resistance that is taken for contact, so below the latch's threshold at every mode's maximum; the next tick takes "
    "it back"
)
_EARLY = Expect(NOW, (f.LATCH,))
_LATCH_LINE = "sense A and B each end the output below the latch's threshold; the latch is the second line"


def _bits(low: int, high: int) -> Inject:
    return put("dac_bits", [low, high])


def _slow(rig: Rig, source: random.Random) -> None:
    rig.board.fault("k1_delay_us", source.choice((1500, 3000, 4500)))


FAULTS = (
    Fault(
        "DAC stuck code",
        "channel A gives 2000 whatever is written",
        put("dac_stuck", 2000),
        heal("dac_stuck", None),
        {"*": _JUMPS},
        is_driving=True,
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "DAC stuck low",
        "channel A gives 0",
        put("dac_stuck", 0),
        heal("dac_stuck", None),
        {"FLOW": _NO_DRIVE, "*": _LATER},
    ),
    Fault(
        "DAC stuck bit high",
        "bit 11 is always 1",
        _bits(0, 0x800),
        heal("dac_bits", [0, 0]),
        {"*": _DRIVE},
        persons=_BELOW_HALF,
        is_driving=True,
    ),
    Fault(
        "DAC stuck bits high",
        "bits 9 to 11 are always 1: with the drive above half of its range bit 11 alone is",
        _bits(0, 0xE00),
        heal("dac_bits", [0, 0]),
        {"*": _DRIVE},
        ("HOLD",),
        persons=("mask, full", "hands, full", "feet, full"),
        is_driving=True,
    ),
    Fault(
        "DAC stuck bit low",
        "bit 7 is always 0",
        _bits(0x80, 0),
        heal("dac_bits", [0, 0]),
        {"*": Expect(UNSEEN, _FALLS, why=_MADE_UP, above_ua=1300, rise_ua=3400, jump_codes=129)},
        is_driving=True,
    ),
    Fault(
        "DAC ignores writes",
        "it keeps what it has",
        put("dac_frozen", 1),
        heal("dac_frozen", 0),
        {"*": _ASTRAY},
        is_driving=True,
    ),
    Fault(
        "amplifier at the rail",
        "its output stays at the rail",
        put("amplifier_held_v", 99.0),
        heal("amplifier_held_v", None),
        {"*": _DRIVE},
        is_driving=True,
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "amplifier at zero",
        "its output stays at 0 V",
        put("amplifier_held_v", 0.0),
        heal("amplifier_held_v", None),
        {"*": Expect(FLOWING, (*_FALLS, f.K1_OPEN), astray=True)},
    ),
    Fault(
        "amplifier gain high",
        "twice the gain",
        put("amplifier_gain", 2.0),
        heal("amplifier_gain", 1.0),
        {"*": _DOUBLED} | {f"HOLD/{one.name}": replace(_DOUBLED, above_ua=60_000) for one in FULL},
        is_driving=True,
        is_service=True,
    ),
    Fault(
        "amplifier gain low",
        "a third of the gain",
        put("amplifier_gain", 0.33),
        heal("amplifier_gain", 1.0),
        {"*": _ASTRAY},
    ),
    Fault(
        "amplifier offset",
        "3 V added",
        put("amplifier_offset_v", 3.0),
        heal("amplifier_offset_v", 0.0),
        {"*": _DRIVE},
        is_driving=True,
    ),
    Fault(
        "RANGE stuck high",
        "BODY range in every mode",
        put("range_stuck", 1),
        heal("range_stuck", None),
        {"*": _HIGH_RANGE, "HOLD/mask, full": _JOLT},
        persons=_FACE,
        is_driving=True,
    ),
    Fault(
        "RANGE stuck low",
        "FACE range in every mode",
        put("range_stuck", 0),
        heal("range_stuck", None),
        {"*": _ASTRAY} | {f"HOLD/{one.name}": replace(_ASTRAY, codes=(*_FALLS, f.LATCH)) for one in FULL},
        persons=_BODY,
        is_driving=True,
    ),
    Fault(
        "TRIP stuck high",
        "the latch trips at 25 mA in UNDERARMS",
        put("trip_stuck", 1),
        heal("trip_stuck", None),
        {"*": Expect(UNSEEN, why=_LATCH_LINE)},
        persons=_LOW,
        is_driving=True,
    ),
    Fault(
        "TRIP stuck low",
        "the latch trips at 7 mA in HANDS and FEET",
        put("trip_stuck", 0),
        heal("trip_stuck", None),
        {
            "*": Expect(UNSEEN, why="it trips early: the safe side; told as LATCH TRIPPED above 7 mA"),
            "*/hands, full": _EARLY,
            "*/feet, full": _EARLY,
        },
        persons=_HIGH,
        is_driving=True,
    ),
    Fault(
        "K1 welded",
        "it stays closed",
        put("k1_welded", 1),
        heal("k1_welded", 0),
        {"*": Expect(NEXT_TEST, (f.K1_WELDED,))},
        is_twice=True,
    ),
    Fault(
        "K1 stuck open",
        "it never closes",
        put("k1_stuck_open", 1),
        heal("k1_stuck_open", 0),
        {"FLOW": Expect(NOW, (f.CUT_OPEN,), _K1_TESTS), "*": _LATER_K1},
        is_service=True,
    ),
    Fault(
        "K1 slow",
        "1.5 to 4.5 ms in place of 0.5",
        _slow,
        heal("k1_delay_us", 500),
        {"*": Expect(UNSEEN, why="the DAC is at zero in the tick that cuts; the relay is the second way")},
    ),
    Fault(
        "K2 stuck half",
        "it hangs between its contacts",
        put("k2_half", 1),
        heal("k2_half", 0),
        {"FLOW": Expect(NOW, (f.CUT_OPEN,)), "*": Expect(UNSEEN, why=_NO_CONTACT, dark=True, begins=False)},
    ),
    Fault(
        "K2 does not move",
        "it keeps its polarity",
        put("k2_stuck", 1),
        heal("k2_stuck", 0),
        {"*": Expect(UNSEEN, why="the current keeps its direction: limits, slopes and charge hold as in any session")},
    ),
    Fault(
        "latch never trips",
        "the comparator is dead",
        put("latch_dead", 1),
        heal("latch_dead", 0),
        is_twice=True,
        expect={"*": Expect(NEXT_TEST, (f.LATCH_TEST,))},
    ),
    Fault(
        "latch does not reach K1",
        "it trips, and K1 stays closed",
        put("latch_loose", 1),
        heal("latch_loose", 0),
        {"*": Expect(NEXT_TEST, (f.LATCH_TEST,))},
    ),
    Fault(
        "latch always tripped",
        "it cannot be reset",
        put("latch_stuck", 1),
        heal("latch_stuck", 0),
        {"*": Expect(NOW, (f.LATCH, f.LATCH_TEST))},
        is_service=True,
    ),
    Fault(
        "heartbeat pump stuck on",
        "its voltage stays without edges",
        put("pump_stuck", 1),
        heal("pump_stuck", 0),
        is_twice=True,
        expect={"*": Expect(NEXT_TEST, (f.HEARTBEAT,))},
    ),
    Fault(
        "heartbeat cut",
        "edges do not reach the pump",
        put("heartbeat_cut", 1),
        heal("heartbeat_cut", 0),
        {"FLOW": Expect(NOW, (f.CUT_OPEN,), _K1_TESTS, late_ms=4.0), "*": _LATER_K1},
        is_service=True,
    ),
)
