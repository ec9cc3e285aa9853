"""How a session goes, press by press, with a drive that ramps and a circuit that opens and closes."""

import pytest
from ionto import faults, limits, messages, view
from ionto import session_table as t

from tests.test_session_support import BODY_OHM, OPEN, WRAP_MS, Bench

FACE, UNDERARMS, HANDS, FEET = limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET
ALL_MODES = pytest.mark.parametrize("mode", [FACE, UNDERARMS, HANDS, FEET])


@pytest.mark.requirement("REQ-SES-3")
def test_power_on_is_face_with_its_defaults_after_the_self_test() -> None:
    bench = Bench()
    bench.inputs.self_test = None
    assert bench.state == "BOOT"
    assert (bench.view.mode, bench.view.level_ua, bench.view.minutes) == (FACE, 500, 10)
    bench.advance(500)
    assert bench.state == "SELF_TEST"
    bench.inputs.self_test = 0
    bench.press()
    assert bench.state == "IDLE"
    assert (bench.view.mode, bench.view.level_ua, bench.view.minutes, bench.view.remaining_s) == (FACE, 500, 10, 600)
    assert not bench.view.reverse_enabled
    assert not bench.view.polarity_reversed


@pytest.mark.requirement("REQ-SES-3")
def test_mode_cycles_and_takes_each_mode_s_defaults() -> None:
    bench = Bench().to_idle()
    bench.press(t.PRESS_UP)
    seen = []
    for _ in range(4):
        bench.press(t.PRESS_MODE)
        seen.append((bench.view.mode, bench.view.level_ua, bench.view.minutes))
    assert seen == [(UNDERARMS, 1500, 15), (HANDS, 5000, 15), (FEET, 8000, 20), (FACE, 500, 10)]
    assert bench.kinds(messages.EVENT_MODE) == [(1, 0), (2, 1), (3, 2), (0, 3)]
    assert bench.kinds(messages.EVENT_LEVEL) == [(600, 500), (1500, 600), (5000, 1500), (8000, 5000), (500, 8000)]
    assert bench.kinds(messages.EVENT_MINUTES) == [(15, 10), (20, 15), (10, 20)]


@pytest.mark.requirement("REQ-SES-3")
def test_mode_change_reports_no_level_or_minutes_that_stay() -> None:
    bench = Bench().to_idle()
    bench.press(*[t.PRESS_UP] * 10)
    assert bench.view.level_ua == 1500
    bench.events.clear()
    bench.press(t.PRESS_MODE)
    assert bench.kinds(messages.EVENT_LEVEL) == []


@pytest.mark.requirement("REQ-SES-3")
@ALL_MODES
@pytest.mark.parametrize("state", ["IDLE", "CONFIRM", "ARMING", "ARMED"])
def test_level_goes_by_steps_and_is_refused_at_both_ends(mode: int, state: str) -> None:
    bench = Bench().to_idle(mode)
    reach(bench, state)
    row = limits.MODES[mode]
    levels = {bench.view.level_ua}
    for _ in range(60):
        bench.press(t.PRESS_UP)
        levels.add(bench.view.level_ua)
    assert bench.view.level_ua == row.max_ua
    assert bench.refusals[-1] == (faults.ABOVE_MAXIMUM, row.max_ua + row.step_ua, row.max_ua)
    assert bench.view.refusal == faults.ABOVE_MAXIMUM
    for _ in range(60):
        bench.press(t.PRESS_DOWN)
        levels.add(bench.view.level_ua)
    assert levels == set(range(row.step_ua, row.max_ua + 1, row.step_ua))
    assert bench.refusals[-1] == (faults.BELOW_MINIMUM, 0, row.step_ua)
    assert bench.sounds[-1] == "LIMIT"
    assert bench.state == state


