"""Faults of DAC, amplifier, range, relays, latch and heartbeat."""

from __future__ import annotations

import random

from hil.faults.model import (
    FLOWING,
    NEXT_TEST,
    NOW,
    UNSEEN,
    Expect,
    Fault,
    Inject,
)
from hil.faults.sense import heal, put
from hil.rig import Rig
from ionto import faults as f

_FOLLOW = (f.AMPLIFIER, f.EXCESS_CURRENT, f.OVERCURRENT_A, f.OVERCURRENT_B, f.OVERVOLTAGE, f.LATCH, f.STUCK_SENSE)
_FOLLOW += (f.CUT_OPEN, f.CUT_CONTACT_CHANGE, f.K1_WELDED, f.K1_OPEN)
_RULES = ("REQ-TRP-12", "REQ-TRP-8", "REQ-TRP-13")
_DRIVE = Expect(NOW, _FOLLOW, _RULES, above_ua=60_000)
_ASTRAY = Expect(FLOWING, _FOLLOW, _RULES, astray=True, above_ua=6000)
_LATER = Expect(FLOWING, _FOLLOW, dark=True)
_NO_K1 = (f.K1_OPEN, f.STUCK_SENSE, f.CUT_OPEN)
_LATER_K1 = Expect(FLOWING, _NO_K1, dark=True)
_FACE, _BODY = ("mask", "capacitive mask"), ("hands", "underarms")
_NO_CONTACT = "the circuit reads open: no contact is seen, so nothing begins"
_MADE_UP = (
    "a step of 0.5 V in FACE, 1.3 V in BODY range, where the bit carries: at most 0.2 mA and 1.7 mA over the lowest "
    "resistance that is taken for contact, so below the latch's threshold at every mode's maximum; the next tick takes "
    "it back"
)
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
        {"*": _DRIVE},
    ),
    Fault(
        "DAC stuck low",
        "channel A gives 0",
        put("dac_stuck", 0),
        heal("dac_stuck", None),
        {"FLOW": _DRIVE, "*": _LATER},
    ),
    Fault("DAC stuck bit high", "bit 11 is always 1", _bits(0, 0x800), heal("dac_bits", [0, 0]), {"*": _DRIVE}),
    Fault(
        "DAC stuck bit low",
        "bit 7 is always 0",
        _bits(0x80, 0),
        heal("dac_bits", [0, 0]),
        {"*": Expect(UNSEEN, _FOLLOW, why=_MADE_UP, above_ua=1300, jump_codes=129)},
    ),
    Fault("DAC ignores writes", "it keeps what it has", put("dac_frozen", 1), heal("dac_frozen", 0), {"*": _ASTRAY}),
    Fault(
        "amplifier at the rail",
        "its output stays at the rail",
        put("amplifier_held_v", 99.0),
        heal("amplifier_held_v", None),
        {"*": _DRIVE},
    ),
    Fault(
        "amplifier at zero",
        "its output stays at 0 V",
        put("amplifier_held_v", 0.0),
        heal("amplifier_held_v", None),
        {"*": _ASTRAY},
    ),
    Fault(
        "amplifier gain high", "twice the gain", put("amplifier_gain", 2.0), heal("amplifier_gain", 1.0), {"*": _ASTRAY}
    ),
    Fault(
        "amplifier gain low",
        "a third of the gain",
        put("amplifier_gain", 0.33),
        heal("amplifier_gain", 1.0),
        {"*": _ASTRAY},
    ),
    Fault(
        "amplifier offset", "3 V added", put("amplifier_offset_v", 3.0), heal("amplifier_offset_v", 0.0), {"*": _DRIVE}
    ),
    Fault(
        "RANGE stuck high",
        "BODY range in every mode",
        put("range_stuck", 1),
        heal("range_stuck", None),
        {"*": _ASTRAY},
        persons=_FACE,
    ),
    Fault(
        "RANGE stuck low",
        "FACE range in every mode",
        put("range_stuck", 0),
        heal("range_stuck", None),
        {"*": _ASTRAY},
        persons=_BODY,
    ),
    Fault(
        "TRIP stuck high",
        "the latch trips at 25 mA in BODY range",
        put("trip_stuck", 1),
        heal("trip_stuck", None),
        {"*": Expect(UNSEEN, why=_LATCH_LINE)},
        persons=_BODY,
    ),
    Fault(
        "TRIP stuck low",
        "the latch trips at 7 mA in BODY range",
        put("trip_stuck", 0),
        heal("trip_stuck", None),
        {"*": Expect(UNSEEN, (f.LATCH,), why="it trips early: the safe side; told as LATCH TRIPPED above 7 mA")},
        persons=_BODY,
    ),
    Fault(
        "K1 welded",
        "it stays closed",
        put("k1_welded", 1),
        heal("k1_welded", 0),
        {"*": Expect(NEXT_TEST, (f.K1_WELDED, f.HEARTBEAT, f.LATCH_TEST))},
    ),
    Fault(
        "K1 stuck open",
        "it never closes",
        put("k1_stuck_open", 1),
        heal("k1_stuck_open", 0),
        {"FLOW": Expect(NOW, _NO_K1, _RULES), "*": _LATER_K1},
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
        {"FLOW": Expect(NOW, (f.CUT_OPEN,), ("REQ-TRP-6",)), "*": Expect(UNSEEN, why=_NO_CONTACT)},
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
        {"*": Expect(NEXT_TEST, (f.LATCH_TEST,))},
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
        {"*": Expect(NOW, (f.LATCH, f.LATCH_TEST), ("REQ-TRP-3",))},
    ),
    Fault(
        "heartbeat pump stuck on",
        "its voltage stays without edges",
        put("pump_stuck", 1),
        heal("pump_stuck", 0),
        {"*": Expect(NEXT_TEST, (f.HEARTBEAT,))},
    ),
    Fault(
        "heartbeat cut",
        "edges do not reach the pump",
        put("heartbeat_cut", 1),
        heal("heartbeat_cut", 0),
        {"FLOW": Expect(NOW, _NO_K1, ms=10.0), "*": _LATER_K1},
    ),
)
