"""Which calibrations a board may have: each factor below, at and above its limits, in both ranges."""

import pytest

from ionto import calibration, limits, messages
from ionto.builtin_calibration import BuiltinCalibrationStore
from ionto.calibration import FIELDS, NOMINAL, Calibration, CalibrationError

FACTORS = [field for field in FIELDS if not field.endswith("zero_raw")]
ZEROS = [field for field in FIELDS if field.endswith("zero_raw")]
BOTH = pytest.mark.parametrize("index", [0, 1], ids=["face", "body"])


def with_value(index: int, field: str, value: int) -> Calibration:
    ranges = list(NOMINAL)
    ranges[index] = ranges[index]._replace(**{field: value})
    return Calibration(messages.CALIBRATION_BUILTIN, ranges)


def test_nominal_gains_follow_from_the_parts_of_the_board() -> None:
    uv_b = 3_300_000 / 4096
    for row, a_na, dac_uv, series_ohm in zip(NOMINAL, (1250, 6250), (4000, 10000), (2200, 470), strict=True):
        assert row.a_na_per_lsb == a_na
        assert row.b_na_per_lsb == 7300
        assert row.v_uv_per_lsb == 12500
        assert row.dac_uv_per_lsb == dac_uv
        assert abs(row.amp_uv_per_lsb - 16 * uv_b) < 1
        assert row.series_mohm == series_ohm * 1000
        assert (row.a_zero_raw, row.b_zero_raw, row.v_zero_raw) == (0, 0, 0)


@BOTH
@pytest.mark.requirement("REQ-CAL-2")
@pytest.mark.parametrize("field", FACTORS)
def test_factor_within_ten_percent_is_taken_and_beyond_is_refused(index: int, field: str) -> None:
    nominal = getattr(NOMINAL[index], field)
    low, high = nominal * 90 // 100, nominal * 110 // 100
    for value in (low, low + 1, nominal, high - 1, high):
        assert getattr(with_value(index, field, value).ranges[index], field) == value
    for value in (low - 1, high + 1, 0, -nominal):
        message = f"calibration range {index}: {field} is {value}, must be {low} to {high}"
        with pytest.raises(CalibrationError, match=message):
            with_value(index, field, value)


@BOTH
@pytest.mark.requirement("REQ-CAL-2")
@pytest.mark.parametrize("field", ZEROS)
def test_zero_within_its_range_is_taken_and_beyond_is_refused(index: int, field: str) -> None:
    most = calibration.MAX_ZERO_RAW
    assert most == 20
    for value in (0, 1, most - 1, most):
        assert getattr(with_value(index, field, value).ranges[index], field) == value
    for value in (-most - 1, most + 1, 4095):
        with pytest.raises(CalibrationError, match=f"range {index}: {field} is {value}, must be -?[0-9]+ to {most}"):
            with_value(index, field, value)
    least = {"a_zero_raw": -3, "b_zero_raw": 0, "v_zero_raw": -most}[field]
    assert getattr(with_value(index, field, least).ranges[index], field) == least
    with pytest.raises(CalibrationError, match=f"{field} is {least - 1}, must be {least} to {most}"):
        with_value(index, field, least - 1)


@pytest.mark.requirement("REQ-CAL-2")
@pytest.mark.parametrize("count", [0, 1, 3])
def test_calibration_without_both_ranges_is_refused(count: int) -> None:
    with pytest.raises(CalibrationError, match=f"calibration has {count} ranges, wants 2"):
        Calibration(messages.CALIBRATION_BUILTIN, (NOMINAL * 2)[:count])


@pytest.mark.requirement("REQ-CAL-3")
@pytest.mark.parametrize(
    ("stored", "at_rest", "used"),
    [(0, 0, 0), (1, 0, 0), (2, 0, 0), (2, 5, 5), (0, 3, 3), (-3, 0, -3), (-3, 1, 1), (-3, 2, 2), (-1, 0, -1)],
)
def test_zero_at_rest_is_used_unless_it_lies_below_what_can_be_read(stored: int, at_rest: int, used: int) -> None:
    made = with_value(1, "a_zero_raw", stored).zeroed(limits.MODES[limits.HANDS], at_rest, 4)
    assert (made.ranges[1].a_zero_raw, made.ranges[1].b_zero_raw) == (used, 4)
    assert made.ranges[0] == NOMINAL[0]


def test_calibration_error_is_a_value_error() -> None:
    assert issubclass(CalibrationError, ValueError)


@pytest.mark.requirement("REQ-CAL-1")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_mode_uses_the_row_of_its_range(mode: limits.Mode) -> None:
    assert Calibration(messages.CALIBRATION_BUILTIN, NOMINAL).of(mode) is NOMINAL[mode.range]


def test_builtin_store_gives_the_nominal_record_and_says_where_it_comes_from() -> None:
    loaded = BuiltinCalibrationStore().load()
    assert loaded.source == messages.CALIBRATION_BUILTIN
    assert tuple(loaded.ranges) == NOMINAL


@pytest.mark.requirement("REQ-CAL-3")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_zeroed_takes_the_zeros_of_one_range_and_nothing_else(mode: limits.Mode) -> None:
    before = Calibration(messages.CALIBRATION_BUILTIN, NOMINAL)
    zeroed = before.zeroed(mode, 3, 7)
    own, other = int(mode.range), 1 - int(mode.range)
    assert zeroed.ranges[own] == NOMINAL[own]._replace(a_zero_raw=3, b_zero_raw=7)
    assert zeroed.ranges[other] == NOMINAL[other]
    assert zeroed.source == before.source
    assert tuple(before.ranges) == NOMINAL


@pytest.mark.requirement("REQ-CAL-3")
@pytest.mark.parametrize("zeros", [(21, 0), (0, 21)])
def test_zeroed_beyond_the_largest_zero_is_refused(zeros: tuple[int, int]) -> None:
    before = Calibration(messages.CALIBRATION_BUILTIN, NOMINAL)
    assert before.zeroed(limits.MODES[0], 20, 20).ranges[0].b_zero_raw == 20
    with pytest.raises(CalibrationError, match="zero_raw is 21"):
        before.zeroed(limits.MODES[0], *zeros)


@pytest.mark.requirement("REQ-TRP-14")
def test_bit_that_flips_in_a_calibration_is_seen_and_it_is_zeroed_no_more() -> None:
    made = Calibration(messages.CALIBRATION_STORED, NOMINAL)
    assert made.is_intact()
    for index, row in enumerate(NOMINAL):
        for name in FIELDS:
            flipped = row._replace(**{name: getattr(row, name) ^ 1 << 4})
            made.ranges = (flipped, NOMINAL[1]) if index == 0 else (NOMINAL[0], flipped)
            assert not made.is_intact()
            with pytest.raises(CalibrationError, match="flipped"):
                made.zeroed(limits.MODES[0], 3, 3)
    made.ranges = NOMINAL
    assert made.zeroed(limits.MODES[0], 3, 3).is_intact()
