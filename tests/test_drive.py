"""The main loop's handle on the tick: what it grants and what it refuses."""

from collections.abc import Callable

import pytest

from ionto import faults, limits, raw_limits, regulator, sampler
from ionto.drive import Drive, DriveError
from tests.support.drives import driving, make, probing, tripped
from tests.support.tick import Tick

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
FACE, FEET = limits.MODES[limits.FACE], limits.MODES[limits.FEET]


def test_drive_begins_off_and_unarmed() -> None:
    drive = Drive(Tick())
    assert not drive.is_on()
    assert not drive.is_tripped()
    assert drive.row is None
    assert drive.to_ua(100) == 0
    assert not any(drive.copy)  # before the first snapshot it says off, and no cause
    with pytest.raises(DriveError, match="cannot probe in mode word 0"):
        drive.probe(500)


@pytest.mark.requirement("REQ-DRV-1")
@MODES
def test_arm_exchanges_all_limits_in_one_store(mode: limits.Mode) -> None:
    tick, drive = make()
    before = tick.limits
    drive.arm(mode, tick.calibration)
    assert tick.limits is not before
    assert tick.limits == raw_limits.build(mode, tick.calibration)
    assert drive.row is tick.calibration.of(mode)


@pytest.mark.requirement("REQ-DRV-1")
@pytest.mark.parametrize("prepare", [probing, driving])
def test_arm_with_the_output_on_is_refused_and_changes_nothing(prepare: Callable) -> None:
    tick, drive = prepare()
    before = tick.limits
    with pytest.raises(DriveError, match="cannot change limits while the output is on"):
        drive.arm(FEET, tick.calibration)
    assert tick.limits is before
    drive.off()
    for _ in range(2):  # K1 opens, and then the DAC falls
        with pytest.raises(DriveError, match="cannot change limits while the output is on"):
            drive.arm(FEET, tick.calibration)
        tick.step(0, 5, 0)
    drive.arm(FEET, tick.calibration)
    assert tick.limits == raw_limits.build(FEET, tick.calibration)


@pytest.mark.requirement("REQ-DRV-1")
def test_output_that_was_on_for_one_tick_is_on_until_the_next_one_ends_it() -> None:
    tick, drive = make()
    drive.probe(500)
    tick.step(0, 5, 0)
    drive.off()
    assert drive.is_on()


@pytest.mark.requirement("REQ-DRV-1")
def test_same_commands_come_to_other_counts_once_armed_for_another_range() -> None:
    tick, drive = driving()
    drive.current(500, 1000, 1000)
    drive.off()
    for _ in range(3):
        tick.step(0, 5, 0)
    drive.arm(FEET, tick.calibration)
    body = tick.calibration.of(FEET)
    drive.probe(500)
    assert tick.regulator[regulator.TARGET_Q] == raw_limits.net_of_ua(body, 500) << 16
    drive.current(500, 1000, 1000)
    assert tick.regulator[regulator.UP_Q] == tick.regulator[regulator.DOWN_Q] == raw_limits.slope_q(body, 1000)


