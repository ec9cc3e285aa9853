"""A current sense whose reading at rest is off: measured before a session, taken off if small, refused if large."""

import pytest

from hil.tests.firmware.steps import assert_off, assert_regulated, confirm, hold, state, tap, until
from ionto import faults
from ionto.calibration import MAX_ZERO_RAW

pytestmark = pytest.mark.requirement("REQ-CAL-3")


def test_zero_that_no_working_board_has_is_a_fault_before_any_current_until_it_is_gone(rig):
    confirm(rig)
    rig.expect_fault(faults.ZERO_OFFSET)
    rig.board.fault("a_zero_lsb", 30)
    rig.advance(500)
    assert state(rig) == "CONFIRM"  # 38 uA: too little for the two senses to contradict each other
    began_us = rig.now_us
    tap(rig, "START")
    until(rig, "FAULT", timeout_ms=1000)
    status = rig.host.status()
    assert status.fault == faults.ZERO_OFFSET
    assert status.fault_limit == MAX_ZERO_RAW
    assert 26 <= status.fault_value <= 36  # 30, and the board's own
    assert rig.truth.between(began_us, rig.now_us)["k1"].max() == 0
    rig.board.fault("a_zero_lsb", 0)
    rig.buttons.press("START", ms=3200)
    rig.advance(3300)
    until(rig, "IDLE")
    assert_off(rig)


def test_zero_of_a_few_counts_is_taken_off(make_rig):
    rig = make_rig(tolerance_sigma=0)
    rig.advance(2000)
    rig.board.fault("a_zero_lsb", 12)  # 75 uA in BODY range
    hold(rig, "HANDS", 2000)
    rig.advance(1000)
    assert_regulated(rig, 2000)


@pytest.mark.requirement("REQ-MSR-1")
def test_zero_between_two_counts_is_taken_off_what_is_measured(make_rig):
    rig = make_rig(tolerance_sigma=0)
    rig.advance(2000)
    rig.board.fault("a_zero_lsb", 2.45)  # a whole count would be 2.8 uA off in BODY range, for the whole session
    hold(rig, "HANDS", 500)
    rig.advance(1000)
    before, began_us = rig.host.status(), rig.now_us
    rig.advance(30_000)
    charge_ua_s = rig.host.status().charge_ua_s - before.charge_ua_s
    true_ua = float(rig.truth.between(began_us, rig.now_us)["current_ua"].mean())
    assert abs(charge_ua_s / 30 - true_ua) < 2
