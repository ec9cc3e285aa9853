"""What the main loop reads of the tick: a copy that is all of one tick, and what follows from it."""

from array import array
from typing import Any

import pytest

from ionto import faults, limits, regulator, sampler
from ionto.calibration import NOMINAL, Calibration
from ionto.drive import GONE_TICKS, Drive
from ionto.session_io import Inputs
from tests.support.plant import Loop
from tests.support.races import TornArray
from tests.support.tick import Tick

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
FACE = limits.MODES[limits.FACE]


def told(drive: Drive) -> Inputs:
    """What the session is told of the output, by the last snapshot."""
    inputs = Inputs()
    drive.tell(inputs)
    return inputs


def make(mode: limits.Mode = FACE, net: int = 0) -> tuple[Tick, Drive]:
    """Regulating at `net` counts, or off."""
    tick = Tick(mode)
    drive = Drive(tick)
    drive.arm(mode, tick.calibration)
    if net:
        tick.regulate_at(net)
    else:
        tick.step(0, 5, 0)
    return tick, drive


@pytest.mark.requirement("REQ-TCK-3")
@pytest.mark.parametrize("torn", [0, 1, 3])
def test_snapshot_interrupted_by_a_tick_is_taken_again(torn: int) -> None:
    tick, drive = make(net=100)
    readings = iter(range(101, 110))
    copy: Any = TornArray("i", drive.copy)
    copy.times, copy.tick = torn, lambda: tick.step(*tick.healthy(next(readings)))
    drive.copy = copy
    ticks = drive.snapshot()
    assert copy.times == 0
    assert list(drive.copy) == list(tick.state)
    assert ticks == tick.state[sampler.TICKS] == drive.copy[sampler.TICKS]
    assert drive.copy[sampler.CURRENT] == 100 + torn


@pytest.mark.requirement("REQ-TCK-3")
def test_snapshot_has_every_word_of_the_state_and_writes_nothing_else() -> None:
    tick = Tick()
    words = range(1000, 1000 + sampler.STATE_WORDS)
    tick.state = array("i", [*words, 7])
    drive = Drive(tick)
    drive.copy = array("i", [*drive.copy, 8])
    drive.snapshot()
    assert list(drive.copy) == [0 if word == 1000 + sampler.UNATTENDED else word for word in words] + [8]


@pytest.mark.requirement("REQ-TCK-3")
def test_snapshot_does_not_change_with_later_ticks() -> None:
    tick, drive = make(net=100)
    drive.snapshot()
    before = list(drive.copy)
    tick.step(*tick.healthy(105))
    assert list(drive.copy) == before
    assert list(tick.state) != before


def test_cause_is_gone_after_200_ms_without_a_violation() -> None:
    tick, drive = make(net=100)
    tick.step(0, 5, 0, latch=0)
    for n in range(GONE_TICKS + 1):
        drive.snapshot()
        assert told(drive).cause_gone == (n >= 400), n
        tick.step(0, 5, 0)
    tick.step(0, 5, 0, latch=0)
    drive.snapshot()
    assert not told(drive).cause_gone


@MODES
def test_to_ua_is_rounded_to_nearest(mode: limits.Mode) -> None:
    _, drive = make(mode)
    expected = {limits.RANGE_FACE: [0, 1, 3, 4, 5, 3000], limits.RANGE_BODY: [0, 6, 13, 19, 25, 15000]}[mode.range]
    assert [drive.to_ua(net) for net in (0, 1, 2, 3, 4, 2400)] == expected


@pytest.mark.parametrize(("a_na", "ua"), [(1249, 2), (1250, 3), (1251, 3)])
def test_to_ua_is_rounded_at_the_half(a_na: int, ua: int) -> None:
    drive = Drive(Tick())
    drive.arm(FACE, Calibration(0, [NOMINAL[0]._replace(a_na_per_lsb=a_na), NOMINAL[1]]))
    assert drive.to_ua(2) == ua


