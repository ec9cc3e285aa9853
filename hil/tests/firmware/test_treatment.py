"""A treatment in FACE, by the truth: the ramp, the levels, the time, the end."""

import numpy as np
import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    assert_off,
    assert_regulated,
    events,
    hold,
    mean_ua,
    slope_ua_per_s,
    started_us,
    state,
    states_passed,
    tap,
    treat,
    until,
)
from ionto import faults, limits, messages

FACE = limits.MODES[limits.FACE]


@pytest.mark.requirement("REQ-REG-1")
@pytest.mark.parametrize("seed", [1, 4])
def test_ramp_begins_at_the_probe_and_rises_at_the_modes_slope(make_rig, seed):
    rig = make_rig(seed=seed)
    treat(rig, level_ua=500)
    begun_us = rig.now_us
    rig.advance(5000)
    samples = rig.truth.between(begun_us + 500_000, rig.now_us)
    assert samples["current_ua"][0] < 170  # what the probe's 1.5 V drive through skin, and half a second of ramp
    assert slope_ua_per_s(samples) == pytest.approx(FACE.ramp_up_ua_per_s, rel=0.05)
    straight = np.polyval(np.polyfit(samples["time_us"] / 1e6, samples["current_ua"], 1), samples["time_us"] / 1e6)
    assert abs(samples["current_ua"] - straight).max() < 30
    status = rig.host.status()
    assert state(rig) == "RAMP_UP"
    assert status.reasons == faults.RAMPING
    assert abs(status.current_ua - rig.truth.current_ua) < 20
    rig.advance(200)
    assert shows(rig, "RAMP UP", "RAMPING", "set 0.50 mA")


@pytest.mark.requirement("REQ-PAN-1", "REQ-REG-2")
def test_hold_is_at_the_level_and_says_set_and_delivered_current(rig):
    hold(rig, level_ua=300)
    rig.advance(1500)
    assert_regulated(rig, 300, ms=1000)
    status = rig.host.status()
    assert (status.level_ua, status.setpoint_ua) == (300, pytest.approx(300, abs=1))
    assert abs(status.current_ua - mean_ua(rig)) < 10
    assert abs(status.voltage_mv - rig.truth.now["electrode_mv"]) < 150
    assert status.reasons == 0
    assert rig.panel.led
    assert shows(rig, "HOLD", "set 0.30 mA")


@pytest.mark.requirement("REQ-SES-18")
def test_up_and_down_are_ramped(rig):
    hold(rig)
    pressed_us = rig.now_us
    tap(rig, "UP", 2)
    until(rig, "HOLD", timeout_ms=6000)
    rising = rig.truth.between(pressed_us, rig.now_us)
    assert mean_ua(rig, 100) == pytest.approx(400, abs=30)
    assert rig.truth.step_ua(rising, 100) < 5 + 50 * 0.1 + 10  # noise and 100 ms of the ramp
    rig.advance(300)
    pressed_us = rig.now_us
    tap(rig, "DOWN", 2)
    until(rig, "HOLD", timeout_ms=6000)
    falling = rig.truth.between(pressed_us, rig.now_us)
    assert mean_ua(rig, 100) == pytest.approx(200, abs=30)
    steepest = np.diff(falling["current_ua"][::200]).min()  # in 100 ms
    assert steepest > -(FACE.ramp_down_ua_per_s * 0.1 + 15)


@pytest.mark.requirement("REQ-SES-3")
@pytest.mark.rig(load="hil.person:RC", load_arguments={"rs_ohm": 300, "rp_ohm": 700, "cp_f": 1e-7})
def test_up_beyond_the_maximum_is_refused_and_never_delivered(rig):
    treat(rig, level_ua=2800)
    tap(rig, "UP", 5)
    rig.advance(100)
    assert shows(rig, "above the maximum")
    assert rig.host.status().level_ua == FACE.max_ua
    until(rig, "HOLD", timeout_ms=62000)
    tap(rig, "UP", 3)
    rig.advance(1000)
    assert_regulated(rig, FACE.max_ua)
    assert rig.truth.max_current_ua() < FACE.max_ua * 1.05
    assert rig.host.status().level_ua == FACE.max_ua


@pytest.fixture
def a_minute(rig):
    """A treatment of one minute that has 2 s to go."""
    hold(rig, minutes=1)
    events(rig)
    rig.advance_until(lambda: rig.host.status().remaining_s <= 2, 62000, step_ms=200)
    return rig


@pytest.mark.requirement("REQ-SES-8")
def test_time_over_ramps_down_and_is_done(a_minute):
    rig = a_minute
    assert_regulated(rig, 200, ms=5000)
    until(rig, "RAMP_DOWN", timeout_ms=3000)
    down_us = rig.now_us
    rig.advance(150)
    assert shows(rig, "RAMP DOWN", "time over")
    until(rig, "DONE", timeout_ms=4000)
    rig.advance(30)
    assert_off(rig)
    falling = rig.truth.between(down_us + 100_000, rig.truth.times_us("k1_open", down_us)[0] - 100_000)
    assert slope_ua_per_s(falling) == pytest.approx(-FACE.ramp_down_ua_per_s, rel=0.08)
    status = rig.host.status()
    flowing = rig.truth.samples
    charge_ua_s = float(np.trapezoid(flowing["current_ua"], flowing["time_us"])) / 1e6
    assert status.charge_ua_s == pytest.approx(charge_ua_s, rel=0.04)
    assert status.remaining_s == 0
    ends = [event.a for event in events(rig, messages.EVENT_END)]
    assert ends == [messages.END_TIME]
    rig.advance(200)
    assert shows(rig, "DONE", "time over", "of 1 min")
    tap(rig, "START")
    assert state(rig) == "IDLE"


@pytest.mark.requirement("REQ-SES-1")
def test_treatment_runs_through_its_states_in_order(rig):
    rig.host.hello()
    hold(rig)
    tap(rig, "START")
    until(rig, "DONE", timeout_ms=5000)
    wanted = ["SELF_TEST", "IDLE", "CONFIRM", "ARMING", "ARMED", "RAMP_UP", "HOLD", "RAMP_DOWN", "DONE"]
    assert states_passed(rig) == wanted
    assert_off(rig)


@pytest.mark.requirement("REQ-SES-20")
@pytest.mark.parametrize("before_wrap_ms", [3000, 4600, 7000])
def test_clocks_that_wrap_during_a_treatment_change_nothing(make_rig, before_wrap_ms):
    rig = make_rig(clock_before_wrap_ms=before_wrap_ms)
    contact_us = treat(rig, level_ua=300)
    until(rig, "HOLD", timeout_ms=15000)
    rig.advance(1000)
    assert rig.now_us > 100_000 + before_wrap_ms * 1000
    ramp = rig.truth.between(contact_us + 1_500_000, contact_us + 4_500_000)
    assert slope_ua_per_s(ramp) == pytest.approx(FACE.ramp_up_ua_per_s, rel=0.06)
    assert_regulated(rig, 300)
    assert not rig.truth.times_us("k1_open", contact_us)
    assert rig.host.status().uptime_ms == pytest.approx((rig.now_us - started_us(rig)) / 1000, abs=30)
    under_current_s = (rig.now_us - contact_us) / 1e6 - 1.25
    assert 600 - rig.host.status().remaining_s == pytest.approx(under_current_s, abs=1.2)
