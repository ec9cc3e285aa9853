"""The circuit opens under current: how fast the output ends, and how the treatment goes on."""

import numpy as np
import pytest

from hil.tests.chip import some_on_chip
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    arm,
    assert_off,
    assert_regulated,
    events,
    hold,
    k1_open_us,
    state,
    tap,
    treat,
    until,
)
from ionto import faults, limits, messages

PROBE_MV = 1550


def assert_cut_in_time(rig, breaks):
    """Every break of the run: drive at zero within 1.5 ms, K1 open within 5 ms."""
    zeros_us, opens_us = rig.truth.break_to_zero_us(), rig.truth.break_to_k1_open_us()
    assert len(rig.truth.named("break")) == len(zeros_us) == len(opens_us) == breaks
    assert max(zeros_us) <= 1500
    assert max(opens_us) <= 5000


@pytest.mark.requirement("REQ-TRP-6")
@pytest.mark.parametrize("offset_us", [0, 130, 260, 390])
@pytest.mark.emu
def test_break_in_hold_drive_is_zero_and_relay_open_in_time(rig, offset_us):
    hold(rig, level_ua=300)
    rig.advance(10 - rig.now_us % 500 / 1000 + offset_us / 1000)
    break_us = rig.now_us
    rig.person.lift()
    rig.advance(60)
    assert_cut_in_time(rig, 1)
    k1_open_us(rig, break_us)
    assert_off(rig)
    assert state(rig) == "PAUSED"


@pytest.mark.requirement("REQ-TRP-6")
@pytest.mark.parametrize("after_ms", some_on_chip([30, 700, 2500], 30, 700))
def test_break_during_the_ramp_is_seen_at_every_current(rig, after_ms):
    treat(rig, level_ua=500)
    rig.advance(after_ms)
    rig.person.lift()
    rig.advance(60)
    assert_cut_in_time(rig, 1)
    assert_off(rig)
    assert state(rig) == "PAUSED"


@pytest.mark.requirement("REQ-TRP-6")
def test_break_in_body_range_is_cut_in_time(rig):
    hold(rig, "HANDS")
    rig.person.lift()
    rig.advance(60)
    assert_cut_in_time(rig, 1)
    assert_off(rig)
    assert rig.truth.samples["electrode_mv"].max() < limits.MODES[limits.HANDS].max_electrode_mv * 1.05


@pytest.mark.requirement("REQ-SES-10")
def test_pause_tells_panel_and_host_why(rig):
    hold(rig)
    events(rig)
    rig.person.lift()
    rig.advance(500)
    cuts = [event.a for event in events(rig, messages.EVENT_CUT)]
    assert cuts == [faults.CUT_OPEN]
    assert rig.host.status().fault == 0
    assert shows(rig, "PAUSED", "contact lost", "restarts left: 3")
    assert 523 in [hz for _, hz in rig.panel.buzzer_log]


@pytest.mark.requirement("REQ-SES-10")
def test_contact_that_returns_ramps_again_from_the_probe(rig):
    hold(rig, level_ua=300)
    rig.person.lift()
    rig.advance(600)
    returned_us = rig.now_us
    rig.person.contact(1.0)
    rig.advance(900)
    assert rig.truth.between(returned_us, rig.now_us)["amplifier_mv"].max() < PROBE_MV
    assert state(rig) == "PAUSED"
    until(rig, "RAMP_UP", timeout_ms=800)
    samples = rig.truth.between(returned_us + 50_000, rig.now_us)
    assert samples["current_ua"].max() < 160  # from the probe's current, not from where it was
    until(rig, "HOLD", timeout_ms=10000)
    rig.advance(600)
    assert_regulated(rig, 300)
    rising = rig.truth.between(returned_us + 50_000, rig.now_us)
    assert rig.truth.step_ua(rising, 100) < 50 * 0.1 + 15


def lose_and_return(rig):
    rig.person.lift()
    rig.advance(500)
    rig.person.contact(1.0)
    rig.advance(1400)


