"""How the output ends, and what a host may do, on any rig; see test_any_rig.py."""

import numpy as np
import pytest

from hil.tests.electrodes import RESISTOR, assert_level, assert_nothing_flowed, largest_mean_ua, mean_ua, tap
from hil.tests.firmware.steps import arm, hold, power_on, set_level, state, states_passed, treat, until
from host_tools.client import Telemetry
from host_tools.errors import RefusedError
from ionto import faults, limits, states
from ionto.selftest import PROOF_UA

pytestmark = pytest.mark.bench

FACE = limits.MODES[limits.FACE]


@pytest.mark.rig(load=RESISTOR)
def test_start_under_current_ramps_down_and_is_done(rig):
    rig.host.hello()
    hold(rig)
    tap(rig, "START")
    until(rig, "DONE", timeout_ms=5000)
    rig.advance(100)
    assert rig.truth.output_is_off()
    assert states_passed(rig)[-3:] == ["HOLD", "RAMP_DOWN", "DONE"]


@pytest.mark.parametrize("reach", [arm, treat, hold], ids=["ARMED", "RAMP_UP", "HOLD"])
def test_stop_ends_the_output_within_a_second(make_rig, reach):
    rig = make_rig(load=RESISTOR)
    reach(rig)
    rig.buttons.stop_press()
    rig.advance(1000)
    ended_us = rig.now_us
    assert rig.truth.output_is_off()
    assert state(rig) in ("IDLE", "DONE")
    tap(rig, "START", 2)
    rig.person.contact(1.0)
    rig.advance(1500)
    assert state(rig) in ("IDLE", "DONE")
    assert_nothing_flowed(rig, ended_us)


def test_stop_at_power_on_is_a_fault_until_start_is_held(rig):
    power_on(rig)
    rig.buttons.stop_press()
    rig.board.power_off()
    rig.advance(600)
    rig.board.power_on()
    until(rig, "FAULT")
    assert rig.host.status().fault == faults.STOP_LOOP
    rig.buttons.stop_release()
    rig.advance(200)
    assert state(rig) == "FAULT"
    rig.buttons.hold("START")
    rig.advance(3300)
    rig.buttons.release("START")
    until(rig, "IDLE")
    assert rig.truth.output_is_off()


@pytest.mark.rig(load=RESISTOR)
def test_power_that_fails_under_current_comes_back_off(rig):
    hold(rig)
    rig.board.power_off()
    rig.advance(600)
    off_us = rig.now_us
    rig.board.power_on()
    until(rig, "IDLE")
    # The contact is still closed: nothing but what the self-test lets through, and that is less than is felt.
    assert largest_mean_ua(rig, off_us) <= PROOF_UA + 10 + rig.truth.uncertainty_ua(PROOF_UA)
    idle_us = rig.now_us
    rig.advance(500)
    assert_nothing_flowed(rig, idle_us)
    status = rig.host.status()
    assert status.mode == limits.FACE
    assert status.level_ua <= FACE.default_ua


@pytest.mark.rig(load=RESISTOR)
def test_host_lowers_and_stops_and_cannot_raise(rig):
    hold(rig, level_ua=400)
    with pytest.raises(RefusedError) as caught:
        rig.host.lower_level(500)
    assert caught.value.code == faults.WOULD_RAISE
    rig.host.lower_level(200)
    until(rig, "HOLD", timeout_ms=5000)
    rig.advance(600)
    assert_level(rig, 200)
    rig.host.stop()
    rig.advance(1000)
    assert rig.truth.output_is_off()
    assert state(rig) == "DONE"


def test_host_in_idle_starts_nothing(rig):
    power_on(rig)
    rig.person.contact(1.0)
    began_us = rig.now_us
    with pytest.raises(RefusedError):
        rig.host.stop()
    rig.host.lower_level(300)
    rig.advance(1500)
    assert (state(rig), rig.host.status().level_ua) == ("IDLE", 300)
    assert_nothing_flowed(rig, began_us)


@pytest.mark.rig(load=RESISTOR)
def test_telemetry_follows_the_true_current(rig):
    hold(rig, level_ua=300)
    rig.host.hello()
    rig.host.subscribe(100)
    rig.advance(2000)
    rows = [one for one in rig.host.poll(0.01) if isinstance(one, Telemetry)]
    rig.host.subscribe(0)
    assert len(rows) == pytest.approx(200, abs=10)
    assert rig.host.lost_telemetry == 0
    told_ua = np.mean([row.current_ua for row in rows])
    assert told_ua == pytest.approx(mean_ua(rig, 2000), abs=20 + rig.truth.uncertainty_ua(300))


def test_garbage_on_the_line_is_counted_and_starts_nothing(rig):
    power_on(rig)
    set_level(rig, 300)
    for data in (bytes(range(256)) * 4, b"\x03" * 40, b"x" * 300 + b"\0"):
        rig.transport.write(data)
        rig.advance(100)
    rig.transport.write(b"\0")
    rig.advance(100)
    status = rig.host.status()
    assert status.bad_frames >= 3
    assert (status.state, status.level_ua) == (states.IDLE, 300)
    assert rig.truth.output_is_off()
