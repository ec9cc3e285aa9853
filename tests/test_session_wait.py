"""States that are left by themselves when nobody does anything."""

import pytest

from ionto import faults, limits, messages
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, OPEN, ROUND_MS, WRAP_MS, Bench, bench_in, reach

HANDS = limits.HANDS


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


@pytest.mark.requirement("REQ-SES-7", "REQ-SES-20")
def test_wait_is_over_in_the_very_millisecond_however_long_a_round_is() -> None:
    for round_ms, state in ((59_999, "CONFIRM"), (60_000, "IDLE")):
        bench = Bench().to_idle().press(t.PRESS_START)
        bench.now_ms += round_ms - ROUND_MS
        bench.press()
        assert bench.state == state


@pytest.mark.requirement("REQ-SES-4", "REQ-SES-20")
def test_probe_waits_for_its_dead_time_even_right_after_power_on() -> None:
    for round_ms, drive in ((99, t.DRIVE_OFF), (100, t.DRIVE_PROBE)):
        bench = Bench(12_345).press(t.PRESS_START, t.PRESS_START)
        assert bench.state == "ARMING"
        bench.now_ms += round_ms - ROUND_MS
        bench.press()
        assert bench.outputs.drive == drive


@pytest.mark.requirement("REQ-SES-7")
def test_confirm_starts_its_time_anew_with_each_change() -> None:
    bench = Bench().to_idle().press(t.PRESS_START)
    for press in (t.PRESS_UP, t.PRESS_DOWN, t.PRESS_MODE, t.PRESS_UP):
        bench.advance(59000)
        bench.press(press)
    bench.now_ms += 59_999 - ROUND_MS
    bench.press()
    assert bench.state == "CONFIRM"
    bench.now_ms -= ROUND_MS - 1
    bench.press()
    assert bench.state == "IDLE"


@pytest.mark.requirement("REQ-SES-7")
@pytest.mark.parametrize(("state", "ohm"), [("ARMING", BODY_OHM), ("ARMED", OPEN), ("PAUSED", OPEN)])
def test_wait_with_the_probe_on_is_not_made_longer_by_presses(state: str, ohm: int | None) -> None:
    bench = bench_in(state)
    bench.ohm = ohm
    bench.now_ms += 150_000 - ROUND_MS
    bench.press(t.PRESS_DOWN)
    bench.now_ms += 149_999 - ROUND_MS
    bench.press()
    assert (bench.state, bench.view.needs_start) == (state, False)
    bench.now_ms -= ROUND_MS - 1
    bench.press()
    assert (bench.state, bench.view.needs_start) == (("PAUSED", True) if state == "PAUSED" else ("IDLE", False))
