"""Under current: ramps, time and charge."""

import pytest

from ionto import faults, limits, messages, view
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, OPEN, ROUND_MS, Bench, bench_in

FACE, UNDERARMS, HANDS, FEET = limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET
ALL_MODES = pytest.mark.parametrize("mode", [FACE, UNDERARMS, HANDS, FEET])


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


@pytest.mark.requirement("REQ-CON-1")
@ALL_MODES
def test_circuit_under_current_is_what_the_resistance_says(mode: int) -> None:
    bench = Bench().to_hold(mode)
    contact_ohm = limits.MODES[mode].contact_ohm
    for ohm, circuit in (
        (299, view.CIRCUIT_SHORT), (300, view.CIRCUIT_CLOSED), (contact_ohm - 1, view.CIRCUIT_CLOSED),
        (contact_ohm, view.CIRCUIT_BETWEEN), (None, view.CIRCUIT_UNKNOWN),
    ):  # fmt: skip
        bench._plant()
        bench.inputs.resistance_ohm = ohm
        bench.session.lift.reset()  # as if it had changed slowly
        bench.session.step(bench.now_ms, bench.inputs)
        assert bench.view.circuit == circuit


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
    return bench.charge_ua_ms // 1000 - bench.session.run.charge_ua_s


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


@pytest.mark.requirement("REQ-SES-8")
def test_time_that_is_left_is_shown_in_seconds_that_have_begun() -> None:
    bench = one_minute(Bench(), HANDS)
    for left_ms, shown_s, state in (
        (30_001, 31, "HOLD"), (30_000, 30, "HOLD"), (29_999, 30, "HOLD"), (1, 1, "HOLD"), (0, 0, "RAMP_DOWN"),
        (-1, 0, "RAMP_DOWN"),
    ):  # fmt: skip
        if bench.state == "RAMP_UP":
            bench.until("HOLD", 29_000)
        bench.now_ms += 60_000 - bench.session.run.treated_ms - left_ms - ROUND_MS
        bench.press()
        assert (bench.view.remaining_s, bench.state) == (shown_s, state)


@pytest.mark.parametrize("state", ["IDLE", "ARMED", "HOLD", "FAULT"])
def test_what_is_measured_is_shown_in_the_same_round(state: str) -> None:
    bench = bench_in(state)
    readings = {
        "setpoint_ua": 4321, "current_ua": 4322, "current_b_ua": 4323, "voltage_mv": 21_000, "battery_mv": 3801,
        "calibration": messages.CALIBRATION_STORED,
    }  # fmt: skip
    vars(bench.inputs).update(readings, resistance_ohm=4859)
    bench.session.step(bench.now_ms, bench.inputs)
    assert {name: getattr(bench.view, name) for name in readings} == readings
    assert bench.view.resistance_ohm == (4859 if state in ("ARMED", "HOLD") else None), "off has no resistance"


@pytest.mark.requirement("REQ-SES-9")
@ALL_MODES
@pytest.mark.parametrize("over_ua_ms", [-1, 0, 1])
def test_charge_cap_ramps_down_and_says_so_until_idle(mode: int, over_ua_ms: int) -> None:
    bench = Bench().to_hold(mode)
    run = bench.session.run
    before_ua_ms = limits.MODES[mode].max_charge_ua_ms + over_ua_ms - bench.view.setpoint_ua * 5
    run.charge_ua_s, run.charge_rest_ua_ms = divmod(before_ua_ms, 1000)
    bench.session._sealed = None  # what a test writes is no flipped bit
    bench.press()
    if over_ua_ms < 0:
        assert bench.state == "HOLD"
        bench.press()
    assert (bench.state, bench.view.end) == ("RAMP_DOWN", messages.END_CHARGE)
    assert bench.sounds[-1] == "LIMIT"
    assert bench.outputs.ramp_down_ua_per_s == limits.MODES[mode].ramp_down_ua_per_s
    bench.until("DONE", 30000)
    assert bench.view.reasons == faults.CHARGE_CAP
    bench.press(t.PRESS_START)
    assert (bench.state, bench.view.reasons, bench.view.end) == ("IDLE", 0, 0)
    assert bench.refusals == [], "it is told once"


@pytest.mark.requirement("REQ-SES-9")
def test_charge_cap_in_the_round_in_which_the_time_is_over_is_the_end() -> None:
    bench = bench_in("HOLD")
    run = bench.session.run
    run.charge_ua_s = limits.MODES[HANDS].max_charge_ua_ms // 1000
    run.treated_ms = bench.view.minutes * 60_000
    bench.session._sealed = None  # what a test writes is no flipped bit
    bench.press()
    assert (bench.state, bench.view.end, bench.refusals) == ("RAMP_DOWN", messages.END_CHARGE, [])


@pytest.mark.requirement("REQ-SES-9")
def test_charge_counts_from_the_first_current_to_the_end_and_never_backwards() -> None:
    bench = Bench()
    session, inputs = bench.session, bench.inputs
    bench.to_idle()
    inputs.charge_ua_ms = 10**9
    session.step(bench.now_ms, inputs)
    assert (session.run.charge_ua_s, session.run.charge_rest_ua_ms) == (0, 0)
    bench.to_hold()
    assert 0 < bench.view.charge_ua_s < 2000
    before = session.run.charge_ua_s, session.run.charge_rest_ua_ms
    for charge_ua_ms in (-(10**9), -1, 0):
        inputs.charge_ua_ms = charge_ua_ms
        session.step(bench.now_ms, inputs)
        assert (session.run.charge_ua_s, session.run.charge_rest_ua_ms) == before
    inputs.charge_ua_ms = 1_000_001
    session.step(bench.now_ms, inputs)
    assert session.run.charge_ua_s * 1000 + session.run.charge_rest_ua_ms == before[0] * 1000 + before[1] + 1_000_001
    assert session.run.charge_rest_ua_ms < 1000