@pytest.mark.requirement("REQ-SES-10")
def test_contact_returns_by_itself_three_times_then_needs_start(rig):
    treat(rig)
    for left in (2, 1, 0):
        lose_and_return(rig)
        assert state(rig) in ("RAMP_UP", "HOLD"), f"{left} should be left"
    rig.advance(1000)
    lost_us = rig.now_us
    lose_and_return(rig)
    rig.advance(2000)
    assert rig.truth.between(lost_us + 10_000, rig.now_us)["amplifier_mv"].max() < PROBE_MV
    assert state(rig) == "PAUSED"
    assert shows(rig, "PAUSED", "START goes on")
    assert_cut_in_time(rig, 4)
    tap(rig, "START")
    until(rig, "HOLD", timeout_ms=6000)
    assert_regulated(rig, 200, ms=100)


@pytest.mark.requirement("REQ-SES-10")
def test_start_without_contact_in_a_pause_is_refused(rig):
    hold(rig)
    rig.person.lift()
    rig.advance(800)
    lost_us = rig.now_us
    tap(rig, "START")
    rig.advance(200)
    assert rig.truth.between(lost_us, rig.now_us)["current_ua"].max() == 0
    assert state(rig) == "PAUSED"
    assert shows(rig, "no steady contact")


@pytest.mark.requirement("REQ-SES-8")
@pytest.mark.bench
def test_remaining_time_stands_still_without_current(rig):
    hold(rig)
    rig.person.lift()
    rig.advance(200)
    before_s = rig.host.status().remaining_s
    charge_ua_s = rig.host.status().charge_ua_s
    rig.advance(8000)
    assert rig.host.status().remaining_s == before_s
    assert rig.host.status().charge_ua_s == charge_ua_s
    rig.person.contact(1.0)
    until(rig, "HOLD", timeout_ms=8000)
    rig.advance(3000)
    assert rig.host.status().remaining_s < before_s - 2


@pytest.mark.requirement("REQ-SES-10")
@pytest.mark.parametrize("seed", some_on_chip([1, 2], 1))
def test_contact_that_bounces_on_its_return_gives_no_jolt(make_rig, seed):
    rig = make_rig(seed=seed)
    hold(rig, level_ua=300)
    rig.person.lift()
    rig.advance(600)
    returned_us = rig.now_us
    rig.person.bounce(times=8, over_ms=60)
    until(rig, "HOLD", timeout_ms=12000)
    samples = rig.truth.between(returned_us, rig.now_us)
    bounced = samples["time_us"] < returned_us + 100_000
    assert samples["current_ua"][bounced].max() < 700  # the probe into a discharged skin, for a moment
    assert samples["current_ua"][~bounced].max() < 330
    assert samples["amplifier_mv"][samples["time_us"] < returned_us + 1_000_000].max() < PROBE_MV


@pytest.mark.requirement("REQ-TRP-6")
@pytest.mark.parametrize("seed", some_on_chip([1, 2], 1))
def test_contact_that_bounces_under_current_ends_paused_or_regulated(make_rig, seed):
    rig = make_rig(seed=seed)
    hold(rig, level_ua=300)
    shaken_us = rig.now_us
    rig.person.bounce(times=6, over_ms=30)
    rig.advance(5000)
    samples = rig.truth.between(shaken_us, rig.now_us)
    brief = samples["current_ua"] > 700
    assert np.count_nonzero(brief) <= 4  # a skin that is recharged, never for longer than 2 ms in all
    assert rig.truth.max_current_ua() < limits.MODES[limits.FACE].max_ua
    assert state(rig) in ("RAMP_UP", "HOLD")
    assert rig.host.status().fault == 0


@pytest.mark.requirement("REQ-LIM-4")
def test_armed_after_a_refused_contact_is_still_only_a_probe(rig):
    arm(rig)
    armed_us = rig.now_us
    rig.person.bounce(0.02, times=5, over_ms=200)  # a finger's edge
    rig.advance(3000)
    assert rig.truth.between(armed_us, rig.now_us)["amplifier_mv"].max() < PROBE_MV
    assert state(rig) == "ARMED"
