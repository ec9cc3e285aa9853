"""A fault stays until START is held for 3 s with its cause gone; then the device is as after power-on."""

import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import RC, arm, assert_off, closings_us, hold, power_on, state, tap, treat, until
from ionto import faults, limits


def hold_start(rig, ms):
    rig.buttons.hold("START")
    rig.advance(ms)
    rig.buttons.release("START")
    rig.advance(100)


@pytest.fixture
def faulty(make_rig):
    """FAULT: the ground channel reads 30, in a treatment."""
    rig = make_rig(load=RC)
    treat(rig)
    rig.board.stick_adc(3, 30)
    until(rig, "FAULT")
    return rig


@pytest.mark.requirement("REQ-SES-14")
def test_fault_with_its_cause_present_is_not_cleared(faulty):
    rig = faulty
    rig.expect_fault(faults.GROUND)
    hold_start(rig, 3500)
    assert_off(rig)
    assert state(rig) == "FAULT"
    rig.advance(100)
    assert shows(rig, "the cause of the fault")


@pytest.mark.requirement("REQ-SES-14")
def test_fault_with_its_cause_gone_is_cleared_by_three_seconds_of_start(faulty):
    rig = faulty
    opened_us = rig.now_us
    rig.board.stick_adc(3, None)
    rig.advance(300)
    hold_start(rig, 2800)
    assert state(rig) == "FAULT"
    hold_start(rig, 3200)
    assert state(rig) == "IDLE"
    assert rig.host.status().fault == 0
    assert not closings_us(rig, opened_us)
    assert_off(rig)
    rig.advance(2000)
    assert_off(rig)  # the contact is still there, and starts nothing
    tap(rig, "START", 2)
    rig.advance(2000)
    assert state(rig) == "ARMING"


@pytest.mark.requirement("REQ-SES-14")
@pytest.mark.parametrize("press", ["UP", "DOWN", "MODE", "START"])
def test_fault_is_not_left_by_a_press(faulty, press):
    rig = faulty
    rig.expect_fault(faults.GROUND)
    rig.board.stick_adc(3, None)
    rig.advance(300)
    tap(rig, press, 3)
    assert state(rig) == "FAULT"
    assert_off(rig)


@pytest.mark.requirement("REQ-SES-14")
def test_fault_with_stop_pressed_is_not_cleared(faulty):
    rig = faulty
    rig.expect_fault(faults.GROUND)
    rig.board.stick_adc(3, None)
    rig.buttons.stop_press()
    rig.advance(300)
    hold_start(rig, 3500)
    assert state(rig) == "FAULT"
    assert_off(rig)


@pytest.mark.requirement("REQ-SES-14")
def test_fault_that_is_cleared_takes_the_level_back_to_the_default(make_rig):
    rig = make_rig(load=RC)
    hold(rig, level_ua=700)
    rig.board.fault("latch_tripped")
    until(rig, "FAULT")
    hold_start(rig, 3300)
    assert state(rig) == "IDLE"
    assert rig.host.status().level_ua == limits.MODES[limits.FACE].default_ua
    assert rig.truth.now["flags"] & 8  # the latch is reset


@pytest.mark.requirement("REQ-SES-14")
def test_latch_that_trips_again_after_its_reset_is_a_fault_again(make_rig):
    rig = make_rig(load=RC)
    rig.expect_fault(faults.LATCH)
    hold(rig)
    rig.board.fault("latch_tripped")
    until(rig, "FAULT")
    for ms in range(0, 5000, 5):
        rig.board.fault("latch_tripped", after_ms=ms)
    hold_start(rig, 3300)
    rig.advance(500)
    assert state(rig) == "FAULT"
    assert rig.host.status().fault == faults.LATCH
    assert_off(rig)


@pytest.mark.requirement("REQ-SES-16")
@pytest.mark.parametrize("reach", [arm, hold], ids=["armed", "hold"])
def test_service_usb_during_a_session_ends_it_in_a_fault(rig, reach):
    rig.expect_fault(faults.SERVICE_USB)
    reach(rig)
    plugged_us = rig.now_us
    rig.board.vbus(True)
    rig.advance(1050)
    assert_off(rig)
    assert rig.truth.times_us("k1_open", plugged_us)[0] - plugged_us <= 1_000_000
    assert rig.host.status().fault == faults.SERVICE_USB
    hold_start(rig, 3300)
    assert state(rig) == "FAULT"
    rig.board.vbus(False)
    rig.advance(100)
    hold_start(rig, 3300)
    assert state(rig) == "IDLE"


@pytest.mark.requirement("REQ-SES-6")
def test_service_usb_in_idle_refuses_start(rig):
    power_on(rig)
    rig.board.vbus(True)
    rig.advance(100)
    tap(rig, "START")
    rig.advance(200)
    assert state(rig) == "IDLE"
    assert shows(rig, "unplug the service")
    assert not closings_us(rig)
