"""Above the setpoint, A against B, and when an excess is a hand sinking in: below, at and above, N-1 and N ticks."""

from fractions import Fraction

import pytest

from ionto import faults, limits, sampler
from tests.support.tick import Tick

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
A_UA = (Fraction(5, 4), Fraction(25, 4))
B_UA = Fraction(73, 10)
OHM = 1500


def driven(mode: limits.Mode, net: int) -> Tick:
    tick = Tick(mode)
    tick.hold(net, OHM)
    return tick


def levels(mode: limits.Mode) -> tuple[int, ...]:
    """Setpoints in counts: where the floor of 200 uA counts, where 10 % do, and the maximum."""
    top = int(mode.max_ua / A_UA[mode.range])
    return (16, int(1500 / A_UA[mode.range]), int(Fraction(2010) / A_UA[mode.range]), top - top // 9, top)


@MODES
@pytest.mark.requirement("REQ-TRP-8")
def test_current_above_the_setpoint_cuts_beyond_the_larger_of_200_ua_and_ten_percent(mode: limits.Mode) -> None:
    for net in levels(mode):
        margin = max(200 / A_UA[mode.range], Fraction(net, 10))
        at = int(net + margin)
        tick = driven(mode, net)
        assert tick.checks_to_cause(tick.healthy(at - 1, OHM), 120) == (0, 120), net
        assert tick.checks_to_cause(tick.healthy(at + 1, OHM), 120) == (faults.EXCESS_CURRENT, 40), net
        assert tick.state[sampler.VALUE] == at + 1
        assert at - 1 <= tick.state[sampler.LIMIT] <= at


@MODES
@pytest.mark.requirement("REQ-TRP-8")
def test_excess_of_39_ticks_passes_and_a_good_tick_takes_one_back(mode: limits.Mode) -> None:
    tick = driven(mode, 16)
    excess = tick.healthy(16 + int(300 / A_UA[mode.range]), OHM)
    healthy = tick.healthy(16, OHM)
    assert tick.checks_to_cause(excess, 39) == (0, 39)
    assert tick.checks_to_cause(healthy, 1) == (0, 1)
    assert tick.check(*excess) == 0
    assert tick.check(*excess) == faults.EXCESS_CURRENT


@MODES
@pytest.mark.requirement("REQ-TRP-8")
def test_excess_in_two_of_three_ticks_cuts(mode: limits.Mode) -> None:
    tick = driven(mode, 16)
    excess = tick.healthy(16 + int(300 / A_UA[mode.range]), OHM)
    causes = [tick.check(*(excess if n % 3 else tick.healthy(16, OHM))) for n in range(130)]
    assert faults.EXCESS_CURRENT in causes[100:125]
    assert not any(causes[:100])


@pytest.mark.requirement("REQ-TRP-8")
def test_current_with_the_output_off_is_an_excess() -> None:
    tick = Tick()
    assert tick.checks_to_cause(tick.healthy(160, OHM), 100) == (0, 100)
    assert tick.checks_to_cause(tick.healthy(161, OHM), 100) == (faults.EXCESS_CURRENT, 40)


@MODES
@pytest.mark.requirement("REQ-TRP-8")
@pytest.mark.parametrize(("percent", "ticks"), [(79, 60), (81, 40)])
def test_excess_counter_rests_for_10_ms_after_the_resistance_fell_by_more_than_20_percent(
    mode: limits.Mode, percent: int, ticks: int
) -> None:
    # Large counts, so that rounding does not blur the percentage.
    net = int(mode.max_ua / A_UA[mode.range] * Fraction(6, 10))
    tick = driven(mode, net)
    now = net * 125 // 100
    a, v, b = tick.raw_a(now), tick.raw_v(net, OHM) * 125 * percent // 10000, tick.raw_b(now)
    assert tick.checks_to_cause((a, v, b), 120) == (faults.EXCESS_CURRENT, ticks)


@MODES
@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.requirement("REQ-TRP-5")
@pytest.mark.parametrize("sense", ["a", "b"])
@pytest.mark.parametrize("percent", [79, 80, 81, 100])
def test_overcurrent_is_a_contact_change_only_if_the_resistance_fell_by_more_than_20_percent(
    mode: limits.Mode, percent: int, sense: str
) -> None:
    top = int(mode.max_ua / A_UA[mode.range])
    net = top - top % 400  # what follows divides without a remainder
    tick = Tick(mode)
    v = 400
    for _ in range(30):
        assert tick.check(net, v, tick.raw_b(net)) == 0
        tick.state[sampler.MODE] = sampler.DRIVE
        tick.state[sampler.SETPOINT] = net
    now = net * 5 // 4
    readings = (now, v * 5 * percent // 400, tick.raw_b(net))
    if sense == "b":
        # A stays under its limit, B does not: the resistance is judged by A.
        now = net * 21 // 20
        readings = (now, v * 21 * percent // 2000, 4000)
    want = faults.CUT_CONTACT_CHANGE if percent < 80 else {"a": faults.OVERCURRENT_A, "b": faults.OVERCURRENT_B}[sense]
    assert tick.check(*readings) == want


@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.parametrize(("ago", "cause"), [(20, faults.CUT_CONTACT_CHANGE), (21, faults.OVERCURRENT_A)])
@pytest.mark.parametrize("begun", [0, 1])
def test_contact_change_counts_for_10_ms(ago: int, cause: int, begun: int) -> None:
    tick = driven(limits.MODES[limits.FACE], 1200)
    a, v, b = tick.healthy(1200, OHM)
    assert tick.checks_to_cause((a, v, b), begun) == (0, begun)
    for _ in range(ago - 1):
        assert tick.check(a, v // 2, b) == 0
    over = tick.healthy(2700, OHM // 2)
    assert tick.check(*over) == cause


@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.parametrize(("on_ticks", "cause"), [(20, faults.OVERCURRENT_A), (21, faults.CUT_CONTACT_CHANGE)])
def test_contact_change_needs_10_ms_of_output_to_compare_with(on_ticks: int, cause: int) -> None:
    tick = Tick()
    for _ in range(40):
        assert tick.check(*tick.healthy(100, OHM)) == 0
    tick.state[sampler.MODE] = sampler.PROBE
    tick.state[sampler.SETPOINT] = 100
    for _ in range(on_ticks - 1):
        assert tick.check(*tick.healthy(100, OHM)) == 0
    assert tick.check(*tick.healthy(2700, 100)) == cause


@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.parametrize(("net", "cause"), [(7, faults.OVERCURRENT_A), (8, faults.CUT_CONTACT_CHANGE)])
def test_contact_change_needs_8_counts_before(net: int, cause: int) -> None:
    tick = driven(limits.MODES[limits.FACE], net)
    tick.state[sampler.SETPOINT] = 0
    for _ in range(21):
        assert tick.check(net, 100, 0) == 0
    assert tick.check(2700, 100, 0) == cause


@MODES
@pytest.mark.requirement("REQ-TRP-9")
def test_difference_of_a_and_b_cuts_beyond_200_ua_and_three_percent(mode: limits.Mode) -> None:
    for net in levels(mode):
        a, v, _ = Tick(mode).healthy(net, OHM)
        a_ua = net * A_UA[mode.range]
        allowed_ua = 200 + a_ua * Fraction(3, 100)
        highest = (a_ua + allowed_ua) // B_UA
        lowest = -((allowed_ua - a_ua) // B_UA) if a_ua > allowed_ua else 0
        slack = 1 + int(2 * A_UA[mode.range] / B_UA)  # rounding, always to the smaller difference
        tick = driven(mode, net)
        for b in (highest - slack, lowest + slack):
            assert tick.checks_to_cause((a, v, b), 101) == (0, 101), (net, b)
        for b in (highest + 1, lowest - 1):
            if b < 0:
                continue
            tick = driven(mode, net)
            assert tick.checks_to_cause((a, v, b), 110) == (faults.SENSE_MISMATCH, 100), (net, b)
            assert tick.state[sampler.VALUE] > tick.state[sampler.LIMIT]


@MODES
@pytest.mark.requirement("REQ-TRP-9")
def test_mismatch_of_99_ticks_passes_and_a_good_tick_takes_one_back(mode: limits.Mode) -> None:
    tick = driven(mode, 200)
    a, v, b = tick.healthy(200, OHM)
    assert tick.checks_to_cause((a, v, b + 100), 99) == (0, 99)
    assert tick.check(a, v, b) == 0
    assert tick.check(a, v, b + 100) == 0
    assert tick.check(a, v, b + 100) == faults.SENSE_MISMATCH
