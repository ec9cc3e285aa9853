"""Faults of sense A, sense B and the converters' reference."""

from __future__ import annotations

from typing import Any

from hil.faults.differ import differ, drift, drift_b, drifting, gaining, less, times
from hil.faults.model import FLOW, FLOWING, NEXT_TEST, NOW, PROBE, UNSEEN, Expect, Fault, Inject, Mend
from hil.faults.persons import FULL
from ionto import faults as f

_LOST = (f.SENSE_MISMATCH, f.CUT_LIFTED)  # a resistance that A makes up may double
_NOISES = (f.SENSE_MISMATCH, f.EXCESS_CURRENT, f.OVERCURRENT_A, f.ZERO_OFFSET, f.CUT_CONTACT_CHANGE, f.CUT_OPEN)


def put(name: str, value: Any) -> Inject:
    """Sets a defect of the board."""
    return lambda rig, _source: rig.board.fault(name, value)


def heal(name: str, value: Any) -> Mend:
    """The same, without chance: for mending."""
    return lambda rig: rig.board.fault(name, value)


def _stick(channel: int, code: int) -> tuple[Inject, Mend]:
    return put("stuck", [channel, code]), heal("stuck", [channel, None])


def _spread(name: str, factor: float) -> Inject:
    """Multiplies a factor of this board's own."""
    return put(name, factor)


_TOLERANCE = "A and B may differ by 200 uA + 3 %: below, it is not told from the spread of boards"
_THIRD = times(0.33)
_A_TRIPLE = differ(f.OVERCURRENT_A, f.EXCESS_CURRENT, f.CUT_CONTACT_CHANGE, f.CUT_OPEN, a=times(3.0))
_B_TRIPLE = differ(f.OVERCURRENT_B, b=times(3.0))
_A_WRONG = Expect(NOW, (f.SENSE_MISMATCH, f.EXCESS_CURRENT, f.OVERCURRENT_A, f.CUT_LIFTED))
# In the middle of a self-test a current that A makes up is one that should not be.
_AWAKE = Expect(NOW, (*_A_WRONG.codes, f.K1_WELDED, f.HEARTBEAT, f.LATCH_TEST))
_ELSEWHERE = Expect(NOW, (f.SENSE_MISMATCH, f.EXCESS_CURRENT, f.OVERCURRENT_A, f.CUT_CONTACT_CHANGE))
_QUIET_A = {"TEST": _AWAKE, "*": _A_WRONG}
_QUIET_B = Expect(NOW, (f.SENSE_MISMATCH, f.OVERCURRENT_B))
_NOISE = Expect(NOW, _NOISES, ms=90.0, comes_and_goes=True, probe_ua=600)
_NOISY = Expect(
    UNSEEN,
    (*_NOISES, f.HEARTBEAT, f.K1_WELDED, f.LATCH_TEST),
    why="neither an open nor a closed circuit is steady: nothing begins",
    above_ua=1500,
    rise_ua=600,
    begins=False,
)
_NOISY_FULL = Expect(
    UNSEEN,
    _NOISES,
    why="A and B may differ by 3 % of the current: noise of about that is in and out of it from tick to tick and found "
    "within some tenths of a second; until then the current stays where the noise's mean has it",
    above_ua=1500,
    rise_ua=1500,
)
_BLIND = Expect(
    UNSEEN,
    _LOST,
    why="A sees no contact come or go: nothing begins; the probe is 1.5 V",
    above_ua=1500,
    rise_ua=1500,
    begins=False,
)
# Above some 13 mA 0.6 mA are within the 3 %: seen once the ramp comes down to that.
_SHARE = differ(f.CUT_LIFTED, a=less(600.0))
_MISMATCH = Expect(NOW, (f.SENSE_MISMATCH,), late_ms=15.0, above_ua=260)  # the regulator takes some ms to get there
_FROZEN = Expect(UNSEEN, (*_LOST, f.ZERO_OFFSET), why=_TOLERANCE, above_ua=260, rise_ua=260)
_NO_VOLTAGE = Expect(NOW, (f.STUCK_SENSE,))
_GROUND_READ = Expect(NOW, (f.STUCK_SENSE,), late_ms=28.0)  # the ground reads a count now and then
_NO_VOLTAGE_LATER = Expect(FLOWING, (f.STUCK_SENSE, f.K1_OPEN), dark=True)
_NO_AMPLIFIER = Expect(NOW, (f.AMPLIFIER,))
_NO_AMPLIFIER_LATER = Expect(NEXT_TEST, (f.AMPLIFIER,))