def reach(bench: Bench, state: str) -> None:
    for _ in range({"IDLE": 0, "CONFIRM": 1, "ARMING": 2, "ARMED": 2}[state]):
        bench.press(t.PRESS_START)
    bench.ohm = BODY_OHM if state == "ARMING" else OPEN
    bench.until(state, 2000)


@pytest.mark.requirement("REQ-SES-3")
@ALL_MODES
@pytest.mark.parametrize("state", ["CONFIRM", "ARMING", "ARMED"])
def test_minutes_go_from_one_to_the_mode_s_maximum(mode: int, state: str) -> None:
    bench = Bench().to_idle(mode)
    reach(bench, state)
    row = limits.MODES[mode]
    bench.press(t.PRESS_MODE)
    assert bench.view.editing_minutes
    bench.press(*[t.PRESS_UP] * 30)
    assert bench.view.minutes == row.max_min
    assert bench.view.remaining_s == row.max_min * 60
    assert bench.refusals[-1] == (faults.ABOVE_MAXIMUM, row.max_min + 1, row.max_min)
    bench.press(*[t.PRESS_DOWN] * 40)
    assert bench.view.minutes == 1
    assert bench.refusals[-1] == (faults.BELOW_MINIMUM, 0, 1)
    assert bench.view.level_ua == row.default_ua
    bench.press(t.PRESS_MODE, t.PRESS_UP)
    assert not bench.view.editing_minutes
    assert (bench.view.level_ua, bench.view.minutes) == (row.default_ua + row.step_ua, 1)


@pytest.mark.requirement("REQ-SES-3")
def test_editing_minutes_ends_with_the_state_it_belongs_to() -> None:
    for presses in ((t.PRESS_START_HELD,), (t.PRESS_START,)):
        bench = Bench().to_idle()
        bench.press(t.PRESS_START).press(t.PRESS_MODE).press(*presses)
        assert not bench.view.editing_minutes
    bench = Bench().to_armed()
    bench.press(t.PRESS_MODE)
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 2000)
    assert not bench.view.editing_minutes


@pytest.mark.requirement("REQ-SES-13")
@ALL_MODES
def test_reversal_can_be_set_only_where_the_mode_has_one(mode: int) -> None:
    bench = Bench().to_idle(mode)
    bench.press(t.PRESS_MODE_HELD)
    if mode in (HANDS, FEET):
        assert bench.view.reverse_enabled
        bench.press(t.PRESS_MODE_HELD)
    else:
        assert bench.refusals == [(faults.MODE_HAS_NO_REVERSAL, mode, 0)]
    assert not bench.view.reverse_enabled


@pytest.mark.requirement("REQ-SES-6")
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("stop_pressed", True, faults.STOP_PRESSED),
        ("vbus", True, faults.SERVICE_USB_PRESENT),
        ("calibration", messages.CALIBRATION_NONE, faults.NOT_CALIBRATED),
    ],
)
def test_start_is_refused_while_something_stands_in_the_way(name: str, value: int, code: int) -> None:
    bench = Bench().to_idle()
    fine = getattr(bench.inputs, name)
    setattr(bench.inputs, name, value)
    bench.advance(20, t.PRESS_START)
    assert bench.state == "IDLE"
    assert bench.refusals[0][0] == code
    setattr(bench.inputs, name, fine)
    bench.press(t.PRESS_START)
    assert bench.state == "CONFIRM"


@pytest.mark.requirement("REQ-SES-6")
def test_start_in_confirm_and_armed_without_calibration_is_refused() -> None:
    bench = Bench().to_idle().press(t.PRESS_START)
    bench.inputs.calibration = messages.CALIBRATION_NONE
    bench.press(t.PRESS_START)
    assert bench.state == "CONFIRM"
    assert bench.refusals == [(faults.NOT_CALIBRATED, 0, 0)]


