"""Faults latch from everywhere and leave by one way; cuts; the self-test."""

import pytest

from ionto import faults, limits, messages
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, Bench, bench_in

HANDS = limits.HANDS

WAITING = ["CONFIRM", "ARMING", "ARMED"]
TREATING = ["RAMP_UP", "HOLD", "REVERSING", "REVERSING_AT_REST"]
AT_REST = ["BOOT", "SELF_TEST", "IDLE", "DONE", "FAULT"]


ANYWHERE = ["BOOT", "SELF_TEST", "IDLE", *WAITING, *TREATING, "RAMP_DOWN", "DONE", "PAUSED"]


@pytest.mark.requirement("REQ-SES-14")
@pytest.mark.parametrize("state", ANYWHERE)
@pytest.mark.parametrize("number", [row.number for row in faults.FAULTS])
def test_fault_from_anywhere_is_off_at_once_and_latched(state: str, number: int) -> None:
    bench = bench_in(state)
    was_open = bench.session.run.is_open
    bench.inputs.fault, bench.inputs.fault_value, bench.inputs.fault_limit = number, 7, 5
    bench.press()
    bench.inputs.fault = 0
    assert (bench.state, bench.outputs.drive) == ("FAULT", t.DRIVE_OFF)
    assert (bench.view.fault, bench.view.fault_value, bench.view.fault_limit) == (number, 7, 5)
    assert bench.kinds(messages.EVENT_FAULT) == [(number, 7)]
    assert (messages.END_FAULT in [a for a, _ in bench.kinds(messages.EVENT_END)]) == was_open
    assert bench.sounds[-1] == "FAULT"
    bench.ohm = BODY_OHM
    bench.advance(600, t.PRESS_START, t.PRESS_UP, t.PRESS_DOWN, t.PRESS_MODE, t.PRESS_MODE_HELD)
    bench.inputs.stop_pressed = True
    bench.advance(600)
    assert (bench.state, bench.outputs.drive) == ("FAULT", t.DRIVE_OFF)
    assert bench.view.reasons == 0


@pytest.mark.requirement("REQ-SES-14")
def test_fault_stays_for_minutes_whatever_is_pressed() -> None:
    bench = bench_in("HOLD")
    bench.inputs.fault = faults.OVERVOLTAGE
    bench.press()
    bench.inputs.fault = 0
    bench.ohm = BODY_OHM
    for _ in range(10):
        bench.advance(30_000, t.PRESS_START, t.PRESS_UP, t.PRESS_DOWN, t.PRESS_MODE, t.PRESS_MODE_HELD)
        assert (bench.state, bench.outputs.drive) == ("FAULT", t.DRIVE_OFF)


@pytest.mark.requirement("REQ-SES-14")
def test_fault_in_a_ramp_down_is_why_the_session_ended() -> None:
    bench = bench_in("RAMP_DOWN")
    bench.inputs.fault = faults.OVERVOLTAGE
    bench.press()
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_FAULT]
    assert bench.view.end == messages.END_FAULT


@pytest.mark.requirement("REQ-SES-14")
@pytest.mark.parametrize(
    ("name", "value"), [("cause_gone", False), ("stop_pressed", True), ("vbus", True)], ids=["cause", "stop", "usb"]
)
def test_fault_is_left_only_by_start_held_with_its_cause_gone(name: str, value: bool) -> None:
    bench = bench_in("HOLD")
    bench.press(t.PRESS_UP)
    bench.inputs.fault = faults.OVERVOLTAGE
    bench.press()
    bench.inputs.fault = 0
    setattr(bench.inputs, name, value)
    bench.press(t.PRESS_START_HELD)
    assert bench.state == "FAULT"
    assert bench.refusals == [(faults.CAUSE_PRESENT, faults.OVERVOLTAGE, 0)]
    assert not bench.outputs.clear_trip
    assert not bench.outputs.reset_latch
    setattr(bench.inputs, name, not value)
    bench.press(t.PRESS_START_HELD)
    assert bench.state == "IDLE"
    assert bench.outputs.clear_trip
    assert bench.outputs.reset_latch
    assert not bench.outputs.run_self_test
    assert (bench.view.fault, bench.view.fault_value, bench.view.fault_limit) == (0, 0, 0)
    assert (bench.view.mode, bench.view.level_ua) == (HANDS, 5000)
    assert (bench.view.end, bench.view.charge_ua_s, bench.view.remaining_s) == (0, 0, 900)
    bench.press()
    assert not bench.outputs.clear_trip
    assert not bench.outputs.reset_latch