@MODES
def test_probe_begins_from_zero_and_again_changes_nothing(mode: limits.Mode) -> None:
    tick, drive = make(mode)
    for index in range(regulator.REGULATOR_WORDS):
        tick.regulator[index] = 4000
    drive.probe(mode.default_ua)
    level = mode.default_ua * 1000 // tick.row.a_na_per_lsb
    assert list(tick.regulator[: regulator.DRIVE_CHECK]) == [0, 0, level << 16, 0, 0, 0, 0]
    checks = list(tick.regulator[regulator.DRIVE_CHECK :])
    assert checks == [regulator.CHECK_MASK, 0, level << 16 ^ regulator.CHECK_MASK]
    assert drive.is_on()
    tick.step(0, 5, 0)
    assert (tick.code, tick.k1) == (2, 1)
    drive.probe(mode.step_ua)
    assert tick.regulator[regulator.TARGET_Q] == (mode.step_ua * 1000 // tick.row.a_na_per_lsb) << 16
    tick.step(0, 5, 0)
    assert tick.code == 4


@pytest.mark.requirement("REQ-DRV-1")
@MODES
@pytest.mark.parametrize("prepare", [make, probing])
def test_probe_with_a_level_that_the_mode_does_not_allow_is_refused(mode: limits.Mode, prepare: Callable) -> None:
    tick, drive = prepare(mode)
    before = (list(tick.regulator), list(tick.state))
    for level_ua in (-1, mode.max_ua + 1):
        with pytest.raises(DriveError, match=f"level_ua is {level_ua}, limit {mode.max_ua}"):
            drive.probe(level_ua)
    assert (list(tick.regulator), list(tick.state)) == before


@pytest.mark.requirement("REQ-DRV-1")
def test_probe_while_driving_is_refused() -> None:
    tick, drive = driving()
    before = list(tick.regulator)
    with pytest.raises(DriveError, match="cannot probe in mode word 5"):
        drive.probe(500)
    assert list(tick.regulator) == before
    assert drive.is_on()


@pytest.mark.requirement("REQ-DRV-1")
def test_current_from_off_is_refused() -> None:
    tick, drive = make()
    with pytest.raises(DriveError, match="cannot drive from off: probe first"):
        drive.current(500, 50, 150)
    assert tick.state[sampler.MODE] == sampler.OFF


@pytest.mark.requirement("REQ-DRV-1")
@MODES
@pytest.mark.requirement("REQ-LIM-1")
@pytest.mark.parametrize("prepare", [probing, driving])
def test_current_beyond_the_modes_maximum_is_refused_with_value_and_limit(mode: limits.Mode, prepare: Callable) -> None:
    tick, drive = prepare(mode)
    before = list(tick.regulator)
    for target_ua in (mode.max_ua + 1, 1_000_000, -1):
        with pytest.raises(DriveError, match=f"level_ua is {target_ua}, limit {mode.max_ua}"):
            drive.current(target_ua, 50, 150)
    assert list(tick.regulator) == before
    drive.current(mode.max_ua, 50, 150)
    assert tick.regulator[regulator.TARGET_Q] >> 16 == tick.limits[regulator.SETPOINT_MAX]


@pytest.mark.requirement("REQ-DRV-1")
@MODES
@pytest.mark.parametrize(("flows", "start"), [(0, 8), (7, 8), (20, 20), (4095, None)])
def test_current_from_the_probe_begins_at_what_flows(mode: limits.Mode, flows: int, start: int | None) -> None:
    tick, drive = probing(mode)
    tick.state[sampler.CURRENT] = flows
    drive.current(mode.max_ua, mode.ramp_up_ua_per_s, mode.ramp_down_ua_per_s)
    top = tick.limits[regulator.SETPOINT_MAX]
    r = tick.regulator
    assert r[regulator.SETPOINT_Q] == (top if start is None else start) << 16
    assert r[regulator.UP_Q] == raw_limits.slope_q(tick.row, mode.ramp_up_ua_per_s)
    assert r[regulator.DOWN_Q] == raw_limits.slope_q(tick.row, mode.ramp_down_ua_per_s)
    assert tick.state[sampler.MODE] == sampler.DRIVE


@pytest.mark.parametrize("slopes", [(50, 300), (100, 150), (100, 300)])
def test_slope_that_changes_alone_is_taken_while_driving(slopes: tuple[int, int]) -> None:
    tick, drive = driving()
    drive.current(500, 50, 150)
    drive.current(500, *slopes)
    counts = [tick.regulator[word] for word in (regulator.UP_Q, regulator.DOWN_Q)]
    assert counts == [raw_limits.slope_q(tick.row, ua_per_s) for ua_per_s in slopes]


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize(
    ("prepare", "call"),
    [(probing, lambda drive: drive.probe(500)), (driving, lambda drive: drive.current(500, 50, 150))],
)
def test_mode_word_that_has_changed_by_itself_is_left_for_the_tick_to_see(prepare: Callable, call: Callable) -> None:
    tick, drive = prepare()
    flipped = tick.state[sampler.MODE] ^ 1 << 4
    tick.state[sampler.MODE] = flipped
    call(drive)
    assert tick.state[sampler.MODE] == flipped
    assert tick.step(*tick.healthy(20)) == faults.STATE_CORRUPT


def test_current_while_driving_moves_the_target_and_not_the_setpoint() -> None:
    tick, drive = driving()
    tick.regulator[regulator.SETPOINT_Q] = (300 << 16) + 5  # not what flows
    drive.current(0, 50, 150)
    assert tick.regulator[regulator.SETPOINT_Q] == (300 << 16) + 5
    assert tick.regulator[regulator.TARGET_Q] == 0


def test_off_opens_k1_at_the_next_tick_and_is_no_cause() -> None:
    tick, drive = driving()
    drive.off()
    assert drive.is_on()
    for is_on in (True, False, False):
        assert tick.step(*tick.healthy(20)) == 0
        assert (tick.k1, drive.is_on(), drive.is_tripped()) == (0, is_on, False)
    assert tick.code == 0


@pytest.mark.requirement("REQ-TCK-2")
@MODES
def test_commands_after_a_cut_do_nothing_until_clear(mode: limits.Mode) -> None:
    tick, drive = tripped(mode)
    before = list(tick.regulator)
    drive.probe(mode.default_ua)
    drive.probe(mode.max_ua + 1)
    drive.current(mode.max_ua, 1, 1)
    drive.current(mode.max_ua + 1, 1, 1)
    drive.off()
    assert list(tick.regulator) == before
    assert not drive.is_on()
    assert tick.state[sampler.CAUSE] == faults.LATCH
    for word in range(sampler.N_OPEN, sampler.STATE_WORDS):
        tick.state[word] = 3  # as the tick leaves them that cuts
    drive.clear()
    assert not drive.is_tripped()
    assert not drive.is_on()
    assert list(tick.state[sampler.N_OPEN : sampler.STATE_WORDS]) == [0] * (sampler.STATE_WORDS - sampler.N_OPEN)
    tick.step(0, 5, 0)
    assert (tick.code, tick.k1) == (0, 0)
    drive.probe(mode.default_ua)
    tick.step(0, 5, 0)
    assert tick.k1 == 1


def test_clear_without_a_cut_does_nothing() -> None:
    tick, drive = driving()
    tick.state[sampler.N_EXCESS] = 7
    drive.clear()
    assert drive.is_on()
    assert tick.state[sampler.N_EXCESS] == 7


@pytest.mark.requirement("REQ-DRV-1")
@pytest.mark.parametrize("bits", [sampler.TEST_K1_OPEN, sampler.TEST_NO_BEAT, sampler.TEST_TRIP, sampler.TEST_DEAF])
def test_nothing_is_left_out_for_a_self_test_while_driving_and_nothing_driven_in_one(bits: int) -> None:
    tick, drive = driving()
    with pytest.raises(DriveError, match=f"cannot test {bits} while driving"):
        drive.test(bits)
    assert tick.state[sampler.TEST] == 0
    drive.test(0)  # is treatment
    tick, drive = probing()
    drive.test(bits)
    assert tick.state[sampler.TEST] == bits
    with pytest.raises(DriveError, match=f"cannot drive while testing {bits}"):
        drive.current(500, 1000, 1000)
    assert tick.state[sampler.MODE] == sampler.PROBE


@MODES
def test_amplifier_and_battery_are_told_in_millivolts(mode: limits.Mode) -> None:
    tick, drive = make(mode)
    tick.state[sampler.AMPLIFIER], tick.state[sampler.BATTERY] = 310, 3000
    drive.snapshot()
    assert drive.amplifier_mv() == 310 * 12891 // 1000
    assert drive.battery_mv() == 3000 * 9900 // 4096
