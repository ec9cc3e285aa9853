"""The rules of the tick to the last count, by limits of their own; and which of two causes is told."""

# Viper takes arrays where it says ptr32.
# pyright: reportArgumentType=false

from collections.abc import Callable

import pytest

from ionto import faults, limits, regulator, sampler
from tests.support.tick import Tick

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
FULL = 4095
# fmt: off
STATE = (
    "A_CURRENT", "A_VOLTAGE", "B_CURRENT", "AUX", "LATCH_OK", "NOW_US", "MODE", "SETPOINT", "DAC", "SLOT", "CURRENT",
    "VOLTAGE", "CURRENT_B", "TICKS", "SUM_CURRENT", "SUM_VOLTAGE", "SUM_CURRENT_B", "CAUSE", "CAUSE_VALUE",
    "CAUSE_LIMIT", "CAUSE_CURRENT", "QUIET_TICKS", "AMPLIFIER", "RAIL", "BATTERY", "LATE_US", "LAST_US", "VALUE",
    "LIMIT", "ON_TICKS", "PHASE", "VOLTAGE_AGE", "TEST", "TESTED", "SPAN_US", "N_OPEN", "N_VOLTAGE", "N_EXCESS",
    "N_MISMATCH", "N_FOLLOW", "N_REFERENCE", "N_GROUND", "N_STUCK", "OPENING", "UNATTENDED",
)
LIMITS = (
    "TRIP_A", "TRIP_B", "TRIP_V", "A_ZERO", "B_ZERO", "V_ZERO", "B_TO_A_Q12", "MISMATCH_FLOOR", "MISMATCH_Q12",
    "EXCESS_FLOOR", "EXCESS_Q12", "OPEN_FLOOR", "OPEN_Q12", "DAC_TO_AMP_Q12", "FOLLOW_FLOOR", "FOLLOW_Q12",
    "REFERENCE_LOW", "REFERENCE_HIGH", "GROUND_HIGH", "STUCK_CODE", "LATE_LIMIT_US",
)
# fmt: on


def set_limits(tick: Tick, **values: int) -> None:
    """Writes limits, by their names in sampler.py, with their complements."""
    for name, value in values.items():
        index = getattr(sampler, name)
        tick.limits[index] = value
        tick.limits[index + sampler.LIMIT_WORDS] = value ^ (1 << 30) - 1


def told(tick: Tick) -> tuple[int, int]:
    return tick.state[sampler.VALUE], tick.state[sampler.LIMIT]


def test_words_of_the_state_and_limits_are_numbered_without_a_gap() -> None:
    assert [getattr(sampler, name) for name in STATE] == list(range(sampler.STATE_WORDS))
    assert [getattr(sampler, name) for name in LIMITS] == list(range(regulator.REGULATOR_LIMITS, sampler.LIMIT_WORDS))


@pytest.mark.requirement("REQ-TRP-14", "REQ-TRP-3")
def test_wishes_of_the_self_test_are_four_bits_each_of_which_stands_there_twice() -> None:
    wishes = (sampler.TEST_K1_OPEN, sampler.TEST_NO_BEAT, sampler.TEST_TRIP, sampler.TEST_DEAF)
    assert [bits & 15 for bits in wishes] == [1, 2, 4, 8]
    tick = Tick()
    tick.state[sampler.MODE] = sampler.PROBE
    for bits in wishes:
        tick.state[sampler.TEST] = bits
        assert tick.check(0, 5, 0) == 0
        assert tick.state[sampler.TEST] == bits
        assert tick.check(0, 5, 0, latch=0) == (0 if bits == sampler.TEST_DEAF else faults.LATCH)


def test_voltage_is_one_tick_old_where_reference_or_ground_took_its_place() -> None:
    tick = Tick()
    for _ in range(2 * sampler.SLOT_PERIOD):
        is_old = tick.state[sampler.SLOT] in (sampler.SLOT_REFERENCE, sampler.SLOT_GROUND)
        assert tick.check(0, 10, 0) == 0
        assert tick.state[sampler.VOLTAGE_AGE] == is_old


