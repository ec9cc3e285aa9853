"""The main loop's handle on the tick: what it refuses, and every race of a command with a trip."""

from collections.abc import Callable

import pytest

from ionto import faults, limits, raw_limits, regulator, sampler
from ionto.drive import Drive, DriveError
from tests.support.races import Watch
from tests.support.tick import Tick

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
FACE, FEET = limits.MODES[limits.FACE], limits.MODES[limits.FEET]


def make(mode: limits.Mode = FACE, watch: Watch | None = None) -> tuple[Tick, Drive]:
    tick = Tick(mode)
    if watch:
        tick.state, tick.regulator = watch.array(tick.state), watch.array(tick.regulator)
    drive = Drive(tick)
    drive.arm(mode, tick.calibration)
    return tick, drive


def probing(mode: limits.Mode = FACE, watch: Watch | None = None) -> tuple[Tick, Drive]:
    tick, drive = make(mode, watch)
    drive.probe()
    for _ in range(3):
        assert tick.step(*tick.healthy(20)) == 0
    return tick, drive


def driving(mode: limits.Mode = FACE, watch: Watch | None = None) -> tuple[Tick, Drive]:
    tick, drive = probing(mode, watch)
    drive.current(mode.default_ua, 1000, 1000)
    assert tick.step(*tick.healthy(20)) == 0
    assert drive.is_on()
    return tick, drive


def tripped(mode: limits.Mode = FACE, watch: Watch | None = None) -> tuple[Tick, Drive]:
    tick, drive = driving(mode, watch)
    assert tick.step(*tick.healthy(20), latch=0) == faults.LATCH
    return tick, drive


def test_drive_begins_off_and_unarmed() -> None:
    drive = Drive(Tick())
    assert not drive.is_on()
    assert not drive.is_tripped()
    assert drive.row is None
    assert drive.to_ua(100) == 0
    with pytest.raises(DriveError, match="cannot probe in mode word 0"):
        drive.probe()


@MODES
def test_arm_exchanges_all_limits_in_one_store(mode: limits.Mode) -> None:
    tick, drive = make()
    before = tick.limits
    drive.arm(mode, tick.calibration)
    assert tick.limits is not before
    assert tick.limits == raw_limits.build(mode, tick.calibration)
    assert drive.row is tick.calibration.of(mode)


@pytest.mark.parametrize("prepare", [probing, driving])
def test_arm_with_the_output_on_is_refused_and_changes_nothing(prepare: Callable) -> None:
    tick, drive = prepare()
    before = tick.limits
    with pytest.raises(DriveError, match="cannot change limits while the output is on"):
        drive.arm(FEET, tick.calibration)
    assert tick.limits is before
    assert drive.row is tick.calibration.of(FACE)


def test_arm_after_a_cut_is_taken() -> None:
    tick, drive = tripped()
    drive.arm(FEET, tick.calibration)
    assert tick.limits == raw_limits.build(FEET, tick.calibration)


@MODES
def test_probe_begins_from_zero_and_again_changes_nothing(mode: limits.Mode) -> None:
    tick, drive = make(mode)
    for index in range(regulator.REGULATOR_WORDS):
        tick.regulator[index] = 4000
    drive.probe()
    assert list(tick.regulator) == [0] * regulator.REGULATOR_WORDS
    assert drive.is_on()
    tick.step(0, 5, 0)
    assert (tick.code, tick.k1) == (2, 1)
    drive.probe()
    tick.step(0, 5, 0)
    assert tick.code == 4


def test_probe_while_driving_is_refused() -> None:
    tick, drive = driving()
    before = list(tick.regulator)
    with pytest.raises(DriveError, match="cannot probe in mode word 2"):
        drive.probe()
    assert list(tick.regulator) == before
    assert drive.is_on()


def test_current_from_off_is_refused() -> None:
    tick, drive = make()
    with pytest.raises(DriveError, match="cannot drive from off: probe first"):
        drive.current(500, 50, 150)
    assert tick.state[sampler.MODE] == sampler.OFF


@MODES
@pytest.mark.requirement("REQ-LIM-1")
@pytest.mark.parametrize("prepare", [probing, driving])
def test_current_beyond_the_modes_maximum_is_refused_with_value_and_limit(mode: limits.Mode, prepare: Callable) -> None:
    tick, drive = prepare(mode)
    before = list(tick.regulator)
    for target_ua in (mode.max_ua + 1, 1_000_000, -1):
        with pytest.raises(DriveError, match=f"target_ua is {target_ua}, limit {mode.max_ua}"):
            drive.current(target_ua, 50, 150)
    assert list(tick.regulator) == before
    drive.current(mode.max_ua, 50, 150)
    assert tick.regulator[regulator.TARGET_Q] >> 16 == tick.limits[regulator.SETPOINT_MAX]


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


