"""How a session goes, press by press, with a drive that ramps and a circuit that opens and closes."""

import itertools

import pytest

from ionto import faults, limits, messages, session_data, view
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, OPEN, Bench

FACE, UNDERARMS, HANDS, FEET = limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET
ALL_MODES = pytest.mark.parametrize("mode", [FACE, UNDERARMS, HANDS, FEET])


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
    assert bench.path() == ["SELF_TEST", "IDLE"], "not even for one round"
    assert bench.refusals == [(code, int(value), 0)]
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
def test_probe_that_has_not_settled_says_nothing() -> None:
    bench = Bench().to_idle().press(t.PRESS_START).press(t.PRESS_START)
    while bench.outputs.drive == t.DRIVE_OFF:
        bench.press()
    for _ in range(49):
        bench.press()
        assert bench.view.circuit == view.CIRCUIT_UNKNOWN
    bench.press()
    assert bench.view.circuit == view.CIRCUIT_OPEN


@pytest.mark.requirement("REQ-SES-4")
def test_start_in_arming_and_armed_says_what_is_missing() -> None:
    bench = Bench().to_idle().press(t.PRESS_START).press(t.PRESS_START)
    bench.ohm = BODY_OHM
    bench.advance(700, t.PRESS_START)
    bench.press(t.PRESS_START)
    bench.advance(2000)
    bench.press(t.PRESS_START)
    seen = (view.CIRCUIT_UNKNOWN, view.CIRCUIT_CLOSED, view.CIRCUIT_CLOSED)
    assert bench.refusals == [(faults.CIRCUIT_CLOSED, circuit, 0) for circuit in seen]
    assert (bench.state, bench.view.refusal, bench.sounds[-1]) == ("ARMING", faults.CIRCUIT_CLOSED, "REFUSED")
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


@pytest.mark.requirement("REQ-SES-4", "REQ-CON-2")
def test_contact_counts_anew_once_the_output_has_tested_itself() -> None:
    bench = Bench().to_armed()
    bench.ohm = BODY_OHM
    bench.advance(900)
    assert bench.view.circuit == view.CIRCUIT_CLOSED
    bench.inputs.is_proving = True
    bench.advance(500)
    assert bench.view.circuit == view.CIRCUIT_UNKNOWN
    bench.inputs.is_proving = False
    assert bench.until("RAMP_UP", 2000) == session_data.PROBE_SETTLE_MS + limits.CONTACT_STEADY_MS


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
    bench.cut = faults.CUT_CONTACT_CHANGE
    bench.advance(2000)
    assert bench.refusals == [short, short, short], "the probe has looked anew"
    assert "REFUSED" in bench.sounds


@pytest.mark.requirement("REQ-SES-15")
@pytest.mark.parametrize("state", ["RAMP_UP", "HOLD"])
def test_voltage_limit_is_shown_for_half_a_second_and_is_no_fault(state: str) -> None:
    bench = Bench()
    bench.to_ramp_up() if state == "RAMP_UP" else bench.to_hold()
    bench.inputs.v_limited = True
    bench.press()
    bench.inputs.v_limited = False
    bench.advance(490)
    bench.now_ms += 4  # a long round, up to the last millisecond
    bench.press()
    assert bench.view.reasons & faults.V_LIMIT
    bench.now_ms -= 4
    bench.press()
    assert not bench.view.reasons & faults.V_LIMIT
    assert bench.state == state
    others = bench.view.reasons
    limited = others | faults.V_LIMIT
    assert bench.kinds(messages.EVENT_REASON)[-2:] == [(limited, others), (others, limited)], "told once each"


@pytest.mark.requirement("REQ-SES-15")
def test_voltage_limit_is_dropped_when_the_treatment_ends() -> None:
    bench = Bench().to_hold()
    bench.inputs.v_limited = True
    bench.press()
    assert bench.view.reasons == faults.V_LIMIT
    bench.press(t.PRESS_START)
    assert bench.view.reasons == faults.RAMPING
    assert bench.kinds(messages.EVENT_REASON)[-1] == (faults.RAMPING, faults.V_LIMIT)


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
    assert all(old == new for (new, _), (_, old) in itertools.pairwise(changes))


@pytest.mark.requirement("REQ-SES-20")
def test_time_that_jumps_backwards_counts_as_nothing() -> None:
    bench = Bench(50000).to_hold()
    treated_ms = bench.session.run.treated_ms
    bench.now_ms -= 10000
    bench.press()
    assert bench.session.run.treated_ms == treated_ms
    assert bench.state == "HOLD"
