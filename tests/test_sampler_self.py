"""The loop itself: every bit of the limits, a late tick, the latch, and the wraps of clock and tick counter."""

import pytest

from ionto import faults, limits, sampler
from tests.support.on_micropython import run
from tests.support.tick import Tick

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
WRAP = 2**30


def quiet(mode: limits.Mode = limits.MODES[limits.FACE], **start: int) -> Tick:
    return Tick(mode, **start)


@MODES
@pytest.mark.requirement("REQ-TRP-1")
@pytest.mark.requirement("REQ-LIM-2")
@pytest.mark.parametrize("half", [0, sampler.LIMIT_WORDS], ids=["limits", "complements"])
def test_limits_with_any_bit_flipped_cut_in_the_same_tick(mode: limits.Mode, half: int) -> None:
    tick = quiet(mode)
    assert tick.check(0, 0, 0) == 0
    for index in range(sampler.LIMIT_WORDS):
        for bit in range(31) if mode.number == limits.FACE else (0, 7, 30):
            tick.limits[half + index] ^= 1 << bit
            assert tick.check(0, 0, 0) == faults.LIMITS_CORRUPT, (index, bit)
            assert tick.state[sampler.VALUE] == index
            tick.limits[half + index] ^= 1 << bit
    assert tick.checks_to_cause((0, 0, 0), 3) == (0, 3)


@pytest.mark.requirement("REQ-TRP-1")
def test_limits_with_any_of_32_bits_flipped_cut_on_micropython_in_every_mode() -> None:
    assert run("flips.py") == {"flips": 4 * 2 * sampler.LIMIT_WORDS * 32, "missed": []}


@pytest.mark.requirement("REQ-TRP-1")
def test_limits_of_all_zeros_cut() -> None:
    tick = quiet()
    for index in range(len(tick.limits)):
        tick.limits[index] = 0
    assert tick.check(0, 0, 0) == faults.LIMITS_CORRUPT


@MODES
@pytest.mark.requirement("REQ-TRP-2")
@pytest.mark.parametrize("period_us", [499, 500, 501, 999, 1000])
def test_tick_late_by_up_to_500_us_passes(mode: limits.Mode, period_us: int) -> None:
    tick = quiet(mode)
    assert tick.checks_to_cause((0, 0, 0), 5, period_us=period_us) == (0, 5)
    assert tick.state[sampler.LATE_US] == period_us


@MODES
@pytest.mark.requirement("REQ-TRP-2")
@pytest.mark.parametrize("period_us", [1001, 1500, 100_000, WRAP - 1])
def test_tick_later_than_500_us_cuts_once(mode: limits.Mode, period_us: int) -> None:
    tick = quiet(mode)
    assert tick.checks_to_cause((0, 0, 0), 3) == (0, 3)
    assert tick.check(0, 0, 0, period_us=period_us) == faults.TICK_LATE
    assert (tick.state[sampler.VALUE], tick.state[sampler.LIMIT]) == (period_us, 1000)
    assert tick.checks_to_cause((0, 0, 0), 3) == (0, 3)
    assert tick.state[sampler.LATE_US] == period_us


