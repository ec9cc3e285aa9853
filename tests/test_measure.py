"""Means, resistance and charge from running sums, in every mode's units, across the wrap of the sums."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ionto import limits, sampler
from ionto.app import ROUND_MS
from ionto.calibration import NOMINAL, RangeCalibration
from ionto.measure import ROUNDS, Measure, scaled
from ionto.session_io import Inputs
from ionto.zero import SAMPLES

pytestmark = pytest.mark.requirement("REQ-MSR-1")

WRAP = 2**30
BOTH = pytest.mark.parametrize("row", NOMINAL, ids=["face", "body"])


class Sums:
    """A tick's running sums, from anywhere before the wrap."""

    def __init__(self, start: int = 0) -> None:
        self.copy = [0] * sampler.STATE_WORDS
        for index in (sampler.TICKS, sampler.SUM_CURRENT, sampler.SUM_VOLTAGE, sampler.SUM_CURRENT_B):
            self.copy[index] = start

    def add(self, ticks: int, current: int, voltage: int, current_b: int) -> list[int]:
        for index, amount in (
            (sampler.TICKS, ticks), (sampler.SUM_CURRENT, ticks * current), (sampler.SUM_VOLTAGE, ticks * voltage),
            (sampler.SUM_CURRENT_B, ticks * current_b),
        ):  # fmt: skip
            self.copy[index] = (self.copy[index] + amount) % WRAP
        return self.copy


def begun(row: RangeCalibration, start: int = 0) -> tuple[Measure, Sums, Inputs]:
    inputs = Inputs()
    measure, sums = Measure(inputs), Sums(start)
    measure.update(sums.copy, row)
    measure.forget()
    return measure, sums, inputs


@BOTH
@pytest.mark.parametrize("start", [0, WRAP - 1, WRAP - 7000])
def test_means_of_a_round_are_in_physical_units_across_the_wrap(row: RangeCalibration, start: int) -> None:
    measure, sums, inputs = begun(row, start)
    measure.update(sums.add(10, 400, 240, 69), row)
    assert inputs.current_ua == 400 * row.a_na_per_lsb // 1000
    assert inputs.voltage_mv == 3000
    assert inputs.current_b_ua == 69 * 7300 // 1000
    measure.update(sums.add(10, 0, 0, 0), row)
    assert (inputs.current_ua, inputs.voltage_mv, inputs.current_b_ua) == (0, 0, 0)


def test_round_without_a_tick_keeps_what_was_measured() -> None:
    measure, sums, inputs = begun(NOMINAL[0])
    measure.update(sums.add(10, 400, 240, 69), NOMINAL[0])
    measure.update(sums.copy, NOMINAL[0])
    assert inputs.current_ua == 500
    assert inputs.charge_ua_ms == 0


