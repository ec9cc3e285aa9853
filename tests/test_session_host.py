"""What a host may do, stop or lower, and what the service USB does."""

import pytest

from ionto import faults, limits, messages, states
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, OPEN, bench_in

FACE = limits.FACE

WAITING = ["CONFIRM", "ARMING", "ARMED"]
TREATING = ["RAMP_UP", "HOLD", "REVERSING", "REVERSING_AT_REST"]
AT_REST = ["BOOT", "SELF_TEST", "IDLE", "DONE", "FAULT"]


@pytest.mark.requirement("REQ-SES-17")
@pytest.mark.parametrize("state", WAITING)
def test_host_stop_before_treatment_goes_idle(state: str) -> None:
    bench = bench_in(state)
    assert bench.session.would_stop() is None
    bench.inputs.host_stop = True
    bench.press()
    assert (bench.state, bench.outputs.drive) == ("IDLE", t.DRIVE_OFF)


@pytest.mark.requirement("REQ-SES-17")
@pytest.mark.parametrize("state", [*TREATING, "PAUSED"])
def test_host_stop_during_treatment_is_off_within_one_second(state: str) -> None:
    bench = bench_in(state)
    assert bench.session.would_stop() is None
    bench.inputs.host_stop = True
    bench.advance(955)
    assert (bench.state, bench.outputs.drive, bench.view.end) == ("DONE", t.DRIVE_OFF, messages.END_HOST)
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_HOST]


@pytest.mark.requirement("REQ-SES-17")
def test_new_start_in_the_very_round_of_a_host_stop_begins_with_the_output_off() -> None:
    bench = bench_in("ARMED")
    bench.inputs.host_stop = True
    bench.press(t.PRESS_START, t.PRESS_START)
    assert (bench.state, bench.outputs.drive) == ("ARMING", t.DRIVE_OFF)