@pytest.mark.requirement("REQ-SES-14")
def test_fault_after_the_self_test_has_passed_is_left_to_idle() -> None:
    bench = Bench().to_idle()
    bench.inputs.fault = faults.OVERVOLTAGE
    bench.press()
    bench.inputs.fault = 0
    bench.press(t.PRESS_START_HELD)
    assert (bench.state, bench.outputs.run_self_test) == ("IDLE", False)
    assert bench.kinds(messages.EVENT_LEVEL) == [], "the level is what it was"


@pytest.mark.requirement("REQ-SES-14")
def test_first_fault_is_kept_and_told_and_later_ones_are_not() -> None:
    bench = bench_in("HOLD")
    for number, rounds in [(4, 3), (0, 1), (1, 2), (5, 1), (0, 1), (5, 2), (4, 1)]:
        bench.inputs.fault = number
        bench.advance(rounds * 5)
    assert bench.view.fault == 4
    assert bench.kinds(messages.EVENT_FAULT) == [(4, 0)]
    assert bench.refusals == []


@pytest.mark.requirement("REQ-SES-14")
def test_fault_during_a_lift_leaves_no_reason_behind() -> None:
    bench = bench_in("HOLD").advance(2000)
    bench.ohm = 7000
    bench.press()
    assert bench.view.reasons & faults.PARTIAL_CONTACT
    bench.inputs.fault = faults.OVERVOLTAGE
    bench.press()
    assert bench.view.reasons == 0


@pytest.mark.requirement("REQ-SES-14")
def test_fault_that_is_still_raised_after_clearing_comes_back() -> None:
    bench = bench_in("FAULT")
    bench.inputs.fault = faults.LATCH
    bench.press(t.PRESS_START_HELD)
    bench.press()
    assert (bench.state, bench.view.fault) == ("FAULT", faults.LATCH)


@pytest.mark.requirement("REQ-SES-14")
def test_hold_time_is_shown_while_it_matters() -> None:
    bench = bench_in("FAULT")
    bench.inputs.start_hold_ms = 1234
    bench.press()
    assert bench.view.hold_ms == 1234
    bench.press(t.PRESS_START_HELD)
    assert bench.view.hold_ms == 0


@pytest.mark.requirement("REQ-SES-14")
@pytest.mark.parametrize("state", ["IDLE", "CONFIRM", "DONE"])
def test_cut_while_nothing_drives_is_acknowledged_and_changes_nothing(state: str) -> None:
    bench = bench_in(state)
    bench.cut = faults.CUT_OPEN
    bench.press()
    assert (bench.state, bench.outputs.clear_trip) == (state, True)
    bench.press()
    assert not bench.outputs.clear_trip


@pytest.mark.requirement("REQ-SES-14")
def test_cut_in_the_first_round_tells_of_no_current() -> None:
    bench = Bench()
    bench.cut = faults.CUT_OPEN
    bench.press()
    assert (bench.state, bench.kinds(messages.EVENT_CUT)) == ("IDLE", [(faults.CUT_OPEN, 0)])