@pytest.mark.requirement("REQ-SES-4")
def test_arming_waits_for_half_a_second_of_open_circuit() -> None:
    bench = Bench().to_idle().press(t.PRESS_START).press(t.PRESS_START)
    assert bench.state == "ARMING"
    bench.ohm = BODY_OHM
    bench.advance(5000)
    assert (bench.state, bench.view.circuit) == ("ARMING", view.CIRCUIT_CLOSED)
    for ohm, circuit in [(60000, view.CIRCUIT_BETWEEN), (100, view.CIRCUIT_SHORT)]:
        bench.ohm = ohm
        bench.advance(5000)
        assert (bench.state, bench.view.circuit) == ("ARMING", circuit)
    bench.ohm = OPEN
    bench.advance(500)
    bench.ohm = BODY_OHM
    bench.advance(50)
    bench.ohm = OPEN
    bench.advance(500)
    assert (bench.state, bench.view.circuit) == ("ARMING", view.CIRCUIT_OPEN)
    bench.press()
    assert bench.state == "ARMED"


@pytest.mark.requirement("REQ-SES-4")
def test_start_in_arming_and_armed_says_what_is_missing() -> None:
    bench = Bench().to_idle().press(t.PRESS_START).press(t.PRESS_START)
    bench.ohm = BODY_OHM
    bench.advance(700, t.PRESS_START)
    bench.press(t.PRESS_START)
    bench.advance(2000)
    bench.press(t.PRESS_START)
    assert [code for code, _, _ in bench.refusals] == [faults.CIRCUIT_CLOSED] * 3
    assert bench.state == "ARMING"
    bench.ohm = OPEN
    bench.until("ARMED", 1000)
    bench.press(t.PRESS_START)
    assert bench.refusals[-1] == (faults.NO_CONTACT, view.CIRCUIT_OPEN, 0)
    assert bench.state == "ARMED"


@pytest.mark.requirement("REQ-SES-4")
@ALL_MODES
def test_contact_steady_for_one_second_begins_the_ramp(mode: int) -> None:
    bench = Bench().to_armed(mode)
    bench.advance(1000)
    bench.ohm = limits.MODES[mode].contact_ohm - 1
    bench.advance(1000)
    assert bench.state == "ARMED"
    bench.press()
    assert bench.state == "RAMP_UP"
    assert bench.outputs.target_ua == limits.MODES[mode].default_ua
    assert bench.sounds[-1] == "START"
    assert bench.view.reasons == faults.RAMPING


@pytest.mark.requirement("REQ-SES-4")
@pytest.mark.parametrize("ohm", [50000, 100000, 200000, OPEN, 299])
def test_what_is_no_contact_never_begins_the_ramp(ohm: int | None) -> None:
    bench = Bench().to_armed()
    bench.ohm = ohm
    bench.advance(20000)
    assert bench.state == "ARMED"


@pytest.mark.requirement("REQ-SES-4")
def test_contact_that_flickers_never_begins_the_ramp() -> None:
    bench = Bench().to_armed()
    for _ in range(20):
        bench.ohm = BODY_OHM
        bench.advance(995)
        bench.ohm = 70000
        bench.advance(5)
    assert bench.state == "ARMED"


@pytest.mark.requirement("REQ-SES-4")
def test_short_is_refused_once_and_again_after_it_was_gone() -> None:
    bench = Bench().to_armed()
    short = (faults.ELECTRODES_SHORT, 250, limits.SHORT_OHM)
    bench.ohm = 250
    bench.advance(1000)
    assert (bench.refusals, bench.view.circuit) == ([], view.CIRCUIT_SHORT)
    bench.advance(5000)
    assert bench.refusals == [short]
    bench.ohm = OPEN
    bench.advance(100)
    bench.ohm = 250
    bench.advance(2000)
    assert bench.refusals == [short, short]
    assert "REFUSED" in bench.sounds