@BOTH
def test_round_in_which_the_tick_begins_counts_whole(row: RangeCalibration) -> None:
    inputs = Inputs()
    measure, sums = Measure(inputs), Sums()
    measure.update(sums.add(10, 400, 240, 69), row)
    assert (inputs.current_ua, inputs.voltage_mv, inputs.current_b_ua) == (400 * row.a_na_per_lsb // 1000, 3000, 503)
    assert inputs.charge_ua_ms == 5 * inputs.current_ua


@pytest.mark.requirement("REQ-TRP-14")
def test_round_before_the_first_tick_is_not_torn() -> None:
    inputs = Inputs()
    measure = Measure(inputs)
    measure.update(Sums().copy, NOMINAL[0])
    assert measure.is_torn is False
    assert (inputs.charge_ua_ms, inputs.resistance_ohm) == (0, None)


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("index", [sampler.SUM_CURRENT, sampler.SUM_VOLTAGE, sampler.SUM_CURRENT_B])
def test_round_with_a_sum_that_ticks_cannot_have_added_up_is_torn_and_has_no_charge(index: int) -> None:
    measure, sums, inputs = begun(NOMINAL[0])
    measure.update(sums.add(10, 4095, 4095, 4095), NOMINAL[0])
    assert not measure.is_torn
    assert inputs.charge_ua_ms > 0
    sums.add(10, 4095, 4095, 4095)
    sums.copy[index] += 1
    measure.update(sums.copy, NOMINAL[0])
    assert measure.is_torn
    assert inputs.charge_ua_ms == 0
    measure.update(sums.add(10, 400, 240, 69), NOMINAL[0])
    assert not measure.is_torn
    assert inputs.charge_ua_ms == 5 * 500


@BOTH
def test_resistance_is_known_after_its_window_of_50_ms(row: RangeCalibration) -> None:
    assert ROUNDS * ROUND_MS == 50
    measure, sums, inputs = begun(row)
    for n in range(ROUNDS):
        assert inputs.resistance_ohm is None, n
        measure.update(sums.add(10, 400, 200, 69), row)
    assert inputs.resistance_ohm == 200 * 12_500_000 // (400 * row.a_na_per_lsb)


def test_resistance_is_that_of_the_last_window() -> None:
    measure, sums, inputs = begun(NOMINAL[0])
    for _ in range(ROUNDS):
        measure.update(sums.add(10, 400, 200, 69), NOMINAL[0])
    for _ in range(ROUNDS - 1):
        measure.update(sums.add(10, 400, 400, 69), NOMINAL[0])
    assert inputs.resistance_ohm == 10000 - 5000 // ROUNDS
    measure.update(sums.add(10, 400, 400, 69), NOMINAL[0])
    assert inputs.resistance_ohm == 10000


def test_resistance_is_forgotten_on_demand() -> None:
    measure, sums, inputs = begun(NOMINAL[0])
    for _ in range(ROUNDS):
        measure.update(sums.add(10, 400, 200, 69), NOMINAL[0])
    assert inputs.resistance_ohm == 5000
    measure.forget()
    for _ in range(ROUNDS):
        assert inputs.resistance_ohm is None
        measure.update(sums.add(10, 400, 400, 69), NOMINAL[0])
    assert inputs.resistance_ohm == 10000  # nothing of what was before


def test_resistance_is_none_once_the_current_has_gone() -> None:
    measure, sums, inputs = begun(NOMINAL[0])
    for current, ohm in ((400, 5000), (0, None)):
        for _ in range(ROUNDS):
            measure.update(sums.add(10, current, 200, 69), NOMINAL[0])
        assert inputs.resistance_ohm == ohm


def test_resistance_without_a_count_of_current_is_none() -> None:
    measure, sums, inputs = begun(NOMINAL[1])
    for _ in range(ROUNDS - 1):
        measure.update(sums.add(10, 1, 80, 0), NOMINAL[1])
    measure.update(sums.add(10, 0, 80, 0), NOMINAL[1])
    assert inputs.resistance_ohm is None
    measure.update(sums.add(10, 2, 80, 0), NOMINAL[1])
    assert inputs.resistance_ohm == 80 * 12_500_000 // 6250


@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_charge_of_a_whole_session_at_the_maximum_does_not_drift(mode: limits.Mode) -> None:
    row = NOMINAL[int(mode.range)]
    measure, sums, inputs = begun(row, WRAP - 12345)
    net = mode.max_ua * 1000 // row.a_na_per_lsb
    rounds = mode.max_min * 60 * 2  # of half a second
    charge_ua_ms = 0
    for _ in range(rounds):
        measure.update(sums.add(1000, net, 100, 50), row)
        charge_ua_ms += inputs.charge_ua_ms
    assert charge_ua_ms == mode.max_ua * mode.max_min * 60_000


def test_charge_counts_in_the_range_it_was_measured_with() -> None:
    measure, sums, inputs = begun(NOMINAL[0])
    measure.update(sums.add(10, 400, 200, 69), NOMINAL[0])
    assert inputs.charge_ua_ms == 5 * 500
    measure.update(sums.add(10, 400, 200, 69), NOMINAL[1])
    assert inputs.charge_ua_ms == 5 * 2500


def test_charge_of_less_than_a_unit_counts_in_a_later_round() -> None:
    measure, sums, inputs = begun(NOMINAL[0])
    told_ua_ms = []
    for _ in range(8):
        measure.update(sums.add(1, 1, 1, 0), NOMINAL[0])  # 1250 nA for a tick of half a millisecond
        told_ua_ms.append(inputs.charge_ua_ms)
    assert told_ua_ms == [0, 1, 0, 1, 1, 0, 1, 1]


@pytest.mark.parametrize("factor_na", [1249, 1250, 6247])
def test_charge_told_so_far_is_the_whole_part_of_what_has_flowed_in_every_round(factor_na: int) -> None:
    row = NOMINAL[0]._replace(a_na_per_lsb=factor_na)
    measure, sums, inputs = begun(row)
    told_ua_ms = 0
    for ticks in range(1, 2001):  # until each remainder of a uA ms, which is 2000 nA ticks, has come once
        measure.update(sums.add(1, 1, 1, 0), row)
        told_ua_ms += inputs.charge_ua_ms
        assert told_ua_ms == ticks * factor_na // 2000


class Small(int):
    """A number of 30 bits; arithmetic that leaves them raises AssertionError."""


def _limit(name: str) -> None:
    def operate(self: int, other: int) -> Small:
        result = getattr(int, name)(self, other)
        assert abs(result) < WRAP, (name, int(self), int(other))
        return Small(result)

    setattr(Small, name, operate)


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "floordiv", "rfloordiv", "rshift", "lshift", "and"):
    _limit(f"__{_name}__")