def test_battery_is_told_and_whether_the_output_is_open() -> None:
    tick, drive = make()
    tick.state[sampler.BATTERY] = 1600
    drive.snapshot()
    assert (told(drive).battery_mv, told(drive).output_open) == (1600 * 9900 // 4096, True)
    drive.probe(500)
    assert not told(drive).output_open


@MODES
def test_setpoint_is_told_only_while_driving(mode: limits.Mode) -> None:
    tick, drive = make(mode)
    drive.probe(500)
    tick.step(0, 5, 0)
    drive.snapshot()
    assert drive.copy[sampler.SETPOINT] > 0
    assert told(drive).setpoint_ua == 0
    tick, drive = make(mode, net=80)
    drive.snapshot()
    assert told(drive).setpoint_ua == {limits.RANGE_FACE: 100, limits.RANGE_BODY: 500}[mode.range]
    tick.step(*tick.healthy(80), latch=0)
    drive.snapshot()
    assert told(drive).setpoint_ua == 0


def test_at_zero_is_off_probing_tripped_or_ramped_to_zero() -> None:
    tick, drive = make()
    drive.snapshot()
    assert told(drive).at_zero
    drive.probe(500)
    tick.step(0, 5, 0)
    drive.snapshot()
    assert told(drive).at_zero
    tick, drive = make(net=100)
    drive.snapshot()
    assert not told(drive).at_zero
    r = tick.regulator
    for setpoint_q, target_q, is_zero in (((8 << 16) + 1, 0, False), (8 << 16, 0, True), (8 << 16, 8 << 16, False)):
        r[regulator.SETPOINT_Q], r[regulator.TARGET_Q] = setpoint_q, target_q
        assert told(drive).at_zero == is_zero
    assert drive.is_on()


def test_at_target_is_where_the_ramp_has_arrived_while_driving() -> None:
    tick, drive = make(net=100)
    drive.snapshot()
    assert told(drive).at_target
    drive.current(200, 50, 150)
    assert not told(drive).at_target
    drive.current(125, 50, 150)
    assert told(drive).at_target
    tick.step(*tick.healthy(100), latch=0)
    assert not told(drive).at_target


@pytest.mark.parametrize(("ticks", "is_limited"), [(0, False), (1, True), (40, True), (41, False)])
def test_v_limited_is_told_for_20_ms(ticks: int, is_limited: bool) -> None:
    tick, drive = make(net=100)
    drive.snapshot()
    tick.regulator[regulator.LIMITED] = ticks
    assert told(drive).v_limited == is_limited


def test_what_was_told_while_driving_is_taken_back_once_it_is_over() -> None:
    tick, drive = make(net=100)
    drive.snapshot()
    tick.regulator[regulator.LIMITED] = 1
    inputs = Inputs()
    drive.tell(inputs)
    assert inputs.setpoint_ua > 0
    assert (inputs.at_zero, inputs.at_target, inputs.v_limited) == (False, True, True)
    drive.off()
    tick.step(0, 5, 0)
    drive.snapshot()
    drive.tell(inputs)
    assert (inputs.setpoint_ua, inputs.at_zero, inputs.at_target, inputs.v_limited) == (0, True, False, False)


@MODES
def test_v_limited_is_true_while_the_voltage_limit_holds_the_drive_back(mode: limits.Mode) -> None:
    tick, drive = make(mode, net=100)
    drive.snapshot()
    assert not told(drive).v_limited
    a, _, b = tick.healthy(100)
    assert tick.step(a, mode.max_electrode_mv * 10 // 125, b) == 0
    drive.snapshot()
    assert told(drive).v_limited
    tick.step(*tick.healthy(100), latch=0)
    drive.snapshot()
    assert not told(drive).v_limited


@pytest.mark.requirement("REQ-TCK-3")
def test_is_tripped_follows_the_tick_and_not_the_copy() -> None:
    tick, drive = make(net=100)
    drive.snapshot()
    assert drive.is_on()
    tick.step(*tick.healthy(100), latch=0)
    assert drive.is_tripped()
    assert drive.copy[sampler.CAUSE] == 0
    tick.step(0, 5, 0)
    assert not drive.is_on()
    drive.snapshot()
    assert drive.copy[sampler.CAUSE] == faults.LATCH


def test_v_limited_is_steady_while_the_limit_holds_with_noise() -> None:
    loop = Loop(FACE, 500, 9500, 0.3e-6)
    assert loop.begin(FACE.max_ua * 4 // 10, 1500, 100) == 0
    assert loop.run(2000) == 0
    rounds = 0
    for _ in range(40):
        assert loop.run(10) == 0
        loop.drive.snapshot()
        rounds += told(loop.drive).v_limited
    assert rounds == 40
