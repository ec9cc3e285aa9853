"""A battery that is empty at power-on, too low for a session, or falls under current."""

import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import arm, assert_off, events, hold, power_on, state, tap, until
from ionto import faults, messages

pytestmark = pytest.mark.requirement("REQ-PWR-1")


@pytest.mark.parametrize("battery_v", [2.9, 4.6])
def test_empty_battery_or_another_supply_is_a_fault_at_power_on(rig, battery_v):
    rig.expect_fault(faults.BATTERY)
    rig.board.fault("battery_v", battery_v)
    rig.board.await_start()
    until(rig, "FAULT")
    status = rig.host.status()
    assert status.fault == faults.BATTERY
    assert status.fault_value == pytest.approx(battery_v * 1000, abs=50)
    assert status.battery_mv == pytest.approx(battery_v * 1000, abs=50)
    rig.advance(200)
    assert shows(rig, "BATTERY")
    rig.board.fault("battery_v", 3.9)
    rig.advance(100)
    rig.buttons.press("START", ms=3200)
    until(rig, "IDLE")


def test_battery_too_low_for_a_session_refuses_start_and_says_so(rig):
    power_on(rig)
    rig.board.fault("battery_v", 3.4)
    rig.advance(100)
    tap(rig, "START")
    assert state(rig) == "IDLE"
    assert shows(rig, "battery low: charge it")
    rig.board.fault("battery_v", 3.6)
    rig.advance(100)
    tap(rig, "START")
    assert state(rig) == "CONFIRM"


def test_battery_that_falls_under_current_ends_the_session_by_a_ramp(rig):
    hold(rig, level_ua=400)
    events(rig)
    rig.board.fault("battery_v", 3.2)
    until(rig, "RAMP_DOWN")
    fell_us = rig.now_us
    until(rig, "DONE", timeout_ms=5000)
    assert [event.a for event in events(rig, messages.EVENT_END)] == [messages.END_BATTERY]
    assert rig.now_us - fell_us > 1_500_000  # 400 uA at 150 uA/s: no cut
    assert shows(rig, "battery low")
    assert_off(rig)


def test_battery_that_falls_while_armed_goes_idle(rig):
    arm(rig)
    rig.board.fault("battery_v", 3.2)
    until(rig, "IDLE")
    rig.advance(200)
    assert shows(rig, "battery low: charge it")
    assert_off(rig)