@pytest.mark.requirement("REQ-SES-18")
@ALL_MODES
def test_ramp_reaches_the_level_with_the_mode_s_slope_and_holds(mode: int) -> None:
    bench = Bench().to_ramp_up(mode)
    row = limits.MODES[mode]
    began_ua = bench.setpoint_na // 1000
    took_ms = bench.until("HOLD", 60000)
    assert took_ms == pytest.approx(1000 * abs(row.default_ua - began_ua) / row.ramp_up_ua_per_s, rel=0.05, abs=50)
    assert bench.view.reasons == 0
    assert bench.view.setpoint_ua == row.default_ua


@pytest.mark.requirement("REQ-SES-18")
@ALL_MODES
def test_up_and_down_in_hold_are_ramped_and_never_pass_the_maximum(mode: int) -> None:
    bench = Bench().to_hold(mode)
    row = limits.MODES[mode]
    bench.press(t.PRESS_UP)
    assert (bench.state, bench.outputs.target_ua) == ("RAMP_UP", row.default_ua + row.step_ua)
    assert bench.view.reasons == faults.RAMPING
    bench.until("HOLD", 5000)
    bench.press(t.PRESS_DOWN)
    assert (bench.state, bench.outputs.target_ua) == ("RAMP_UP", row.default_ua)
    assert bench.outputs.ramp_down_ua_per_s == row.ramp_down_ua_per_s
    bench.press(*[t.PRESS_UP] * 60)
    assert bench.outputs.target_ua == row.max_ua
    assert bench.refusals[-1] == (faults.ABOVE_MAXIMUM, row.max_ua + row.step_ua, row.max_ua)
    bench.until("HOLD", 80000)
    bench.press(t.PRESS_UP)
    assert (bench.state, bench.outputs.target_ua) == ("HOLD", row.max_ua)


@pytest.mark.requirement("REQ-SES-18")
def test_target_that_has_just_changed_is_not_taken_for_reached() -> None:
    bench = Bench().to_hold()
    bench.inputs.at_target = True
    bench.press(t.PRESS_UP)
    assert bench.state == "RAMP_UP"
    assert bench.view.reasons & faults.RAMPING


@pytest.mark.requirement("REQ-SES-8")
@ALL_MODES
def test_time_over_ramps_down_normally_and_shows_the_result(mode: int) -> None:
    bench = one_minute(Bench(), mode)
    row = limits.MODES[mode]
    bench.until("RAMP_DOWN", 70000)
    assert bench.session.run.treated_ms == 60000
    assert bench.outputs.ramp_down_ua_per_s == row.ramp_down_ua_per_s
    assert (bench.view.remaining_s, bench.view.end) == (0, messages.END_TIME)
    took_ms = bench.until("DONE", 20000)
    assert took_ms == pytest.approx(1000 * bench.view.level_ua / row.ramp_down_ua_per_s, rel=0.05, abs=20)
    assert bench.outputs.drive == t.DRIVE_OFF
    assert bench.kinds(messages.EVENT_END) == [(messages.END_TIME, bench.charge_ua_ms // 1000 - probe_charge(bench))]
    assert bench.sounds[-1] == "DONE"
    assert bench.view.charge_ua_s > 0


def one_minute(bench: Bench, mode: int) -> Bench:
    bench.to_idle(mode).press(t.PRESS_START).press(t.PRESS_MODE).press(*[t.PRESS_DOWN] * 40).press(t.PRESS_START)
    bench.until("ARMED", 2000)
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 3000)
    return bench


def probe_charge(bench: Bench) -> int:
    """uA s that flowed before the session's start, which its charge leaves out."""
    return bench.charge_ua_ms // 1000 - bench.session.run.charge_ua_ms // 1000


@pytest.mark.requirement("REQ-SES-8")
def test_time_stands_still_without_current_and_in_a_pause() -> None:
    bench = Bench().to_hold()
    bench.advance(3000)
    before_s = bench.view.remaining_s
    bench.ohm = OPEN
    bench.advance(4000)
    assert bench.state == "PAUSED"
    assert bench.view.remaining_s == before_s
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 2000)
    assert bench.view.remaining_s == before_s
    bench.advance(2500)
    assert bench.view.remaining_s in (before_s - 2, before_s - 3)