@pytest.mark.requirement("REQ-SES-17")
@pytest.mark.parametrize("state", AT_REST)
def test_host_stop_at_rest_is_refused_without_a_sound(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.self_test = None
    bench.press()
    bench.sounds.clear()
    refused = (faults.NOT_IN_STATE, bench.view.state, 0)
    assert bench.session.would_stop() == refused
    bench.inputs.host_stop = True
    bench.press()
    assert bench.refusals == [refused]
    assert bench.kinds(messages.EVENT_REFUSED) == [refused[:2]]
    assert (bench.view.refusal, bench.sounds) == (0, [])


LEVEL_STATES = ["IDLE", *WAITING, "RAMP_UP", "HOLD", "PAUSED", "REVERSING"]


@pytest.mark.requirement("REQ-SES-17")
@pytest.mark.parametrize("state", LEVEL_STATES)
@pytest.mark.parametrize(
    ("level_ua", "code"),
    [
        (5001, faults.WOULD_RAISE), (5000, 0), (4999, 0), (777, 0), (501, 0), (500, 0), (499, faults.BELOW_MINIMUM),
        (0, faults.BELOW_MINIMUM), (65535, faults.WOULD_RAISE),
    ],
)  # fmt: skip
def test_host_lowers_the_level_to_any_microampere_and_never_raises_it(state: str, level_ua: int, code: int) -> None:
    bench = bench_in(state)
    assert bench.view.level_ua == 5000
    limit = 5000 if code == faults.WOULD_RAISE else 500
    refused = (code, level_ua, limit) if code else None
    assert bench.session.would_lower(level_ua) == refused
    bench.inputs.host_level_ua = level_ua
    bench.press()
    assert bench.view.level_ua == (5000 if code else level_ua)
    assert bench.refusals == ([refused] if refused else [])
    assert bench.view.refusal == 0
    if bench.state in ("RAMP_UP", "HOLD"):
        assert bench.outputs.target_ua == bench.view.level_ua
    if state == "HOLD":
        assert bench.state == ("RAMP_UP" if not code and level_ua != 5000 else "HOLD")


@pytest.mark.requirement("REQ-SES-17", "REQ-LNK-2")
def test_host_that_asks_twice_in_a_round_gets_the_lower_of_both() -> None:
    session = bench_in("HOLD").session
    assert session.would_lower(2000, 2000) is None
    assert session.would_lower(1999, 2000) is None
    assert session.would_lower(2001, 2000) == (faults.WOULD_RAISE, 2001, 2000)
    assert session.would_lower(499, 500) == (faults.BELOW_MINIMUM, 499, 500)


@pytest.mark.requirement("REQ-SES-17")
@pytest.mark.parametrize("state", ["BOOT", "SELF_TEST", "RAMP_DOWN", "DONE", "FAULT"])
@pytest.mark.parametrize("level_ua", [500, 65535])
def test_host_level_where_there_is_none_is_refused(state: str, level_ua: int) -> None:
    bench = bench_in(state)
    bench.inputs.self_test = None
    bench.press()
    refused = (faults.NOT_IN_STATE, bench.view.state, 0)
    assert bench.session.would_lower(level_ua) == refused
    bench.inputs.host_level_ua = level_ua
    bench.press()
    assert bench.refusals == [refused]


@pytest.mark.requirement("REQ-SES-3")
def test_steps_from_a_level_between_steps_stop_at_both_limits() -> None:
    bench = bench_in("IDLE", FACE)
    bench.inputs.host_level_ua = 150
    bench.press()
    bench.press(t.PRESS_DOWN)
    assert bench.view.level_ua == 100
    bench.press(t.PRESS_UP)
    bench.inputs.host_level_ua = 150
    bench.press()
    bench.press(*[t.PRESS_UP] * 28)
    assert bench.view.level_ua == 2950
    bench.press(t.PRESS_UP)
    assert bench.view.level_ua == 3000
    assert bench.refusals == []


@pytest.mark.requirement("REQ-SES-16")
@pytest.mark.parametrize("state", ["RAMP_UP", "HOLD", "RAMP_DOWN", "REVERSING", "REVERSING_AT_REST"])
def test_service_usb_during_treatment_ramps_down_fast_and_is_a_fault(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.vbus = True
    bench.advance(955)
    assert (bench.state, bench.outputs.drive, bench.view.fault) == ("FAULT", t.DRIVE_OFF, faults.SERVICE_USB)
    assert (bench.view.fault_value, bench.view.fault_limit) == (1, 0)
    reached = {states.STATES[a]: at for at, kind, a, _ in bench.events if kind == messages.EVENT_STATE}
    assert reached["FAULT"] == reached["DONE"]
    expected = messages.END_START if state == "RAMP_DOWN" else messages.END_FAULT
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [expected]


@pytest.mark.requirement("REQ-SES-16")
def test_service_usb_is_a_fault_even_if_it_is_unplugged_during_the_ramp_or_the_circuit_opens() -> None:
    for opens in (False, True):
        bench = bench_in("HOLD")
        bench.inputs.vbus = True
        bench.advance(50)
        bench.inputs.vbus = False
        bench.ohm = OPEN if opens else BODY_OHM
        bench.advance(955)
        assert (bench.state, bench.view.fault) == ("FAULT", faults.SERVICE_USB)


@pytest.mark.requirement("REQ-SES-16")
def test_fault_during_the_ramp_of_the_service_usb_is_the_one_that_is_kept() -> None:
    bench = bench_in("HOLD")
    bench.inputs.vbus = True
    bench.advance(50)
    bench.inputs.fault = faults.OVERVOLTAGE
    bench.press()
    bench.inputs.fault = 0
    bench.advance(100)
    assert bench.view.fault == faults.OVERVOLTAGE
    assert [a for a, _ in bench.kinds(messages.EVENT_FAULT)] == [faults.OVERVOLTAGE]


@pytest.mark.requirement("REQ-SES-16")
@pytest.mark.parametrize("state", ["ARMING", "ARMED", "PAUSED"])
def test_service_usb_while_probing_is_a_fault_at_once(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.vbus = True
    bench.press()
    assert (bench.state, bench.outputs.drive, bench.view.fault) == ("FAULT", t.DRIVE_OFF, faults.SERVICE_USB)
    assert (bench.view.fault_value, bench.view.fault_limit) == (1, 0)
    assert len(bench.kinds(messages.EVENT_END)) == (state == "PAUSED")


@pytest.mark.requirement("REQ-SES-16")
def test_service_usb_in_confirm_goes_idle_and_says_why() -> None:
    bench = bench_in("CONFIRM").press(t.PRESS_MODE)
    bench.inputs.vbus = True
    bench.press()
    assert not bench.view.editing_minutes
    assert (bench.state, bench.view.refusal) == ("IDLE", faults.SERVICE_USB_PRESENT)
    assert bench.refusals == [(faults.SERVICE_USB_PRESENT, 1, 0)]


@pytest.mark.requirement("REQ-SES-16")
@pytest.mark.parametrize("state", AT_REST)
def test_service_usb_at_rest_changes_nothing(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.vbus = True
    bench.inputs.self_test = None
    bench.advance(1000)
    assert bench.state == ("SELF_TEST" if state == "BOOT" else state)
