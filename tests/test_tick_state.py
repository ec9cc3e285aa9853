"""A bit that flips in a word that decides about the output ends it in the next tick; what is right is never cut."""

import pytest

from ionto import faults, limits, regulator, sampler
from ionto.drive import Drive
from tests.support.tick import Tick, seal

FACE = limits.MODES[limits.FACE]
MODES = (sampler.OFF, sampler.PROBE, sampler.DRIVE)
CORRUPT = faults.STATE_CORRUPT
ORDERED = (regulator.TARGET_Q, regulator.UP_Q, regulator.DOWN_Q)
CHECKED = (regulator.DRIVE_Q, regulator.SETPOINT_Q, *ORDERED, regulator.DRIVE_CHECK, regulator.SETPOINT_CHECK)
BITS = range(31)
SMALL = (sampler.PHASE, sampler.ON_TICKS, *range(sampler.N_OPEN, sampler.N_STUCK + 1))


def driving(net: int = 400) -> Tick:
    """Drives at `net` counts, as the main loop has asked for."""
    tick = Tick()
    drive = Drive(tick)
    drive.arm(FACE, tick.calibration)
    drive.probe(FACE.default_ua)
    for _ in range(3):
        assert tick.step(*tick.healthy(20)) == 0
    drive.current(FACE.default_ua, 50, 150)
    tick.regulator[regulator.SETPOINT_Q] = net << 16
    tick.regulator[regulator.SETPOINT_CHECK] = net << 16 ^ regulator.CHECK_MASK
    for _ in range(3):
        assert tick.step(*tick.healthy(net)) == 0
    return tick


def found(tick: Tick) -> tuple[int, int, int, int]:
    """The cause of the next tick, and what it leaves: cause, value, DAC code, K1."""
    cause = tick.step(*tick.healthy(400))
    return cause, tick.state[sampler.CAUSE_VALUE], tick.code, tick.k1


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("word", CHECKED)
def test_bit_that_flips_in_a_word_of_the_regulator_ends_the_output_in_one_tick(word: int) -> None:
    told = {regulator.DRIVE_CHECK: regulator.DRIVE_Q, regulator.SETPOINT_CHECK: regulator.SETPOINT_Q}
    told |= dict.fromkeys(ORDERED, regulator.TARGET_Q)
    for bit in BITS:
        tick = driving()
        tick.regulator[word] ^= 1 << bit
        assert found(tick) == (CORRUPT, regulator.CORRUPT_WORD + told.get(word, word), 0, 0), bit
        assert tick.state[sampler.QUIET_TICKS] == 0


@pytest.mark.requirement("REQ-TRP-14")
def test_bit_that_flips_in_the_check_of_what_is_headed_for_ends_the_output_unless_none_is_left() -> None:
    for bit in BITS:
        tick = driving()
        tick.regulator[regulator.ORDER_CHECK] ^= 1 << bit
        assert found(tick)[0] == CORRUPT, bit


@pytest.mark.requirement("REQ-TRP-14")
def test_cut_back_that_has_doubled_more_often_than_it_can_ends_the_output() -> None:
    for cuts in (0, 6):
        tick = driving()
        tick.regulator[regulator.CUTS] = cuts
        assert found(tick)[0] == 0
    tick.regulator[regulator.CUTS] = 7
    assert found(tick) == (CORRUPT, regulator.CORRUPT_WORD + regulator.CUTS, 0, 0)


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("mode", MODES)
def test_bit_that_flips_in_the_mode_ends_the_output_and_never_begins_it(mode: int) -> None:
    for bit in BITS:
        tick = Tick()
        seal(tick.regulator)
        tick.state[sampler.MODE] = mode ^ 1 << bit
        assert tick.step(0, 5, 0) == CORRUPT, bit
        assert (tick.state[sampler.CAUSE_VALUE], tick.code, tick.k1) == (sampler.MODE, 0, 0)
        assert tick.step(0, 5, 0) == 0, "found once, it is mended"


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("bits", [0, sampler.TEST_K1_OPEN, sampler.TEST_NO_BEAT, sampler.TEST_TRIP | sampler.TEST_DEAF])
def test_bit_that_flips_in_what_the_self_test_wants_ends_the_output(bits: int) -> None:
    for bit in BITS:
        tick = Tick()
        tick.state[sampler.TEST] = bits ^ 1 << bit
        assert tick.step(0, 5, 0) == CORRUPT, bit
        assert (tick.state[sampler.CAUSE_VALUE], tick.state[sampler.TEST]) == (sampler.TEST, 0)


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("word", SMALL)
def test_counter_beyond_what_it_can_count_to_ends_the_output_and_counts_anew(word: int) -> None:
    tick = driving()
    tick.state[word] = (1 << 30) - 1 if word == sampler.ON_TICKS else 0
    assert found(tick)[0] == 0
    for other in range(sampler.N_OPEN, sampler.N_STUCK + 1):
        tick.state[other] = 1  # as they count: none of them is told in its place
    tick.state[word] = (
        1 << 30
    )  # the highest bit that this machine's viper reads as the chip does; hil/tests/emu: the sign
    assert found(tick) == (CORRUPT, word, 0, 0)
    assert tick.state[word] <= 1