@pytest.mark.requirement("REQ-SES-8")
def test_time_stands_still_while_no_current_is_measured() -> None:
    bench = Bench().to_hold()
    session = bench.session
    before_ms = session.run.treated_ms
    for current_ua in (0, 0, 0, 1):
        bench.inputs.current_ua = current_ua
        bench.inputs.presses = ()
        session.step(bench.now_ms, bench.inputs)
        bench.now_ms += 5
    assert session.run.treated_ms == before_ms + 5


@pytest.mark.requirement("REQ-SES-9")
@ALL_MODES
@pytest.mark.parametrize("over_ua_ms", [-1, 0, 1])
def test_charge_cap_ramps_down_and_says_so_until_idle(mode: int, over_ua_ms: int) -> None:
    bench = Bench().to_hold(mode)
    run = bench.session.run
    run.charge_ua_ms = limits.MODES[mode].max_charge_ua_ms + over_ua_ms - bench.view.setpoint_ua * 5
    bench.press()
    if over_ua_ms < 0:
        assert bench.state == "HOLD"
        bench.press()
    assert (bench.state, bench.view.end) == ("RAMP_DOWN", messages.END_CHARGE)
    assert bench.outputs.ramp_down_ua_per_s == limits.MODES[mode].ramp_down_ua_per_s
    bench.until("DONE", 30000)
    assert bench.view.reasons == faults.CHARGE_CAP
    bench.press(t.PRESS_START)
    assert (bench.state, bench.view.reasons, bench.view.end) == ("IDLE", 0, 0)


@pytest.mark.requirement("REQ-SES-9")
def test_charge_counts_from_the_first_current_to_the_end_and_never_backwards() -> None:
    bench = Bench()
    bench.charge_ua_ms = 10**12
    bench.to_hold()
    assert bench.view.charge_ua_s < 2000
    charge_ua_ms = bench.session.run.charge_ua_ms
    bench.charge_ua_ms -= 10**9
    bench.press()
    assert bench.session.run.charge_ua_ms == charge_ua_ms
    bench.press()
    assert bench.session.run.charge_ua_ms > charge_ua_ms


@pytest.mark.requirement("REQ-SES-7")
def test_done_returns_to_idle_by_start_or_after_a_minute_and_keeps_the_settings() -> None:
    for wait_ms, presses in [(5, (t.PRESS_START,)), (60000, ())]:
        bench = Bench().to_hold(HANDS)
        bench.press(t.PRESS_UP).press(t.PRESS_START)
        assert bench.state == "RAMP_DOWN"
        bench.until("DONE", 20000)
        assert bench.view.end == messages.END_START
        bench.advance(wait_ms - 5)
        assert bench.state == "DONE"
        bench.press(*presses)
        assert bench.state == "IDLE"
        assert (bench.view.mode, bench.view.level_ua, bench.view.end) == (HANDS, 5500, 0)
        assert (bench.view.charge_ua_s, bench.view.remaining_s) == (0, 900)


@pytest.mark.requirement("REQ-SES-7")
def test_done_is_left_by_start_even_while_stop_is_pressed() -> None:
    bench = Bench().to_hold()
    bench.inputs.stop_pressed = True
    bench.until("DONE", 1000)
    bench.press(t.PRESS_START)
    assert bench.state == "IDLE"
    bench.press(t.PRESS_START)
    assert (bench.state, bench.refusals[-1][0]) == ("IDLE", faults.STOP_PRESSED)