@pytest.mark.requirement("REQ-TRP-2")
def test_first_tick_is_not_late_whatever_the_clock_says() -> None:
    assert quiet(now_us=WRAP // 2).check(0, 0, 0) == 0


@pytest.mark.requirement("REQ-TRP-2")
@pytest.mark.parametrize("before_us", [1, 250, 499, 500, 1750])
def test_clock_that_wraps_at_30_bits_is_not_late(before_us: int) -> None:
    tick = quiet(now_us=WRAP - before_us)
    assert tick.checks_to_cause((0, 0, 0), 10) == (0, 10)
    assert tick.state[sampler.LATE_US] == 500
    assert tick.state[sampler.LAST_US] < WRAP


@pytest.mark.requirement("REQ-TRP-2")
def test_tick_late_across_the_wrap_of_the_clock_cuts() -> None:
    tick = quiet(now_us=WRAP - 600)
    assert tick.check(0, 0, 0) == 0
    assert tick.check(0, 0, 0, period_us=1001) == faults.TICK_LATE
    assert tick.state[sampler.VALUE] == 1001


@MODES
@pytest.mark.requirement("REQ-TRP-3")
def test_latch_tripped_cuts_in_the_same_tick(mode: limits.Mode) -> None:
    tick = quiet(mode)
    assert tick.check(0, 0, 0, latch=1) == 0
    assert tick.check(0, 0, 0, latch=0) == faults.LATCH
    assert tick.check(0, 0, 0, latch=1) == 0


@pytest.mark.requirement("REQ-TRP-2")
@pytest.mark.requirement("REQ-TRP-3")
def test_latch_tripped_in_a_late_tick_is_seen_in_the_next() -> None:
    tick = quiet()
    assert tick.check(0, 0, 0) == 0
    assert tick.check(0, 0, 0, latch=0, period_us=2000) == faults.TICK_LATE
    assert tick.check(0, 0, 0, latch=0) == faults.LATCH


def test_tick_counter_wraps_at_30_bits_and_the_loop_goes_on() -> None:
    tick = quiet(ticks=WRAP - 3)
    tick.state[sampler.MODE] = sampler.DRIVE
    tick.state[sampler.SETPOINT] = 1200
    counts = []
    for _ in range(60):
        assert tick.check(*tick.healthy(1200)) == 0
        counts.append(tick.state[sampler.TICKS])
    assert counts[:5] == [WRAP - 2, WRAP - 1, 0, 1, 2]
    # History across the wrap: the resistance halves, and that is a contact change.
    assert tick.check(*tick.healthy(2700, 700)) == faults.CUT_CONTACT_CHANGE


@pytest.mark.parametrize("into", [1, 5, 19])
def test_contact_change_is_judged_across_the_wrap_of_the_tick_counter(into: int) -> None:
    tick = quiet(ticks=WRAP - 40 + into)
    tick.hold(1200, ticks=40)
    assert tick.check(*tick.healthy(2700, 700)) == faults.CUT_CONTACT_CHANGE


def test_limits_corrupt_is_told_before_every_other_cause() -> None:
    tick = quiet()
    tick.check(0, 0, 0)
    tick.limits[sampler.TRIP_A] ^= 1
    assert tick.check(4095, 4095, 4095, latch=0, period_us=5000) == faults.LIMITS_CORRUPT


@pytest.mark.requirement("REQ-TRP-1")
@pytest.mark.requirement("REQ-TRP-2")
def test_tick_after_corrupt_limits_is_not_late() -> None:
    tick = quiet()
    tick.check(0, 0, 0)
    tick.limits[sampler.TRIP_A] ^= 1
    assert tick.check(0, 0, 0) == faults.LIMITS_CORRUPT
    tick.limits[sampler.TRIP_A] ^= 1
    assert tick.check(0, 0, 0) == 0
    assert tick.state[sampler.LATE_US] == 500


def test_sums_run_modulo_30_bits() -> None:
    tick = quiet()
    sums = (sampler.SUM_CURRENT, sampler.SUM_VOLTAGE, sampler.SUM_CURRENT_B)
    for index in sums:
        tick.state[index] = WRAP - 50
    readings = (100, 200, 20)
    tick.check(*readings)
    assert [tick.state[index] for index in sums] == [(WRAP - 50 + reading) % WRAP for reading in readings]


def test_quiet_ticks_count_since_the_last_violation_and_saturate() -> None:
    tick = quiet()
    tick.checks_to_cause((0, 0, 0), 7)
    assert tick.state[sampler.QUIET_TICKS] == 7
    tick.check(4095, 0, 0)
    assert tick.state[sampler.QUIET_TICKS] == 0
    tick.check(0, 0, 0)
    assert tick.state[sampler.QUIET_TICKS] == 1
    for index in (sampler.QUIET_TICKS, sampler.ON_TICKS):
        tick.state[index] = WRAP - 2
    tick.state[sampler.MODE] = sampler.PROBE
    tick.checks_to_cause((0, 0, 0), 3)
    assert tick.state[sampler.QUIET_TICKS] == tick.state[sampler.ON_TICKS] == WRAP - 1


def test_on_ticks_count_while_the_output_is_on() -> None:
    tick = quiet()
    tick.state[sampler.MODE] = sampler.PROBE
    tick.checks_to_cause((0, 0, 0), 5)
    assert tick.state[sampler.ON_TICKS] == 5
    tick.state[sampler.MODE] = sampler.OFF
    tick.check(0, 0, 0)
    assert tick.state[sampler.ON_TICKS] == 0
