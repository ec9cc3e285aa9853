"""STOP and START end a treatment, from every state."""

import pytest

from ionto import faults, limits, messages
from ionto import session_table as t
from ionto.session_data import STOP_OFF_MS
from tests.test_session_support import OPEN, ROUND_MS, Bench, bench_in

FACE, UNDERARMS, HANDS, FEET = limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET
ALL_MODES = pytest.mark.parametrize("mode", [FACE, UNDERARMS, HANDS, FEET])

WAITING = ["CONFIRM", "ARMING", "ARMED"]
TREATING = ["RAMP_UP", "HOLD", "REVERSING", "REVERSING_AT_REST"]
AT_REST = ["BOOT", "SELF_TEST", "IDLE", "DONE", "FAULT"]


@pytest.mark.requirement("REQ-SES-5")
@ALL_MODES
def test_stop_at_the_highest_level_is_ramped_and_off_within_one_second(mode: int) -> None:
    bench = Bench().to_hold(mode)
    bench.press(*[t.PRESS_UP] * 60)
    bench.until("HOLD", 80000)
    assert bench.view.setpoint_ua == limits.MODES[mode].max_ua
    bench.inputs.stop_pressed = True
    bench.press()
    assert (bench.state, bench.outputs.target_ua) == ("RAMP_DOWN", 0)
    bench.advance(450)
    assert 0.4 < bench.setpoint_na / 1000 / limits.MODES[mode].max_ua < 0.6, "ramped, not cut"
    took_ms = 455 + bench.until("DONE", 1000)
    assert took_ms < 960
    assert bench.outputs.drive == t.DRIVE_OFF
    assert bench.kinds(messages.EVENT_END)[0][0] == messages.END_STOP
    assert bench.view.end == messages.END_STOP


