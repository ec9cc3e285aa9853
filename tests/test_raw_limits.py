"""A mode's limits as raw counts: against exact fractions from the gains, on the safe side, with complements."""

from fractions import Fraction
from math import ceil, floor

import pytest

from ionto import limits, raw_limits, regulator, sampler
from ionto.calibration import NOMINAL, Calibration
from tests.support.tick import nominal
from tests.test_limits import TABLE

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
UA_PER_COUNT = (Fraction(5, 4), Fraction(25, 4))
MV_PER_CODE = (4, 10)
SERIES_OHM = (2200, 470)
B_UA = Fraction(73, 10)
V_MV = Fraction(25, 2)
AMPLIFIER_MV = Fraction(12891, 1000)


def expected(mode: limits.Mode) -> dict[int, Fraction]:
    """Exact limits in counts, from the design's table."""
    row = TABLE[mode.number]
    a_ua, code_mv, series = UA_PER_COUNT[mode.range], MV_PER_CODE[mode.range], SERIES_OHM[mode.range]
    top_ua, top_mv = Fraction(row[4]).limit_denominator(10) * 1000, row[7] * 1000
    trip_ua = top_ua * Fraction(11, 10) + 50
    probe_ua = 500 if mode.range == 0 else 1200
    return {
        regulator.SETPOINT_MAX: top_ua / a_ua,
        regulator.V_MAX: top_mv / V_MV,
        regulator.V_MAX_CODE: Fraction(top_mv, code_mv),
        regulator.SERIES_Q8: a_ua * series * 256 / (code_mv * 1000),
        regulator.CUT_Q8: a_ua * (series + 300) * 256 / (code_mv * 1000),
        regulator.V_CODES_Q8: V_MV * 256 / code_mv,
        regulator.PROBE_CODE: Fraction(1500, code_mv),
        regulator.PROBE_MAX: probe_ua / a_ua,
        sampler.TRIP_A: trip_ua / a_ua,
        sampler.TRIP_B: trip_ua / B_UA,
        sampler.TRIP_V: top_mv * Fraction(105, 100) / V_MV,
        sampler.A_ZERO: Fraction(sampler.ZERO_BIAS),
        sampler.B_ZERO: Fraction(sampler.ZERO_BIAS),
        sampler.V_ZERO: Fraction(sampler.ZERO_BIAS),
        sampler.B_TO_A_Q12: B_UA / a_ua * 4096,
        sampler.MISMATCH_FLOOR: 200 / a_ua,
        sampler.MISMATCH_Q12: Fraction(3, 100) * 4096,
        sampler.EXCESS_FLOOR: 200 / a_ua,
        sampler.EXCESS_Q12: Fraction(10, 100) * 4096,
        sampler.OPEN_FLOOR: 50 / a_ua,
        sampler.OPEN_Q12: Fraction(20, 100) * 4096,
        sampler.DAC_TO_AMP_Q12: code_mv / AMPLIFIER_MV * 4096,
        sampler.FOLLOW_FLOOR: 500 / AMPLIFIER_MV,
        sampler.FOLLOW_Q12: Fraction(5, 100) * 4096,
        sampler.REFERENCE_LOW: Fraction(2048 - floor(2048 * Fraction(2, 100))),
        sampler.REFERENCE_HIGH: 2048 * Fraction(102, 100),
        sampler.GROUND_HIGH: Fraction(8),
        sampler.STUCK_CODE: Fraction(1000, code_mv),
        sampler.LATE_LIMIT_US: Fraction(1000),
    }


@MODES
@pytest.mark.requirement("REQ-LIM-2")
def test_raw_limit_is_the_exact_one_rounded_to_the_safe_side(mode: limits.Mode) -> None:
    m = raw_limits.build(mode, nominal())
    want = expected(mode)
    assert sorted(want) == list(range(sampler.LIMIT_WORDS))
    for index, exact in want.items():
        # A higher floor opens sooner; every other limit is safer when it is lower.
        safe = ceil(exact) if index in (sampler.OPEN_FLOOR, sampler.OPEN_Q12) else floor(exact)
        assert m[index] == safe, f"limit {index}: {m[index]}, exact {float(exact)}"