def test_current_while_driving_moves_the_target_and_not_the_setpoint() -> None:
    tick, drive = driving()
    before = tick.regulator[regulator.SETPOINT_Q]
    drive.current(0, 50, 150)
    assert tick.regulator[regulator.SETPOINT_Q] == before
    assert tick.regulator[regulator.TARGET_Q] == 0


def test_off_opens_k1_at_the_next_tick_and_is_no_cause() -> None:
    tick, drive = driving()
    drive.off()
    assert not drive.is_on()
    assert tick.step(*tick.healthy(20)) == 0
    assert (tick.code, tick.k1, drive.is_tripped()) == (0, 0, False)


@MODES
def test_commands_after_a_cut_do_nothing_until_clear(mode: limits.Mode) -> None:
    tick, drive = tripped(mode)
    before = list(tick.regulator)
    drive.probe()
    drive.current(mode.max_ua, 1, 1)
    drive.current(mode.max_ua + 1, 1, 1)
    drive.off()
    assert list(tick.regulator) == before
    assert not drive.is_on()
    assert tick.state[sampler.CAUSE] == faults.LATCH
    drive.clear()
    assert not drive.is_tripped()
    assert not drive.is_on()
    assert list(tick.state[sampler.N_OPEN : sampler.STATE_WORDS]) == [0] * (sampler.STATE_WORDS - sampler.N_OPEN)
    tick.step(0, 5, 0)
    assert (tick.code, tick.k1) == (0, 0)
    drive.probe()
    tick.step(0, 5, 0)
    assert tick.k1 == 1


def test_clear_without_a_cut_does_nothing() -> None:
    tick, drive = driving()
    tick.state[sampler.N_EXCESS] = 7
    drive.clear()
    assert drive.is_on()
    assert tick.state[sampler.N_EXCESS] == 7


CALLS: dict[str, tuple[Callable, Callable[[Drive], None]]] = {
    "probe": (make, lambda drive: drive.probe()),
    "probe again": (probing, lambda drive: drive.probe()),
    "current from the probe": (probing, lambda drive: drive.current(500, 50, 150)),
    "current while driving": (driving, lambda drive: drive.current(400, 50, 150)),
    "off": (driving, lambda drive: drive.off()),
    "clear": (tripped, lambda drive: drive.clear()),
    "snapshot": (driving, lambda drive: drive.snapshot()),
}


@MODES
@pytest.mark.parametrize("name", CALLS)
def test_trip_between_any_two_accesses_leaves_the_output_off(mode: limits.Mode, name: str) -> None:
    prepare, call = CALLS[name]
    at, accesses = 0, 1
    while at <= accesses:
        watch = Watch()
        tick, drive = prepare(mode, watch)
        accesses = watch.run(at, lambda t=tick: t.step(4095, 5, 0), lambda d=drive: call(d))
        was_cleared = name == "clear" and at < accesses
        assert drive.is_tripped() != was_cleared, at
        assert not drive.is_on(), at
        for _ in range(3):
            tick.step(0, 5, 0)
            assert (tick.code, tick.k1, tick.state[sampler.MODE]) == (0, 0, sampler.OFF), at
        at += 1
    assert accesses > 0


@MODES
@pytest.mark.parametrize("name", ["probe", "current from the probe", "clear"])
def test_tick_between_any_two_accesses_never_drives_with_what_was_left_behind(mode: limits.Mode, name: str) -> None:
    prepare, call = CALLS[name]
    at, accesses = 0, 1
    while at <= accesses:
        watch = Watch()
        tick, drive = prepare(mode, watch)
        if name == "clear":
            tick.state[sampler.MODE] = sampler.PROBE  # as a command leaves it that was interrupted by the trip
        if name != "current from the probe":
            tick.regulator[regulator.DRIVE_Q] = 4000 << 16
        tick.regulator[regulator.SETPOINT_Q] = tick.regulator[regulator.TARGET_Q] = tick.limits[0] << 16
        code_before = tick.code
        accesses = watch.run(at, lambda t=tick: t.step(*t.healthy(20)), lambda d=drive: call(d))
        assert tick.code <= code_before + 4, at
        if name == "clear":
            assert (tick.code, tick.k1, tick.state[sampler.MODE]) == (0, 0, sampler.OFF), at
        at += 1