@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.parametrize("state", ["RAMP_UP", "HOLD", "RAMP_DOWN", "REVERSING", "REVERSING_AT_REST"])
def test_stop_during_treatment_is_off_within_one_second_and_ends_the_session(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.stop_pressed = True
    bench.advance(955)
    assert (bench.state, bench.outputs.drive) == ("DONE", t.DRIVE_OFF)
    assert len(bench.kinds(messages.EVENT_END)) == 1
    bench.advance(5000)
    assert bench.state == "DONE"


@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.parametrize("state", WAITING)
def test_stop_before_treatment_is_off_and_idle_in_the_same_round(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.stop_pressed = True
    bench.press()
    assert (bench.state, bench.outputs.drive) == ("IDLE", t.DRIVE_OFF)
    assert bench.kinds(messages.EVENT_END) == []


@pytest.mark.requirement("REQ-SES-5")
def test_stop_in_a_pause_ends_the_session_in_the_same_round() -> None:
    bench = bench_in("PAUSED")
    bench.inputs.stop_pressed = True
    bench.press()
    assert (bench.state, bench.outputs.drive, bench.view.end) == ("DONE", t.DRIVE_OFF, messages.END_STOP)
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_STOP]


@pytest.mark.requirement("REQ-SES-5")
def test_stop_while_reversing_at_rest_ends_the_session_in_the_same_round() -> None:
    bench = bench_in("REVERSING_AT_REST")
    while bench.outputs.drive != t.DRIVE_PROBE:
        bench.press()
    bench.inputs.stop_pressed = True
    bench.press()
    assert (bench.state, bench.outputs.drive) == ("DONE", t.DRIVE_OFF)


@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.parametrize("state", AT_REST)
def test_stop_at_rest_changes_nothing(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.stop_pressed = True
    bench.inputs.self_test = None
    bench.advance(1000)
    assert bench.state == ("SELF_TEST" if state == "BOOT" else state)
    assert bench.refusals == []


@pytest.mark.requirement("REQ-SES-5")
def test_stop_ramp_is_never_slower_than_the_mode_s() -> None:
    bench = bench_in("RAMP_UP", FACE)
    bench.setpoint_na = 100_000
    bench.inputs.stop_pressed = True
    bench.press()
    assert bench.outputs.ramp_down_ua_per_s == limits.MODES[FACE].ramp_down_ua_per_s


@pytest.mark.requirement("REQ-SES-5")
def test_ramp_after_stop_that_does_not_arrive_is_switched_off() -> None:
    bench = bench_in("HOLD")
    bench.inputs.stop_pressed = True
    bench.press()
    for _ in range(189):
        bench.setpoint_na = 4_000_000
        bench.press()
        assert bench.state == "RAMP_DOWN"
    bench.press()
    assert bench.state == "DONE"
    assert bench.outputs.drive == t.DRIVE_OFF


@pytest.mark.requirement("REQ-SES-5")
def test_ramp_after_stop_is_switched_off_in_the_very_millisecond() -> None:
    for round_ms, state in ((STOP_OFF_MS - 1, "RAMP_DOWN"), (STOP_OFF_MS, "DONE")):
        bench = bench_in("HOLD")
        bench.inputs.stop_pressed = True
        bench.press()
        bench.now_ms += round_ms - ROUND_MS
        bench.press()
        assert bench.state == state


@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.parametrize(("setpoint_ua", "current_ua"), [(5000, 4990), (4990, 5009), (9000, 9000), (4507, 4507)])
def test_ramp_after_stop_is_the_slowest_that_is_at_zero_in_time(setpoint_ua: int, current_ua: int) -> None:
    bench = bench_in("HOLD")
    bench._plant()
    vars(bench.inputs).update(setpoint_ua=setpoint_ua, current_ua=current_ua, stop_pressed=True)
    slope = bench.session.step(bench.now_ms, bench.inputs).ramp_down_ua_per_s
    from_ua = max(setpoint_ua, current_ua)
    assert (slope - 1) * limits.STOP_RAMP_MS < from_ua * 1000 <= slope * limits.STOP_RAMP_MS


@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.parametrize("level_presses", [0, 11])
def test_normal_ramp_may_take_a_quarter_and_a_second_longer_than_it_should(level_presses: int) -> None:
    bench = bench_in("HOLD").press(*[t.PRESS_UP] * level_presses)
    bench.until("HOLD", 30000)
    bench.press(t.PRESS_START)
    expected_ms = bench.view.level_ua * 1000 / limits.MODES[HANDS].ramp_down_ua_per_s * 1.25 + 1000
    took_ms = 0
    while bench.outputs.drive != t.DRIVE_OFF:
        bench.setpoint_na = 4_000_000
        bench.press()
        took_ms += ROUND_MS
    assert took_ms == pytest.approx(expected_ms, abs=ROUND_MS)


@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.parametrize(("state", "after"), [("RAMP_DOWN", "DONE"), ("REVERSING", "REVERSING")])
def test_normal_ramp_that_does_not_arrive_is_switched_off_too(state: str, after: str) -> None:
    bench = bench_in(state)
    expected_ms = 5000 * 1000 // limits.MODES[HANDS].ramp_down_ua_per_s
    for _ in range(expected_ms // 5):
        bench.press()
        bench.setpoint_na = 4_000_000
    assert (bench.state, bench.outputs.drive) == (state, t.DRIVE_CURRENT)
    for _ in range(expected_ms // 5 // 2):
        if bench.outputs.drive != t.DRIVE_OFF:
            bench.press()
            bench.setpoint_na = 4_000_000
    assert (bench.state, bench.outputs.drive) == (after, t.DRIVE_OFF)


@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.parametrize("state", TREATING)
@pytest.mark.parametrize("press", [t.PRESS_START, t.PRESS_START_HELD])
def test_start_during_treatment_ends_it_with_the_normal_ramp(state: str, press: int) -> None:
    bench = bench_in(state)
    bench.press(press)
    assert (bench.state, bench.view.end) == ("RAMP_DOWN", messages.END_START)
    assert bench.outputs.ramp_down_ua_per_s == limits.MODES[HANDS].ramp_down_ua_per_s
    bench.until("DONE", 30000)


@pytest.mark.requirement("REQ-SES-5")
def test_start_ends_a_treatment_even_if_a_new_one_could_not_start() -> None:
    bench = bench_in("HOLD")
    bench.inputs.calibration = messages.CALIBRATION_NONE
    bench.press(t.PRESS_START)
    assert bench.state == "RAMP_DOWN"


@pytest.mark.requirement("REQ-SES-5")
def test_stop_hurries_a_ramp_down_and_the_first_cause_stays() -> None:
    bench = bench_in("RAMP_DOWN")
    slow = bench.outputs.ramp_down_ua_per_s
    bench.inputs.stop_pressed = True
    bench.press()
    fast = bench.outputs.ramp_down_ua_per_s
    assert fast > 5 * slow
    bench.advance(100)
    assert bench.outputs.ramp_down_ua_per_s == fast
    bench.until("DONE", 900)
    assert bench.view.end == messages.END_START


@pytest.mark.requirement("REQ-SES-10")
def test_circuit_that_opens_in_a_ramp_down_ends_it() -> None:
    bench = bench_in("RAMP_DOWN")
    bench.ohm = OPEN
    bench.until("DONE", 15)
    assert (bench.outputs.drive, bench.outputs.clear_trip) == (t.DRIVE_OFF, True)
    assert [a for a, _ in bench.kinds(messages.EVENT_CUT)] == [faults.CUT_OPEN]
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_START]
    assert bench.sounds[-1] == "DONE"