@pytest.mark.requirement("REQ-TRP-14")
def test_two_counters_beyond_what_they_can_count_to_are_both_mended() -> None:
    tick = driving()
    for word in SMALL:
        tick.state[word] = 1 << 30
    for _ in SMALL:
        tick.step(*tick.healthy(400))
    assert max(tick.state[word] for word in SMALL) < 1 << 30


@pytest.mark.requirement("REQ-TRP-14")
def test_output_that_would_stay_open_for_more_ticks_than_it_takes_is_a_fault() -> None:
    for opening in (0, 1, regulator.OPENING_TICKS):
        tick = Tick()
        tick.state[sampler.OPENING] = opening
        assert tick.step(0, 5, 0) == 0
    tick.state[sampler.OPENING] = regulator.OPENING_TICKS + 1
    assert tick.step(0, 5, 0) == CORRUPT
    assert (tick.state[sampler.CAUSE_VALUE], tick.state[sampler.OPENING]) == (sampler.OPENING, 0)


@pytest.mark.requirement("REQ-TRP-14")
def test_output_that_a_flipped_bit_in_the_cause_has_ended_counts_as_ended() -> None:
    tick = driving()
    drive = Drive(tick)
    assert tick.state[sampler.OPENING] == regulator.OPENING_TICKS
    tick.state[sampler.CAUSE] = faults.OVERCURRENT_B
    tick.step(*tick.healthy(400))
    assert not drive.is_on()


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("name", ["_net", "_net_check", "_up_q", "_down_q", "_slopes_check", "_level_ua"])
def test_bit_that_flips_in_what_the_main_loop_has_computed_is_computed_again(name: str) -> None:
    for bit in range(28):
        tick = Tick()
        drive = Drive(tick)
        drive.arm(FACE, tick.calibration)
        drive.probe(FACE.default_ua)
        tick.step(*tick.healthy(20))
        drive.current(FACE.default_ua, 50, 150)
        right = list(tick.regulator)
        setattr(drive, name, getattr(drive, name) ^ 1 << bit)
        drive.current(FACE.default_ua, 50, 150)
        assert list(tick.regulator) == right, bit


@pytest.mark.requirement("REQ-TRP-15")
@pytest.mark.parametrize(
    ("period_us", "fault"), [(449, faults.TICK_RATE), (450, 0), (500, 0), (550, 0), (551, faults.TICK_RATE)]
)
def test_ticks_that_come_too_often_or_too_seldom_for_20_in_a_row_end_the_output(period_us: int, fault: int) -> None:
    tick = Tick()
    for _ in range(3 * sampler.SLOT_PERIOD):
        assert tick.check(0, 5, 0) == 0
    # Of the period under way some ticks had the right distance; the next one is wrong as a whole.
    cause, ticks = tick.checks_to_cause((0, 5, 0), 10 * sampler.SLOT_PERIOD, period_us=period_us)
    assert cause == fault
    assert ticks <= 2 * sampler.SLOT_PERIOD or not fault


@pytest.mark.requirement("REQ-TRP-15")
def test_ticks_that_are_late_by_what_is_allowed_do_not_change_the_rate() -> None:
    tick = Tick()
    for late_us in (0, 499, 0, 0) * 100:
        assert tick.check(0, 5, 0, period_us=500 + late_us) == 0
        assert tick.check(0, 5, 0, period_us=500 - late_us) == 0


@pytest.mark.requirement("REQ-TRP-16")
@pytest.mark.parametrize("mode", [sampler.PROBE, sampler.DRIVE])
def test_main_loop_that_is_silent_ends_the_output(mode: int) -> None:
    tick = driving()
    tick.is_attended = False
    tick.state[sampler.UNATTENDED] = 0
    tick.state[sampler.MODE] = mode
    for _ in range(sampler.MAIN_TICKS):
        assert tick.check(*tick.healthy(400)) == 0
    assert tick.check(*tick.healthy(400)) == faults.MAIN_LATE
    tick = driving()
    for _ in range(2 * sampler.MAIN_TICKS):
        assert tick.check(*tick.healthy(400)) == 0


@pytest.mark.requirement("REQ-TRP-16")
def test_snapshot_and_attend_say_that_the_main_loop_runs_and_off_needs_nobody() -> None:
    tick = Tick()
    drive = Drive(tick)
    for say in (drive.snapshot, drive.attend):
        tick.state[sampler.UNATTENDED] = 150
        say()
        assert tick.state[sampler.UNATTENDED] == 0
    tick.is_attended = False
    for _ in range(2 * sampler.MAIN_TICKS):
        assert tick.check(0, 5, 0) == 0
    assert tick.state[sampler.UNATTENDED] == 0
