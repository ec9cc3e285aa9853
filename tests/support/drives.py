"""A Tick and its Drive in each state that a command can meet; their arrays belong to `watch` if one is given."""

from ionto import faults, limits
from ionto.drive import Drive
from tests.support.races import Watch
from tests.support.tick import Tick

FACE = limits.MODES[limits.FACE]


def make(mode: limits.Mode = FACE, watch: Watch | None = None) -> tuple[Tick, Drive]:
    tick = Tick(mode)
    if watch:
        tick.state, tick.regulator = watch.array(tick.state), watch.array(tick.regulator)
    drive = Drive(tick)
    drive.arm(mode, tick.calibration)
    return tick, drive


def probing(mode: limits.Mode = FACE, watch: Watch | None = None) -> tuple[Tick, Drive]:
    tick, drive = make(mode, watch)
    drive.probe(mode.default_ua)
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
    assert tick.step(0, 5, 0) == 0
    return tick, drive