@pytest.mark.requirement("REQ-SES-7")
@pytest.mark.parametrize(("state", "limit_ms"), [("CONFIRM", 60000), ("ARMING", 300000), ("ARMED", 300000)])
@pytest.mark.parametrize("start_ms", [0, WRAP_MS - 30000])
def test_waiting_states_return_to_idle_after_their_time(state: str, limit_ms: int, start_ms: int) -> None:
    bench = Bench(start_ms).to_idle()
    reach(bench, state)
    bench.advance(limit_ms - 5)
    assert bench.state == state
    bench.press()
    assert bench.state == "IDLE"
    assert bench.outputs.drive == t.DRIVE_OFF


@pytest.mark.requirement("REQ-SES-7")
def test_confirm_starts_its_time_anew_with_each_change() -> None:
    bench = Bench().to_idle().press(t.PRESS_START)
    for press in (t.PRESS_UP, t.PRESS_DOWN, t.PRESS_MODE, t.PRESS_UP):
        bench.advance(59000)
        bench.press(press)
    bench.advance(59990)
    assert bench.state == "CONFIRM"
    bench.advance(10)
    assert bench.state == "IDLE"


@pytest.mark.requirement("REQ-SES-15")
@pytest.mark.parametrize("state", ["RAMP_UP", "HOLD"])
def test_voltage_limit_is_shown_for_half_a_second_and_is_no_fault(state: str) -> None:
    bench = Bench()
    bench.to_ramp_up() if state == "RAMP_UP" else bench.to_hold()
    bench.inputs.v_limited = True
    bench.press()
    bench.inputs.v_limited = False
    bench.advance(495)
    assert bench.view.reasons & faults.V_LIMIT
    bench.press()
    assert not bench.view.reasons & faults.V_LIMIT
    assert bench.state == state


@pytest.mark.requirement("REQ-SES-15")
def test_voltage_limit_is_dropped_when_the_treatment_ends() -> None:
    bench = Bench().to_hold()
    bench.inputs.v_limited = True
    bench.press(t.PRESS_START)
    assert bench.view.reasons == faults.RAMPING
    assert bench.kinds(messages.EVENT_REASON)[-1] == (faults.RAMPING, 0)


@pytest.mark.requirement("REQ-SES-19")
def test_refusal_is_shown_for_two_seconds() -> None:
    bench = Bench().to_idle()
    bench.press(t.PRESS_START_HELD)
    assert bench.refusals == [(faults.NOT_IN_STATE, 2, 0)]
    assert bench.kinds(messages.EVENT_REFUSED) == [(faults.NOT_IN_STATE, 2)]
    bench.advance(1995)
    assert bench.view.refusal == faults.NOT_IN_STATE
    bench.press()
    assert bench.view.refusal == 0


@pytest.mark.requirement("REQ-SES-19")
def test_presses_are_heard_and_the_more_important_sound_wins() -> None:
    bench = Bench().to_idle()
    bench.press(t.PRESS_UP)
    bench.press(t.PRESS_UP, t.PRESS_START_HELD)
    assert bench.sounds == ["KEY", "REFUSED"]


@pytest.mark.requirement("REQ-SES-19")
def test_every_state_change_is_an_event() -> None:
    bench = Bench().to_hold()
    bench.press(t.PRESS_START)
    bench.until("DONE", 20000)
    bench.press(t.PRESS_START)
    path = ["SELF_TEST", "IDLE", "CONFIRM", "ARMING", "ARMED", "RAMP_UP", "HOLD", "RAMP_DOWN", "DONE", "IDLE"]
    assert bench.path() == path
    changes = bench.kinds(messages.EVENT_STATE)
    assert all(old == new for (new, _), (_, old) in zip(changes, changes[1:], strict=False))


@pytest.mark.requirement("REQ-SES-20")
def test_time_that_jumps_backwards_counts_as_nothing() -> None:
    bench = Bench(50000).to_hold()
    treated_ms = bench.session.run.treated_ms
    bench.now_ms -= 10000
    bench.press()
    assert bench.session.run.treated_ms == treated_ms
    assert bench.state == "HOLD"
