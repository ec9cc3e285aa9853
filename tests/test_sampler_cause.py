"""What a cause does: the first is kept, the output stays off while it stands, and the worst of one tick is told."""

import pytest

from ionto import faults, limits, regulator, sampler
from tests.support.tick import Tick, calibration_with, seal

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
FACE = limits.MODES[limits.FACE]


def on(mode: limits.Mode = FACE, net: int = 400) -> Tick:
    """A tick that regulates at `net` counts."""
    tick = Tick(mode)
    tick.regulate_at(net)
    assert tick.k1 == 1
    assert tick.code > 0
    return tick


@pytest.mark.requirement("REQ-TCK-2")
@MODES
def test_cause_takes_setpoint_dac_and_mode_to_zero_and_keeps_what_was_measured(mode: limits.Mode) -> None:
    tick = on(mode)
    assert tick.state[sampler.SETPOINT] > 0
    assert tick.step(4000, 50, 0) == faults.OVERCURRENT_A
    s = tick.state
    assert (s[sampler.SETPOINT], s[sampler.DAC], s[sampler.MODE]) == (0, 0, sampler.OFF)
    assert (tick.code, tick.k1) == (0, 0)
    assert s[sampler.OPENING] == 0
    assert s[sampler.CAUSE] == faults.OVERCURRENT_A
    assert (s[sampler.CAUSE_VALUE], s[sampler.CAUSE_LIMIT]) == (4000, tick.limits[sampler.TRIP_A])
    assert s[sampler.CAUSE_CURRENT] == 4000


@pytest.mark.requirement("REQ-TCK-2")
def test_cause_that_came_first_is_kept() -> None:
    tick = on()
    assert tick.step(*tick.healthy(400), latch=0) == faults.LATCH
    before = list(tick.state[sampler.CAUSE : sampler.CAUSE_CURRENT + 1])
    assert before == [faults.LATCH, 0, 1, 400]
    assert tick.step(4000, 50, 0) == faults.OVERCURRENT_A
    assert tick.step(0, 50, 4000) == faults.OVERCURRENT_B
    assert list(tick.state[sampler.CAUSE : sampler.CAUSE_CURRENT + 1]) == before


@pytest.mark.requirement("REQ-TCK-2")
@MODES
@pytest.mark.parametrize("word", [sampler.PROBE, sampler.DRIVE, 1, 255, 2**30 - 1])
def test_output_stays_off_while_a_cause_stands_whatever_mode_is_written(mode: limits.Mode, word: int) -> None:
    tick = on(mode)
    tick.step(*tick.healthy(400), latch=0)
    for _ in range(5):
        tick.state[sampler.MODE] = word
        tick.regulator[regulator.SETPOINT_Q] = tick.regulator[regulator.TARGET_Q] = 400 << 16
        tick.regulator[regulator.DRIVE_Q] = 2000 << 16
        seal(tick.regulator)
        assert tick.step(0, 10, 0) == (0 if word in (sampler.PROBE, sampler.DRIVE) else faults.STATE_CORRUPT)
        assert tick.state[sampler.CAUSE] == faults.LATCH
        assert (tick.state[sampler.MODE], tick.code, tick.k1) == (sampler.OFF, 0, 0)
        assert (tick.state[sampler.DAC], tick.state[sampler.SETPOINT], tick.state[sampler.ON_TICKS]) == (0, 0, 0)


@pytest.mark.requirement("REQ-TCK-2", "REQ-TRP-14")
@MODES
@pytest.mark.parametrize("word", [1, 2, 4, 7, 255, 2**30 - 1])
def test_mode_word_that_nobody_defines_is_off_and_a_fault(mode: limits.Mode, word: int) -> None:
    tick = on(mode)
    tick.state[sampler.MODE] = word
    assert tick.step(*tick.healthy(400)) == faults.STATE_CORRUPT
    for _ in range(3):
        assert (tick.k1, tick.code, tick.state[sampler.MODE]) == (0, 0, sampler.OFF)
        assert tick.state[sampler.SETPOINT] == 0
        assert list(tick.state[sampler.CAUSE : sampler.CAUSE_LIMIT + 1]) == [faults.STATE_CORRUPT, sampler.MODE, 0]
        assert tick.step(0, 5, 0) == 0


def test_causes_of_one_tick_are_told_worst_first() -> None:
    tick = on()
    good = tick.healthy(400)
    tick.step(4000, 50, 4000, latch=0, period_us=5000)
    assert tick.state[sampler.CAUSE] == faults.TICK_LATE
    tick = on()
    tick.step(4000, 50, 4000, latch=0)
    assert tick.state[sampler.CAUSE] == faults.LATCH
    tick = on()
    tick.step(4000, good[1] * 10, 4000)
    assert tick.state[sampler.CAUSE] == faults.OVERCURRENT_A
    tick = on()
    tick.step(good[0], good[1], 4000)
    assert tick.state[sampler.CAUSE] == faults.OVERCURRENT_B


