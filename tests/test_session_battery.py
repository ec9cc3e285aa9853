"""A battery that is too low for a session, and one that falls during a session: at its limits, in every state."""

import pytest

from ionto import faults, limits, messages
from ionto import session_table as t
from tests.test_session_support import ROUND_MS, Bench, bench_in

pytestmark = pytest.mark.requirement("REQ-PWR-1")

LOW_MV = limits.BATTERY_END_MV - 1


@pytest.mark.parametrize("state", ["IDLE", "CONFIRM"])
def test_start_is_refused_below_the_voltage_that_a_session_takes(state: str) -> None:
    bench = bench_in(state)
    bench.refusals.clear()
    bench.inputs.battery_mv = limits.BATTERY_START_MV - 1
    bench.advance(2000, t.PRESS_START)
    assert bench.state == state
    assert bench.refusals == [(faults.BATTERY_LOW, limits.BATTERY_START_MV - 1, limits.BATTERY_START_MV)]
    bench.inputs.battery_mv = limits.BATTERY_START_MV
    bench.press(t.PRESS_START)
    assert bench.state == {"IDLE": "CONFIRM", "CONFIRM": "ARMING"}[state]


@pytest.mark.parametrize("state", ["RAMP_UP", "HOLD", "PAUSED"])
def test_session_goes_on_down_to_the_voltage_at_which_it_ends(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.battery_mv = limits.BATTERY_END_MV
    bench.advance(3000)
    assert bench.view.end == 0
    assert bench.state in ("RAMP_UP", "HOLD", "PAUSED")


@pytest.mark.parametrize("state", ["RAMP_UP", "HOLD", "REVERSING"])
def test_session_under_current_ends_by_the_ramp_of_its_mode(state: str) -> None:
    bench = bench_in(state)
    bench.inputs.battery_mv = LOW_MV
    bench.advance(limits.BATTERY_LOW_MS - ROUND_MS)
    assert bench.view.end == 0
    bench.advance(ROUND_MS)
    assert (bench.state, bench.view.end) == ("RAMP_DOWN", messages.END_BATTERY)
    assert bench.outputs.drive == t.DRIVE_CURRENT
    assert bench.outputs.target_ua == 0
    assert bench.outputs.ramp_down_ua_per_s == bench.mode.ramp_down_ua_per_s
    bench.until("DONE", 30000)
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_BATTERY]


def test_dip_that_is_over_in_time_ends_nothing() -> None:
    bench = bench_in("HOLD")
    for _ in range(3):
        bench.inputs.battery_mv = LOW_MV
        bench.advance(limits.BATTERY_LOW_MS - ROUND_MS)
        bench.inputs.battery_mv = limits.BATTERY_END_MV
        bench.advance(ROUND_MS)
    assert bench.state == "HOLD"


@pytest.mark.parametrize("state", ["CONFIRM", "ARMING", "ARMED"])
def test_before_the_current_it_goes_idle_and_says_why(state: str) -> None:
    bench = bench_in(state).press(t.PRESS_MODE)
    bench.inputs.battery_mv = LOW_MV
    bench.advance(limits.BATTERY_LOW_MS + 2 * ROUND_MS)
    assert (bench.state, bench.outputs.drive, bench.view.refusal) == ("IDLE", t.DRIVE_OFF, faults.BATTERY_LOW)
    assert not bench.view.editing_minutes
    assert (faults.BATTERY_LOW, LOW_MV, limits.BATTERY_END_MV) in bench.refusals
    assert bench.kinds(messages.EVENT_END) == []


def test_pause_ends() -> None:
    bench = bench_in("PAUSED")
    bench.inputs.battery_mv = LOW_MV
    bench.advance(limits.BATTERY_LOW_MS + 2 * ROUND_MS)
    assert (bench.state, bench.outputs.drive, bench.view.end) == ("DONE", t.DRIVE_OFF, messages.END_BATTERY)
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_BATTERY]


@pytest.mark.parametrize("state", ["IDLE", "DONE", "FAULT"])
def test_at_rest_nothing_changes(state: str) -> None:
    bench = bench_in(state)
    view = bench.view
    bench.inputs.battery_mv = LOW_MV
    before = (bench.state, view.fault, view.end, list(bench.refusals))
    bench.advance(3000)
    assert (bench.state, view.fault, view.end, bench.refusals) == before


def test_ramp_down_goes_on_as_it_was() -> None:
    bench = bench_in("RAMP_DOWN")
    end, slope = bench.view.end, bench.outputs.ramp_down_ua_per_s
    bench.inputs.battery_mv = LOW_MV
    bench.advance(limits.BATTERY_LOW_MS)
    assert (bench.view.end, bench.outputs.ramp_down_ua_per_s) == (end, slope)
    bench.until("DONE", 30000)


def test_charged_again_a_session_begins() -> None:
    bench = Bench().to_idle()
    bench.inputs.battery_mv = LOW_MV
    bench.advance(2000, t.PRESS_START)
    bench.inputs.battery_mv = limits.BATTERY_START_MV
    bench.press(t.PRESS_START).press(t.PRESS_START)
    bench.advance(2000)
    assert bench.state == "ARMED"
