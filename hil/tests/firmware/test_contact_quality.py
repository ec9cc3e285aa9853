"""An electrode that lifts or sinks in under current, and a voltage limit that holds the current back."""

import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    RC,
    RESISTOR,
    arm,
    assert_regulated,
    events,
    hold,
    mean_ua,
    peak_ua,
    slope_ua_per_s,
    state,
    tap,
    treat,
    until,
)
from ionto import faults, limits, messages

FACE = limits.MODES[limits.FACE]


@pytest.mark.requirement("REQ-CON-3")
def test_partial_lift_halves_the_current_and_says_so(rig):
    hold(rig, level_ua=400)
    rig.advance(1200)
    lifted_us = rig.now_us
    rig.person.contact(0.6)
    rig.advance(2500)
    assert mean_ua(rig) == pytest.approx(200, abs=20)
    falling = rig.truth.between(lifted_us + 400_000, lifted_us + 1_000_000)
    assert slope_ua_per_s(falling) == pytest.approx(-FACE.ramp_down_ua_per_s, rel=0.1)
    assert peak_ua(rig, lifted_us) < 430
    status = rig.host.status()
    assert status.reasons & faults.PARTIAL_CONTACT
    assert (status.fault, status.level_ua) == (0, 400)
    assert shows(rig, "PARTIAL CONTACT", "set 0.40 mA")
    assert 440 in [hz for _, hz in rig.panel.buzzer_log]


@pytest.mark.requirement("REQ-CON-3")
def test_partial_lift_that_is_put_right_ramps_back(rig):
    hold(rig, level_ua=400)
    rig.advance(1200)
    rig.person.contact(0.6)
    rig.advance(2000)
    back_us = rig.now_us
    rig.person.contact(1.0)
    until(rig, "HOLD", timeout_ms=12000)
    rig.advance_until(lambda: rig.host.status().reasons == 0, 8000, step_ms=100)
    assert_regulated(rig, 400, ms=100)
    returning = rig.truth.between(back_us + 20_000, rig.now_us)
    assert rig.truth.step_ua(returning, 100) < 50 * 0.1 + 15


@pytest.mark.requirement("REQ-CON-3")
def test_partial_lift_that_is_accepted_with_up_ramps_back(rig):
    hold(rig, level_ua=400)
    rig.advance(1200)
    rig.person.contact(0.6)
    rig.advance(2000)
    assert rig.host.status().reasons & faults.PARTIAL_CONTACT
    tap(rig, "UP")
    until(rig, "HOLD", timeout_ms=8000)
    assert_regulated(rig, 400, ms=100)
    assert rig.host.status().level_ua == 400


@pytest.mark.requirement("REQ-CON-3")
def test_lift_that_doubles_the_resistance_is_lost_contact(rig):
    hold(rig, level_ua=300)
    rig.advance(1200)
    events(rig)
    lifted_us = rig.now_us
    for step in range(1, 13):
        rig.person.at(50 * step, 1 - 0.05 * step)  # to 0.4 in 0.6 s
    rig.advance(1000)
    opened = rig.truth.times_us("k1_open", lifted_us)
    assert opened
    assert opened[0] < lifted_us + 800_000
    assert state(rig) == "PAUSED"
    assert faults.CUT_LIFTED in [event.a for event in events(rig, messages.EVENT_CUT)]
    assert rig.host.status().fault == 0


@pytest.mark.requirement("REQ-REG-3")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hand_that_sinks_in_is_cut_back_at_once(make_rig, seed):
    rig = make_rig(seed=seed)
    treat(rig, level_ua=300)
    rig.person.contact(0.5)
    rig.advance(200)
    until(rig, "HOLD", "PAUSED", timeout_ms=15000)
    if state(rig) == "PAUSED":  # half of the electrode gone at once is lost contact: it returns by itself
        until(rig, "HOLD", timeout_ms=15000)
    rig.advance(500)
    sunk_us = rig.now_us
    rig.person.contact(1.0)
    rig.advance(500)
    later = rig.truth.between(sunk_us + 10_000, rig.now_us)["current_ua"]
    assert later.max() <= 350  # no overshoot beyond 50 uA later than 10 ms after
    assert rig.truth.max_current_ua() < FACE.max_ua
    assert rig.host.status().fault == 0


@pytest.mark.requirement("REQ-REG-4")
def test_voltage_limit_holds_the_current_back_and_says_so(make_rig):
    rig = make_rig(load=RESISTOR, load_arguments={"ohm": 20000})
    treat(rig, level_ua=700)
    rig.advance_until(lambda: rig.host.status().reasons & faults.V_LIMIT, 15000, step_ms=100)
    rig.advance(3000)
    assert mean_ua(rig) == pytest.approx(10_000 / 20, rel=0.03)
    assert rig.truth.samples["electrode_mv"].max() <= FACE.max_electrode_mv * 1.05
    status = rig.host.status()
    assert status.reasons & faults.V_LIMIT
    assert (status.fault, status.level_ua) == (0, 700)
    assert status.setpoint_ua == pytest.approx(status.current_ua, abs=25)  # no wind-up
    assert shows(rig, "set 0.70 mA", "V-LIMIT") or shows(rig, "set 0.70 mA", "V-LIM")


@pytest.mark.requirement("REQ-REG-4")
@pytest.mark.parametrize("mode", ["FACE", "UNDERARMS"])
def test_load_that_falls_below_the_voltage_limit_ramps_on_at_the_normal_rate(make_rig, mode):
    # 0.4 of the electrode is 25 kOhm, the whole of it 10 kOhm.
    rig = make_rig(load=RC, load_arguments={"rs_ohm": 400, "rp_ohm": 9600, "cp_f": 2e-7})
    row = limits.mode_named(mode)
    level_ua = {"FACE": 700, "UNDERARMS": 1500}[mode]
    arm(rig, mode, level_ua)
    rig.person.contact(0.4)
    until(rig, "RAMP_UP")
    rig.advance_until(lambda: rig.host.status().reasons & faults.V_LIMIT, 20000, step_ms=100)
    rig.advance(1000)
    limited_ua = row.max_electrode_mv / 25
    assert mean_ua(rig) == pytest.approx(limited_ua, rel=0.04)
    fallen_us = rig.now_us
    for step in range(1, 31):
        rig.person.at(2 * step, 0.4 + 0.02 * step)
    rig.advance(2500)
    samples = rig.truth.between(fallen_us + 300_000, rig.now_us)
    assert slope_ua_per_s(samples) == pytest.approx(row.ramp_up_ua_per_s, rel=0.06)
    assert samples["current_ua"][0] < limited_ua + row.ramp_up_ua_per_s * 0.3 + 30
    assert rig.truth.samples["electrode_mv"].max() <= row.max_electrode_mv * 1.05
    assert not rig.host.status().reasons & faults.V_LIMIT
    assert rig.host.status().fault == 0
