"""All four modes, each with its range, its limits and its slopes; polarity reversal where there is one."""

import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    QUICK_UA,
    assert_off,
    assert_regulated,
    confirm,
    events,
    hold,
    power_on,
    slope_ua_per_s,
    state,
    states_passed,
    tap,
    until,
)
from ionto import limits, messages

RAMP_UA_PER_S = {"UNDERARMS": 100, "HANDS": 250, "FEET": 330}  # the design's own figures
BODY_MODES = tuple(RAMP_UA_PER_S)


@pytest.mark.requirement("REQ-REG-1", "REQ-REG-2", "REQ-SES-8")
@pytest.mark.parametrize("mode", ["FACE", *BODY_MODES])
def test_mode_short_session_is_regulated_ramped_and_ended(make_rig, mode):
    row = limits.mode_named(mode)
    rig = make_rig(load_arguments={"site": mode})
    level_ua = QUICK_UA[mode] + 3 * row.step_ua
    hold(rig, mode, level_ua)
    rig.advance(700)
    assert_regulated(rig, level_ua)
    status = rig.host.status()
    assert (status.mode, status.level_ua, status.minutes) == (row.number, level_ua, row.default_min)
    assert abs(status.current_ua - level_ua) < max(30, level_ua // 33)
    assert shows(rig, mode, "HOLD")
    ended_us = rig.now_us
    tap(rig, "START")
    until(rig, "DONE", timeout_ms=6000)
    rig.advance(20)
    assert_off(rig)
    opened_us = rig.truth.times_us("k1_open", ended_us)[0]
    falling = rig.truth.between(opened_us - 600_000, opened_us - 150_000)
    assert slope_ua_per_s(falling) == pytest.approx(-row.ramp_down_ua_per_s, rel=0.15)
    assert [event.a for event in events(rig, messages.EVENT_END)] == [messages.END_START]
    assert not rig.truth.named("k2_switch")
    assert not rig.truth.violations()


@pytest.mark.requirement("REQ-REG-1")
@pytest.mark.parametrize("mode", BODY_MODES)
def test_mode_ramp_in_body_range_rises_at_its_slope(make_rig, mode):
    rig = make_rig(load="hil.person:RC", load_arguments={"rp_ohm": 2000, "cp_f": 5e-7}, seed=5)
    confirm(rig, mode, level_ua=3000)
    tap(rig, "START")
    until(rig, "ARMED")
    rig.person.contact(1.0)
    until(rig, "RAMP_UP")
    begun_us = rig.now_us
    rig.advance(3200)
    samples = rig.truth.between(begun_us + 200_000, rig.now_us)
    assert slope_ua_per_s(samples) == pytest.approx(RAMP_UA_PER_S[mode], rel=0.05)


@pytest.mark.requirement("REQ-SES-13")
@pytest.mark.parametrize("mode", ["FACE", "UNDERARMS"])
def test_mode_without_reversal_refuses_it(rig, mode):
    power_on(rig)
    tap(rig, "MODE", limits.mode_named(mode).number)
    rig.buttons.hold("MODE")
    rig.advance(1200)
    rig.buttons.release("MODE")
    rig.advance(100)
    assert shows(rig, "this mode never reverses")
    assert rig.host.status().mode == limits.mode_named(mode).number


@pytest.fixture
def reversing(make_rig):
    """HANDS with reversal, one minute, just under current."""
    rig = make_rig(load_arguments={"site": "HANDS"})
    power_on(rig)
    tap(rig, "MODE", 2)
    rig.buttons.hold("MODE")
    rig.advance(1200)
    rig.buttons.release("MODE")
    rig.advance(200)
    assert shows(rig, "polarity reverses at half time")
    return rig


@pytest.mark.requirement("REQ-SES-13")
def test_reversal_happens_once_at_half_time_without_current(reversing):
    rig = reversing
    tap(rig, "DOWN", 9)
    tap(rig, "START")
    tap(rig, "MODE")
    tap(rig, "DOWN", 14)
    assert (rig.host.status().level_ua, rig.host.status().minutes) == (500, 1)
    tap(rig, "START")
    until(rig, "ARMED")
    events(rig)
    rig.person.contact(1.0)
    until(rig, "REVERSING", timeout_ms=40000)
    assert rig.host.status().remaining_s == pytest.approx(30, abs=1)
    rig.advance(200)
    assert shows(rig, "REVERSING", "polarity changes")
    until(rig, "HOLD", timeout_ms=10000)
    rig.advance(600)
    assert_regulated(rig, 500, ms=400)
    assert rig.host.status().polarity_reversed == 1
    assert rig.truth.now["flags"] & 2
    assert shows(rig, "reversed")
    switched = [event.time_us for event in rig.truth.named("k2_switch")]
    assert len(switched) == 1
    around = rig.truth.between(switched[0] - 50_000, switched[0] + 40_000)  # 10 ms of them K2's travel
    assert not around["k1"].any()
    assert around["current_ua"].max() < 100
    until(rig, "DONE", timeout_ms=40000)
    rig.advance(300)
    assert_off(rig)
    assert states_passed(rig).count("REVERSING") == 1
    rig.advance(200)
    switched = [event.value for event in rig.truth.named("k2_switch")]
    assert switched == [1, 0]  # back to normal only after the end
    assert not rig.truth.violations()


@pytest.mark.requirement("REQ-REG-2")
def test_mode_feet_runs_at_several_milliamperes(make_rig):
    rig = make_rig(load_arguments={"site": "FEET"})
    hold(rig, "FEET", 5000)
    rig.advance(700)
    assert_regulated(rig, 5000)
    assert rig.truth.max_current_ua() < 5000 * 1.05
    assert rig.truth.samples["electrode_mv"].max() < 36_000
    rig.buttons.stop_press()
    pressed_us = rig.now_us
    rig.advance(1000)
    assert_off(rig)
    assert state(rig) == "DONE"
    assert rig.truth.times_us("k1_open", pressed_us)[0] - pressed_us < 1_000_000