@BOTH
@pytest.mark.parametrize("part", [-8, -3, 0, 7])
def test_zero_between_two_counts_is_taken_off_current_and_charge(row: RangeCalibration, part: int) -> None:
    measure, sums, inputs = begun(row)
    measure.zero_part = part
    charge = 0
    for _ in range(400):
        measure.update(sums.add(20, 400, 240, 69), row)
        charge += inputs.charge_ua_ms
    true_ua = (400 - part / SAMPLES) * row.a_na_per_lsb / 1000
    assert 0 <= true_ua - inputs.current_ua < 1
    assert charge == pytest.approx(true_ua * 4000, abs=2)
    assert inputs.current_b_ua == 69 * 7300 // 1000


@BOTH
def test_zero_between_two_counts_is_left_alone_below_one_count(row: RangeCalibration) -> None:
    """There the tick's readings end at 0, and their mean is no longer that of the current."""
    measure, sums, inputs = begun(row)
    measure.zero_part = 8
    measure.update(sums.add(20, 0, 0, 0), row)
    assert (inputs.current_ua, inputs.charge_ua_ms) == (0, 0)
    sums.copy[sampler.SUM_CURRENT] += 19
    measure.update(sums.add(20, 0, 0, 0), row)
    assert inputs.current_ua == 19 * row.a_na_per_lsb // 20000
    sums.copy[sampler.SUM_CURRENT] += 20
    measure.update(sums.add(20, 0, 0, 0), row)
    assert inputs.current_ua == row.a_na_per_lsb // 2000


@given(st.integers(0, 2**19 - 1), st.integers(0, WRAP - 1), st.integers(1, 2**19 - 1))
@example(2**19 - 2, WRAP - 1, 2**19 - 1)  # remainders and digits as large as they can be
def test_scaled_is_exact_without_large_numbers(value: int, factor: int, divisor: int) -> None:
    assume(value * factor // divisor < WRAP)
    assert scaled(Small(value), Small(factor), Small(divisor)) == value * factor // divisor


@given(st.integers(0, 2**40), st.integers(0, WRAP - 1), st.integers(1, 2**40))
def test_scaled_is_exact_with_large_numbers_too(value: int, factor: int, divisor: int) -> None:
    assert scaled(value, factor, divisor) == value * factor // divisor