@MODES
@pytest.mark.requirement("REQ-LIM-2")
def test_raw_limit_in_physical_units_is_never_above_the_limit(mode: limits.Mode) -> None:
    m = raw_limits.build(mode, nominal())
    a_ua = UA_PER_COUNT[mode.range]
    trip_ua = Fraction(mode.max_ua * 11, 10) + 50
    for counts, lsb, limit in (
        (m[regulator.SETPOINT_MAX], a_ua, mode.max_ua),
        (m[regulator.PROBE_MAX], a_ua, mode.probe_limit_ua),
        (m[sampler.TRIP_A], a_ua, trip_ua),
        (m[sampler.TRIP_B], B_UA, trip_ua),
        (m[regulator.V_MAX], V_MV, mode.max_electrode_mv),
        (m[regulator.V_MAX_CODE], MV_PER_CODE[mode.range], mode.max_electrode_mv),
        (m[sampler.TRIP_V], V_MV, Fraction(mode.max_electrode_mv * 105, 100)),
        (m[regulator.PROBE_CODE], MV_PER_CODE[mode.range], 1500),
    ):
        assert counts * lsb <= limit < (counts + 1) * lsb


@MODES
@pytest.mark.requirement("REQ-LIM-2")
def test_every_limit_is_followed_by_its_complement(mode: limits.Mode) -> None:
    m = raw_limits.build(mode, nominal())
    assert len(m) == 2 * sampler.LIMIT_WORDS
    for index in range(sampler.LIMIT_WORDS):
        assert 0 <= m[index] < 2**30
        assert m[index] + m[index + sampler.LIMIT_WORDS] == 2**30 - 1
        assert m[index] & m[index + sampler.LIMIT_WORDS] == 0


@pytest.mark.requirement("REQ-LIM-2")
@MODES
@pytest.mark.parametrize("a_percent", [90, 110])
@pytest.mark.parametrize("zero_raw", [0, 7, 20])
def test_trip_limits_follow_gain_and_zero_of_the_board(mode: limits.Mode, a_percent: int, zero_raw: int) -> None:
    ranges = [
        row._replace(a_na_per_lsb=row.a_na_per_lsb * a_percent // 100, b_na_per_lsb=row.b_na_per_lsb * a_percent // 100,
                     v_uv_per_lsb=row.v_uv_per_lsb * a_percent // 100, a_zero_raw=zero_raw, b_zero_raw=zero_raw,
                     v_zero_raw=zero_raw)
        for row in NOMINAL
    ]  # fmt: skip
    m = raw_limits.build(mode, Calibration(0, ranges))
    row = ranges[mode.range]
    trip_na = (mode.max_ua * 11 // 10 + 50) * 1000
    assert m[sampler.TRIP_A] == zero_raw + trip_na // row.a_na_per_lsb
    assert m[sampler.TRIP_B] == zero_raw + trip_na // row.b_na_per_lsb
    assert m[sampler.TRIP_V] == zero_raw + mode.max_electrode_mv * 1050 // row.v_uv_per_lsb
    assert m[sampler.A_ZERO] == m[sampler.B_ZERO] == m[sampler.V_ZERO] == zero_raw + sampler.ZERO_BIAS
    # Within the converter's range, or no reading could ever trip.
    assert max(m[sampler.TRIP_A], m[sampler.TRIP_B], m[sampler.TRIP_V]) < 4095
    assert m[regulator.V_MAX_CODE] <= 4095
    assert all(0 <= word < 2**30 for word in m)


@pytest.mark.requirement("REQ-REG-1")
@MODES
def test_slope_is_counts_a_tick_within_one_part_in_a_thousand(mode: limits.Mode) -> None:
    row = nominal().of(mode)
    for ua_per_s in (mode.ramp_up_ua_per_s, mode.ramp_down_ua_per_s, mode.max_ua * 10 // 9):
        exact = Fraction(ua_per_s * 1000, row.a_na_per_lsb * 2000) * 65536
        assert abs(raw_limits.slope_q(row, ua_per_s) - exact) <= exact / 1000


def test_slope_is_rounded_to_nearest() -> None:
    assert [raw_limits.slope_q(NOMINAL[0], ua_per_s) for ua_per_s in (1, 3, 200)] == [26, 79, 5243]  # 26.2 78.6 5242.9


def test_slope_is_never_zero() -> None:
    assert raw_limits.slope_q(NOMINAL[1], 0) == 1
    assert raw_limits.slope_q(NOMINAL[0], 0) == 1


def test_net_of_ua_is_rounded_down() -> None:
    assert [raw_limits.net_of_ua(NOMINAL[1], ua) for ua in (0, 6, 7, 12, 13, 20000)] == [0, 0, 1, 1, 2, 3200]


def test_smallest_skin_is_the_short_limit() -> None:
    assert raw_limits.SMALLEST_SKIN_MOHM == limits.SHORT_OHM * 1000