def test_causes_of_the_tick_are_numbers_of_the_table() -> None:
    told = {
        faults.OVERCURRENT_A, faults.OVERCURRENT_B, faults.EXCESS_CURRENT, faults.OVERVOLTAGE, faults.SENSE_MISMATCH,
        faults.AMPLIFIER, faults.REFERENCE, faults.GROUND, faults.STUCK_SENSE, faults.LATCH, faults.LIMITS_CORRUPT,
        faults.TICK_LATE, faults.STATE_CORRUPT, faults.TICK_RATE, faults.MAIN_LATE, faults.CUT_OPEN,
        faults.CUT_CONTACT_CHANGE,
    }  # fmt: skip
    assert told <= {row.number for row in faults.FAULTS} | {number for number, _ in faults.CUTS}
    assert len(told) == 17


def test_words_that_sampler_repeats_from_the_regulator_are_equal() -> None:
    for name in ("DRIVE_Q", "SERIES_Q8", "CUT_Q8"):
        assert getattr(sampler, f"_{name}") == getattr(regulator, name), name
    assert sampler.TRIP_A == regulator.REGULATOR_LIMITS
    words = [sampler.TRIP_A, sampler.TRIP_B, sampler.TRIP_V, sampler.A_ZERO, sampler.B_ZERO, sampler.V_ZERO]
    assert words == list(range(8, 14))


@pytest.mark.requirement("REQ-LIM-4")
def test_probing_regulates_to_the_probe_limit_and_says_so() -> None:
    tick = Tick()
    tick.state[sampler.MODE] = sampler.PROBE
    tick.regulator[regulator.TARGET_Q] = 80 << 16
    seal(tick.regulator)
    for _ in range(400):
        tick.step(0, 10, 0)
    assert tick.code == 375  # 1.5 V at 4 mV
    assert tick.state[sampler.SETPOINT] == tick.limits[regulator.PROBE_MAX]


@MODES
def test_output_switched_off_keeps_the_dac_for_the_1_ms_in_which_k1_opens(mode: limits.Mode) -> None:
    tick = on(mode)
    code = tick.code
    tick.state[sampler.MODE] = sampler.OFF
    seen = []
    for _ in range(4):
        tick.step(*tick.healthy(10))
        seen.append((tick.k1, tick.code, tick.state[sampler.DAC], tick.state[sampler.SETPOINT]))
    assert seen == [(0, code, code, 0), (0, code, code, 0), (0, 0, 0, 0), (0, 0, 0, 0)]


@pytest.mark.requirement("REQ-TCK-2")
@MODES
def test_cause_in_the_1_ms_in_which_k1_opens_takes_the_dac_to_zero(mode: limits.Mode) -> None:
    tick = on(mode)
    tick.state[sampler.MODE] = sampler.OFF
    tick.step(*tick.healthy(10))
    assert tick.code > 0
    tick.step(*tick.healthy(10), latch=0)
    assert tick.code == 0
    tick.step(*tick.healthy(10))
    assert tick.code == 0


@MODES
@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.parametrize("over", [0, 300])
def test_contact_change_leaves_what_takes_the_current_to_nothing_for_one_tick(mode: limits.Mode, over: int) -> None:
    tick = on(mode, tick_limit(mode) - 100)
    for _ in range(25):
        assert tick.step(*tick.healthy(tick_limit(mode) - 100)) == 0
    code, raw = tick.code, min(4095, tick.limits[sampler.TRIP_A] + 1 + over)
    assert tick.step(raw, 20, 0) == faults.CUT_CONTACT_CHANGE
    ohm = (2200, 470)[mode.range] + 300
    lsb_mv = (4, 10)[mode.range]
    drop = raw * (1.25, 6.25)[mode.range] * ohm / 1000 / lsb_mv
    assert abs(tick.code - max(0, code - drop)) <= 1 + raw / 256
    assert (tick.k1, tick.state[sampler.DAC]) == (0, 0)
    tick.step(0, 20, 0)
    assert (tick.code, tick.k1) == (0, 0)


def tick_limit(mode: limits.Mode) -> int:
    """The mode's maximum in counts."""
    return Tick(mode).limits[regulator.SETPOINT_MAX]


def test_net_readings_take_the_zero_off_and_stay_within_the_converter() -> None:
    for zero, raw, net in ((5, 105, 100), (5, 3, 0), (5, 5, 0), (0, 4095, 4095)):
        tick = Tick(FACE, calibration_with(a_zero_raw=zero, b_zero_raw=zero, v_zero_raw=zero))
        tick.check(raw, raw, raw)
        s = tick.state
        assert (s[sampler.CURRENT], s[sampler.VOLTAGE], s[sampler.CURRENT_B]) == (net, net, net)
        assert (s[sampler.SUM_CURRENT], s[sampler.SUM_VOLTAGE], s[sampler.SUM_CURRENT_B]) == (net, net, net)
    for raw, net in ((100, 103), (4094, 4095)):  # the zeros of sense A and of the voltage may be negative
        tick = Tick(FACE, calibration_with(a_zero_raw=-3, v_zero_raw=-3))
        tick.check(raw, raw, 0)
        assert (tick.state[sampler.CURRENT], tick.state[sampler.VOLTAGE]) == (net, net)
