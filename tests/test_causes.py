"""A cause's value and limit, from counts to the unit that the table of faults names."""

import pytest

from ionto import causes, faults, limits, sampler
from ionto.calibration import NOMINAL
from tests.support.tick import Tick, calibration_with

pytestmark = pytest.mark.requirement("REQ-FLT-1")

OFFSET = [row._replace(a_zero_raw=10, b_zero_raw=-5, v_zero_raw=4) for row in NOMINAL]
BOTH = pytest.mark.parametrize("index", [0, 1], ids=["face", "body"])


@BOTH
def test_readings_lose_their_zero_and_get_their_gain(index: int) -> None:
    row = OFFSET[index]
    a, b, v = row.a_na_per_lsb, 7300, 12500
    for cause in (faults.OVERCURRENT_A, faults.CUT_CONTACT_CHANGE):
        assert causes.in_units(cause, 1010, 810, row) == (1000 * a // 1000, 800 * a // 1000)
    assert causes.in_units(faults.OVERCURRENT_B, 995, 95, row) == (1000 * b // 1000, 100 * b // 1000)
    assert causes.in_units(faults.OVERVOLTAGE, 844, 804, row) == (840 * v // 1000, 800 * v // 1000)


@BOTH
@pytest.mark.parametrize("cause", [faults.EXCESS_CURRENT, faults.SENSE_MISMATCH, faults.CUT_OPEN])
def test_net_counts_get_their_gain_alone(index: int, cause: int) -> None:
    row = OFFSET[index]
    assert causes.in_units(cause, 1000, 0, row) == (1000 * row.a_na_per_lsb // 1000, 0)


@BOTH
def test_amplifier_is_told_in_millivolts(index: int) -> None:
    assert causes.in_units(faults.AMPLIFIER, 1000, 10, OFFSET[index]) == (12891, 128)


UNSCALED = [
    faults.REFERENCE, faults.GROUND, faults.STUCK_SENSE, faults.LATCH, faults.LIMITS_CORRUPT, faults.TICK_LATE,
    faults.TICKS_STOPPED,
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("cause", UNSCALED)
def test_what_is_not_a_current_or_a_voltage_stays_as_it_is(index: int, cause: int) -> None:
    assert causes.in_units(cause, 1234, 1000, OFFSET[index]) == (1234, 1000)


# In millivolts or microamperes to begin with.
SELF_TEST = (
    faults.K1_LEAK, faults.K1_WELDED, faults.K1_OPEN, faults.HEARTBEAT, faults.BATTERY, faults.SERVICE_CIRCUIT,
)  # fmt: skip


@pytest.mark.parametrize("row", faults.FAULTS, ids=lambda row: row.name)
def test_fault_in_microampere_or_millivolt_is_scaled_and_no_other(row: faults.Fault) -> None:
    is_scaled = causes.in_units(row.number, 1000, 0, NOMINAL[1]) != (1000, 0)
    assert is_scaled == (row.unit in ("uA", "mV") and row.number not in SELF_TEST)


@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_overcurrent_of_a_tick_is_told_with_the_modes_own_limit(mode: limits.Mode) -> None:
    tick = Tick(mode)
    tick.step(4095, 10, 0)
    s = tick.state
    value, limit = causes.in_units(s[sampler.CAUSE], s[sampler.CAUSE_VALUE], s[sampler.CAUSE_LIMIT], tick.row)
    exact = mode.max_ua * 1.1 + 50
    assert exact - 7 <= limit <= exact
    assert value == 4095 * tick.row.a_na_per_lsb // 1000


@pytest.mark.parametrize("cause", [faults.EXCESS_CURRENT, faults.CUT_OPEN])
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_value_of_a_cause_is_the_current_that_flowed_on_a_board_with_a_zero(mode: limits.Mode, cause: int) -> None:
    tick = Tick(mode, calibration_with(a_zero_raw=16))
    tick.hold(400)
    net = 580 if cause == faults.EXCESS_CURRENT else 0
    assert tick.checks_to_cause(tick.healthy(net), 50)[0] == cause
    s = tick.state
    value_ua, _ = causes.in_units(cause, s[sampler.VALUE], s[sampler.LIMIT], tick.row)
    assert value_ua == net * tick.row.a_na_per_lsb // 1000


@pytest.mark.requirement("REQ-TRP-14")
def test_number_that_no_rule_has_is_told_as_a_flipped_bit_of_that_word() -> None:
    known = [0, *range(1, 39), faults.CUT_OPEN, faults.CUT_CONTACT_CHANGE]
    for cause in (-(1 << 31), -1, *range(130), 1 << 29, 1 << 30):
        copy = [7] * sampler.STATE_WORDS
        copy[sampler.CAUSE] = cause
        if cause in known:
            assert causes.told(copy) == cause
            assert copy[sampler.CAUSE_VALUE] == copy[sampler.CAUSE_LIMIT] == 7
        else:
            assert causes.told(copy) == faults.STATE_CORRUPT
            assert (copy[sampler.CAUSE_VALUE], copy[sampler.CAUSE_LIMIT]) == (sampler.CAUSE, 0)
    assert faults.fault(38).name
    with pytest.raises(ValueError, match="there are 1 to 38"):
        faults.fault(39)
