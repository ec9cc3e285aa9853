"""Every race of a command with the tick: a trip, or a good tick, between any two accesses to what they share."""

from collections.abc import Callable

import pytest

from ionto import limits, regulator, sampler
from ionto.drive import Drive
from tests.support.drives import driving, make, probing, tripped
from tests.support.races import Watch

pytestmark = pytest.mark.requirement("REQ-TCK-2")

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)

CALLS: dict[str, tuple[Callable, Callable[[Drive], None]]] = {
    "probe": (make, lambda drive: drive.probe(500)),
    "probe again": (probing, lambda drive: drive.probe(300)),
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
        for _ in range(3):
            tick.step(0, 5, 0)
            assert not drive.is_on(), at
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
            assert tick.state[sampler.CAUSE] == 0, at
        at += 1


@pytest.mark.requirement("REQ-TRP-14")
@MODES
@pytest.mark.parametrize("name", ["probe", "probe again", "current from the probe", "current while driving"])
def test_tick_between_any_two_accesses_takes_no_half_written_order_for_a_flipped_bit(
    mode: limits.Mode, name: str
) -> None:
    prepare, call = CALLS[name]
    at, accesses = 0, 1
    while at <= accesses:
        watch = Watch()
        tick, drive = prepare(mode, watch)
        accesses = watch.run(at, lambda t=tick: t.step(*t.healthy(20)), lambda d=drive: call(d))
        assert tick.step(*tick.healthy(20)) == 0, at
        assert tick.state[sampler.CAUSE] == 0, at
        at += 1