@pytest.mark.requirement("REQ-SES-14")
@pytest.mark.parametrize("state", ["BOOT", "SELF_TEST", "FAULT"])
def test_cut_is_left_alone_where_clearing_it_would_hide_something(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.self_test = None
    bench.cut = faults.CUT_OPEN
    bench.press()
    assert not bench.outputs.clear_trip


@pytest.mark.requirement("REQ-SES-14")
def test_fault_wins_over_a_cut_of_the_same_round() -> None:
    bench = bench_in("HOLD")
    bench.inputs.fault = faults.LATCH
    bench.cut = faults.CUT_OPEN
    bench.press()
    assert bench.state == "FAULT"
    assert not bench.outputs.clear_trip


@pytest.mark.requirement("REQ-SES-21")
def test_self_test_that_fails_is_a_fault_and_must_pass_before_idle() -> None:
    bench = Bench()
    bench.inputs.self_test = faults.STUCK_BUTTON
    bench.inputs.fault_value = 4
    bench.advance(10)
    assert (bench.state, bench.view.fault, bench.view.fault_value) == ("FAULT", faults.STUCK_BUTTON, 4)
    bench.press(t.PRESS_START_HELD)
    assert (bench.state, bench.outputs.run_self_test, bench.outputs.reset_latch) == ("SELF_TEST", True, True)
    bench.inputs.self_test = None
    bench.advance(1000, t.PRESS_START)
    assert (bench.state, bench.outputs.run_self_test) == ("SELF_TEST", False)
    bench.inputs.self_test = faults.K1_LEAK
    bench.press()
    assert (bench.state, bench.view.fault) == ("FAULT", faults.K1_LEAK)
    bench.press(t.PRESS_START_HELD)
    bench.inputs.self_test = 0
    bench.press()
    assert (bench.state, bench.view.fault) == ("IDLE", 0)


@pytest.mark.requirement("REQ-SES-19")
def test_self_test_that_passes_tells_of_no_cut_and_clears_nothing() -> None:
    bench = bench_in("SELF_TEST")
    bench.inputs.self_test = 0
    bench.press()
    assert (bench.state, bench.outputs.clear_trip) == ("IDLE", False)
    assert bench.kinds(messages.EVENT_CUT) == []


@pytest.mark.requirement("REQ-SES-21")
def test_fault_during_the_self_test_leads_back_to_it() -> None:
    bench = bench_in("SELF_TEST")
    bench.inputs.fault = faults.LATCH
    bench.press()
    bench.inputs.fault = 0
    bench.press(t.PRESS_START_HELD)
    assert (bench.state, bench.outputs.run_self_test) == ("SELF_TEST", True)


@pytest.mark.requirement("REQ-SES-14", "REQ-PWR-1")
def test_fault_that_was_to_follow_a_ramp_does_not_come_back_after_a_graver_one_has_cut_it_short() -> None:
    bench = Bench().to_hold(limits.FACE)
    bench.inputs.vbus = True
    bench.press()
    assert bench.state == "RAMP_DOWN"  # the fault of the service USB comes at its end
    bench.inputs.fault = faults.OVERVOLTAGE
    bench.press()
    bench.inputs.fault, bench.inputs.vbus = 0, False
    assert bench.view.fault == faults.OVERVOLTAGE
    bench.advance(1000)
    bench.press(t.PRESS_START_HELD)
    bench.advance(2000)
    assert (bench.state, bench.view.fault) == ("IDLE", 0)


@pytest.mark.requirement("REQ-SES-14", "REQ-TRP-14")
def test_fault_that_was_to_follow_a_ramp_does_not_come_back_in_the_self_test_after_a_flipped_bit() -> None:
    bench = Bench().to_hold(limits.FACE)
    bench.inputs.vbus = True
    bench.press()
    bench.session.run.treated_ms ^= 1
    bench.press()
    assert bench.view.fault == faults.STATE_CORRUPT
    bench.inputs.vbus = False
    bench.inputs.self_test = None
    bench.press(t.PRESS_START_HELD)
    bench.advance(500)
    assert (bench.state, bench.view.fault) == ("SELF_TEST", 0)
    bench.inputs.self_test = 0
    bench.press()
    assert (bench.state, bench.view.fault) == ("IDLE", 0)