FAULTS = (
    Fault("sense A offset", "+0.6 mA at channel 0", put("a_offset_a", 6e-4), heal("a_offset_a", 0.0), _QUIET_A),
    Fault(
        "sense A negative offset",
        "-0.6 mA at channel 0",
        put("a_offset_a", -6e-4),
        heal("a_offset_a", 0.0),
        {
            "FLOW": Expect(NOW, (*_LOST, f.CUT_OPEN), late_ms=20.0, above_ua=700, probe_ua=260, begins=False),
            "HOLD/hands, full": _SHARE,
            "HOLD/feet, full": _SHARE,
            "*": _BLIND,
        },
    ),
    Fault(
        "sense A gain high",
        "reads 3 times the current",
        _spread("a_gain", 3.0),
        heal("a_gain", 1.0),
        {"*": _A_TRIPLE},
    ),
    Fault(
        "sense A gain low",
        "reads a third of the current",
        _spread("a_gain", 0.33),
        heal("a_gain", 1.0),
        {"*": differ(f.CUT_LIFTED, f.OVERCURRENT_B, a=_THIRD)},
        is_driving=True,
        is_service=True,
    ),
    Fault(
        "sense A noise",
        "400 times the noise",
        put("adc_astray", [0, 0, 400]),
        heal("adc_astray", [0, None, 1]),
        {"FLOW": _NOISE, "*": _NOISY} | {f"HOLD/{one.name}": _NOISY_FULL for one in FULL},
    ),
    Fault(
        "sense A stuck",
        "channel 0 stays at 640 counts",
        *_stick(0, 640),
        _QUIET_A,
        is_driving=True,
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "sense A frozen",
        "channel 0 stays at what it reads",
        put("adc_held", [0, 1]),
        heal("adc_held", [0, 0]),
        {"FLOW": _FROZEN, "*": _BLIND},
    ),
    Fault(
        "sense A drift",
        "loses 1 % of the reading every 10 ms, down to half",
        drift,
        heal("a_gain", 1.0),
        {"*": differ(f.CUT_LIFTED, a=drifting, late_ms=5.0)},
        is_driving=True,
    ),
    Fault(
        "sense A bus dead low",
        "every channel reads 0x000",
        put("adc_bus", 0),
        heal("adc_bus", None),
        {"*": Expect(NOW, (f.CUT_OPEN, f.REFERENCE))},
    ),
    Fault(
        "sense A bus dead high",
        "every channel reads 0xFFF",
        put("adc_bus", 4095),
        heal("adc_bus", None),
        {"*": Expect(NOW, (f.OVERCURRENT_A, f.CUT_CONTACT_CHANGE))},
    ),
    Fault(
        "sense A wrong channel",
        "channel 0 reads channel 2, the reference",
        put("adc_astray", [0, 2, 1]),
        heal("adc_astray", [0, None, 1]),
        {"TEST": _AWAKE, "*": _ELSEWHERE},
    ),
    Fault(
        "voltage stuck at zero",
        "channel 1 stays at 0",
        *_stick(1, 0),
        {"FLOW": _NO_VOLTAGE, "PROBE": _NO_VOLTAGE, "*": _NO_VOLTAGE_LATER},
    ),
    Fault(
        "voltage stuck high",
        "channel 1 stays above the mode's limit",
        *_stick(1, 3500),
        {"*": Expect(NOW, (f.OVERVOLTAGE, f.K1_LEAK))},
    ),
    Fault(
        "voltage wrong channel",
        "channel 1 reads channel 3, the ground",
        put("adc_astray", [1, 3, 1]),
        heal("adc_astray", [1, None, 1]),
        {"FLOW": _GROUND_READ, "PROBE": _GROUND_READ, "*": _NO_VOLTAGE_LATER},
    ),
    Fault("sense B offset", "+0.6 mA at GP26", put("b_offset_a", 6e-4), heal("b_offset_a", 0.0), {"*": _QUIET_B}),
    Fault(
        "sense B gain low",
        "reads a third of the current",
        _spread("b_gain", 0.33),
        heal("b_gain", 1.0),
        {"*": differ(b=_THIRD)},
        is_service=True,
    ),
    Fault(
        "sense B gain high",
        "reads 3 times the current",
        _spread("b_gain", 3.0),
        heal("b_gain", 1.0),
        {"*": _B_TRIPLE},
    ),
    Fault(
        "sense B negative offset",
        "-0.6 mA at GP26",
        put("b_offset_a", -6e-4),
        heal("b_offset_a", 0.0),
        {"*": differ(b=less(600.0))},
    ),
    Fault(
        "sense B noise",
        "200 times the noise",
        put("adc_astray", [4, 4, 200]),
        heal("adc_astray", [4, None, 1]),
        {"*": Expect(NOW, (f.SENSE_MISMATCH, f.OVERCURRENT_B, f.ZERO_OFFSET), ms=90.0, comes_and_goes=True)},
    ),
    Fault(
        "sense B drift",
        "gains 0.1 mA every 50 ms, up to 1 mA",
        drift_b,
        heal("b_offset_a", 0.0),
        {"*": Expect(NOW, (f.SENSE_MISMATCH, f.OVERCURRENT_B), delay_ms=150.0, late_ms=10.0)}
        | {f"HOLD/{one.name}": differ(f.OVERCURRENT_B, b=gaining, late_ms=5.0) for one in FULL},
    ),
    Fault(
        "sense B frozen",
        "GP26 stays at what it reads",
        put("adc_held", [4, 1]),
        heal("adc_held", [4, 0]),
        {"*": _FROZEN},
    ),
    Fault("sense B stuck", "GP26 stays at 0", *_stick(4, 0), {"*": differ(b=times(0.0))}),
    Fault(
        "sense B stuck at full scale", "GP26 stays at 4095", *_stick(4, 4095), {"*": Expect(NOW, (f.OVERCURRENT_B,))}
    ),
    Fault(
        "sense B wrong channel",
        "GP26 reads GP29, the battery",
        put("adc_astray", [4, 7, 1]),
        heal("adc_astray", [4, None, 1]),
        {"*": _QUIET_B},
    ),
    Fault(
        "amplifier sense dead",
        "GP27 stays at 0",
        *_stick(5, 0),
        {"PROBE": _NO_AMPLIFIER, "FLOW": _NO_AMPLIFIER, "*": _NO_AMPLIFIER_LATER},
    ),
    Fault(
        "reference off",
        "A's reference falls by 5 %",
        put("reference_gain", 0.95),
        heal("reference_gain", 1.0),
        {"*": Expect(NOW, (f.REFERENCE,))},
    ),
    Fault(
        "reference noisy",
        "channel 2 jumps about",
        put("adc_astray", [2, 2, 400]),
        heal("adc_astray", [2, None, 1]),
        {"*": Expect(NOW, (f.REFERENCE,), ms=60.0, comes_and_goes=True)},
    ),
    Fault("ground lifted", "channel 3 reads 40 counts", *_stick(3, 40), {"*": Expect(NOW, (f.GROUND,))}),
    Fault(
        "sense A a little off",
        "reads 12 % too little: within what boards differ by",
        _spread("a_gain", 0.88),
        heal("a_gain", 1.0),
        {"*": Expect(UNSEEN, why=_TOLERANCE, above_ua=260, rise_ua=260)} | {f"*/{one.name}": _MISMATCH for one in FULL},
        (*PROBE, *FLOW),
    ),
)