@MODES
@pytest.mark.requirement("REQ-TRP-8")
def test_excess_at_its_margin_passes_and_of_one_count_more_cuts(mode: limits.Mode) -> None:
    top = Tick(mode).limits[regulator.SETPOINT_MAX]
    for net in (20, top // 10, top // 2, top * 3 // 4):
        tick = Tick(mode)
        tick.hold(net)
        m = tick.limits
        margin = net + max(m[sampler.EXCESS_FLOOR], net * m[sampler.EXCESS_Q12] >> 12)
        assert tick.checks_to_cause(tick.healthy(margin), 60) == (0, 60)
        assert tick.checks_to_cause(tick.healthy(margin + 1), 60) == (faults.EXCESS_CURRENT, 40)
        assert told(tick) == (margin + 1, margin)


def exactly_allowed(tick: Tick, is_b_more: bool) -> tuple[int, int]:
    """(net of A, raw B) whose difference is exactly what is allowed."""
    m = tick.limits
    for b in range(60, 400):
        of_b = b * m[sampler.B_TO_A_Q12] >> 12
        floor = m[sampler.MISMATCH_FLOOR]
        for a in range(of_b - 2 * floor, of_b) if is_b_more else range(of_b, of_b + 2 * floor):
            if abs(of_b - a) == floor + (a * m[sampler.MISMATCH_Q12] >> 12):
                return a, b
    raise AssertionError


@MODES
@pytest.mark.requirement("REQ-TRP-9")
@pytest.mark.parametrize("is_b_more", [True, False])
def test_difference_of_a_and_b_that_is_allowed_passes_and_one_count_more_cuts(
    mode: limits.Mode, is_b_more: bool
) -> None:
    a, b = exactly_allowed(Tick(mode), is_b_more)
    tick = Tick(mode)
    tick.state[sampler.SETPOINT] = a
    assert tick.checks_to_cause((a, 100, b), 120) == (0, 120)
    # The floor a count lower: the same difference is one more than is allowed.
    set_limits(tick, MISMATCH_FLOOR=tick.limits[sampler.MISMATCH_FLOOR] - 1)
    assert tick.checks_to_cause((a, 100, b), 120) == (faults.SENSE_MISMATCH, 100)
    value, limit = told(tick)
    assert value == abs(a - (b * tick.limits[sampler.B_TO_A_Q12] >> 12)) == limit + 1


@pytest.mark.parametrize(
    ("bad", "ticks", "fault"),
    [
        pytest.param((400, 300, 68), 40, faults.EXCESS_CURRENT, marks=pytest.mark.requirement("REQ-TRP-8")),
        pytest.param((200, 150, 200), 100, faults.SENSE_MISMATCH, marks=pytest.mark.requirement("REQ-TRP-9")),
        pytest.param((200, 0, 34), 20, faults.STUCK_SENSE, marks=pytest.mark.requirement("REQ-TRP-13")),
    ],
)
def test_good_ticks_take_a_violation_back_to_nothing_and_not_below(
    bad: tuple[int, int, int], ticks: int, fault: int
) -> None:
    tick = Tick()
    tick.hold(200, 300)
    tick.state[sampler.DAC] = 4000
    good = (200, 150, 34)
    assert tick.check(*bad) == 0
    assert tick.checks_to_cause(good, 5) == (0, 5)
    assert tick.checks_to_cause(bad, ticks - 1) == (0, ticks - 1)
    assert tick.check(*bad) == fault


def at_full_scale(channel: int, raw: int) -> tuple[int, int, int]:
    readings = [100, 100, 17]
    readings[channel] = raw
    return readings[0], readings[1], readings[2]


@pytest.mark.requirement("REQ-TRP-13")
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_reading_at_full_scale_that_no_limit_is_below_is_stuck(channel: int) -> None:
    tick = Tick()
    tick.state[sampler.SETPOINT] = FULL  # no excess
    set_limits(tick, TRIP_A=FULL, TRIP_B=FULL, TRIP_V=FULL, MISMATCH_FLOOR=8 * FULL)
    assert tick.checks_to_cause(at_full_scale(channel, FULL - 1), 60) == (0, 60)
    assert tick.checks_to_cause(at_full_scale(channel, FULL), 60) == (faults.STUCK_SENSE, 20)
    assert told(tick) == (FULL, 0)


@MODES
@pytest.mark.requirement("REQ-TRP-13")
@pytest.mark.parametrize("net", [0, 40, 300])
def test_voltage_of_nothing_is_stuck_from_the_code_on_that_the_series_resistor_cannot_drop(
    mode: limits.Mode, net: int
) -> None:
    series_mv = net * (1.25 * 2.2, 6.25 * 0.47)[mode.range]
    code = int((1000 + series_mv) / (4, 10)[mode.range])
    tick = Tick(mode)
    tick.state[sampler.MODE], tick.state[sampler.SETPOINT] = sampler.PROBE, net
    a, _, b = tick.healthy(net)
    assert tick.checks_to_cause((a, 10, b), 30) == (0, 30)
    tick.state[sampler.DAC] = code - 2
    assert tick.checks_to_cause((a, 0, b), 60) == (0, 60)
    tick.state[sampler.DAC] = code + 1
    assert tick.checks_to_cause((a, 0, b), 60) == (faults.STUCK_SENSE, 20)
    assert told(tick) == (0, FULL)


@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.parametrize(
    ("drive", "current", "code"), [(1000, 100, 1000 - 78), (79, 100, 1), (78, 100, 0), (77, 100, 0), (0, 4095, 0)]
)
def test_code_of_a_contact_change_is_what_the_current_leaves_and_never_below_nothing(
    drive: int, current: int, code: int
) -> None:
    tick = Tick()
    tick.regulator[regulator.DRIVE_Q] = drive << 16
    tick.state[sampler.CURRENT] = current
    assert tick.limits[regulator.CUT_Q8] * 100 >> 8 == 78  # 125 uA through 2.5 kOhm
    for cause in (faults.CUT_CONTACT_CHANGE, faults.MAIN_LATE):
        assert sampler.cut_code(tick.state, tick.regulator, tick.limits, cause) == code
    assert sampler.cut_code(tick.state, tick.regulator, tick.limits, faults.OVERCURRENT_A) == 0


@pytest.mark.requirement("REQ-TRP-15")
@pytest.mark.parametrize("now_us", [0, 1 << 29, (1 << 30) - 5000])
def test_period_that_began_with_the_loop_itself_has_no_rate(now_us: int) -> None:
    assert Tick(now_us=now_us).checks_to_cause((0, 5, 0), 50) == (0, 50)


Step = Callable[[Tick, int], int]


def steady(*readings: int, period_us: int = 500) -> Step:
    return lambda tick, latch: tick.check(*readings, latch=latch, period_us=period_us)


def slotted(slot: int, aux_raw: int) -> Step:
    def step(tick: Tick, latch: int) -> int:
        is_its = tick.state[sampler.SLOT] == slot
        return tick.check(*tick.healthy(200), aux_raw if is_its else None, latch=latch)

    return step


CONFIRMED: dict[int, Step] = {
    faults.CUT_OPEN: steady(0, 150, 0),
    faults.OVERVOLTAGE: steady(200, 4000, 34),
    faults.EXCESS_CURRENT: steady(400, 300, 68),
    faults.SENSE_MISMATCH: steady(200, 150, 200),
    faults.AMPLIFIER: slotted(sampler.SLOT_AMPLIFIER, 4000),
    faults.REFERENCE: slotted(sampler.SLOT_REFERENCE, 0),
    faults.GROUND: slotted(sampler.SLOT_GROUND, 100),
    faults.STUCK_SENSE: steady(200, 0, 34),
    faults.TICK_RATE: steady(200, 150, 34, period_us=551),
}


def first_cause(step: Step, latch_trips_at: int = 0) -> tuple[int, int]:
    """The cause, and the tick that found it; the latch trips in a tick if one is given."""
    tick = Tick()
    tick.hold(200, 600)
    tick.state[sampler.DAC] = 1000
    for n in range(1, 200):
        cause = step(tick, 0 if n == latch_trips_at else 1)
        if cause:
            return cause, n
    raise AssertionError


@pytest.mark.parametrize("fault", CONFIRMED)
def test_latch_is_told_where_another_cause_is_confirmed_in_the_same_tick(fault: int) -> None:
    cause, ticks = first_cause(CONFIRMED[fault])
    assert cause == fault
    assert first_cause(CONFIRMED[fault], ticks) == (faults.LATCH, ticks)
