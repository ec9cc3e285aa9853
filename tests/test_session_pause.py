"""Contact lost: the pause, how contact resumes it, and when it does not any more."""

import pytest

from ionto import faults, limits, messages, view
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, OPEN, ROUND_MS, WRAP_MS, Bench, bench_in

FACE, UNDERARMS, HANDS, FEET = limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET
ALL_MODES = pytest.mark.parametrize("mode", [FACE, UNDERARMS, HANDS, FEET])
FIVE_MIN_MS = 300000


@pytest.mark.requirement("REQ-SES-10")
@ALL_MODES
@pytest.mark.parametrize("cut", [faults.CUT_OPEN, faults.CUT_CONTACT_CHANGE])
def test_cut_under_current_pauses_with_the_output_off(mode: int, cut: int) -> None:
    bench = bench_in("HOLD", mode)
    current_ua = bench.view.current_ua
    bench.cut = cut
    if cut == faults.CUT_CONTACT_CHANGE:
        bench.inputs.fault_value = current_ua = limits.MODES[mode].max_ua + 1
    bench.press()
    assert (bench.state, bench.outputs.drive, bench.outputs.clear_trip) == ("PAUSED", t.DRIVE_OFF, True)
    assert bench.kinds(messages.EVENT_CUT) == [(cut, current_ua)]
    assert bench.sounds[-1] == "LOST"
    bench.press()
    assert not bench.outputs.clear_trip


@pytest.mark.requirement("REQ-SES-10")
def test_cut_tells_the_current_of_the_round_before_it() -> None:
    bench = bench_in("HOLD", HANDS).press(t.PRESS_UP)
    bench.until("HOLD", 5000)
    bench.advance(10)
    bench.cut = faults.CUT_OPEN
    bench.press()
    assert bench.kinds(messages.EVENT_CUT) == [(faults.CUT_OPEN, 5500)]


@pytest.mark.requirement("REQ-SES-10")
def test_probe_comes_back_after_a_dead_time_and_contact_of_one_second_resumes_from_it() -> None:
    bench = Bench().to_paused()
    off_ms = 0
    while bench.outputs.drive == t.DRIVE_OFF:
        bench.press()
        off_ms += 5
    assert (off_ms, bench.outputs.drive) == (100, t.DRIVE_PROBE)
    bench.advance(3000)
    bench.ohm = BODY_OHM
    bench.advance(1000)
    assert bench.state == "PAUSED"
    bench.press()
    assert (bench.state, bench.view.reconnects_left) == ("RAMP_UP", 2)
    assert bench.setpoint_na <= limits.MODES[FACE].probe_limit_ua * 1000
    assert bench.sounds[-1] == "CONTACT"
    bench.until("HOLD", 20000)


@pytest.mark.requirement("REQ-SES-10")
def test_cut_while_probing_is_acknowledged_and_probing_starts_over() -> None:
    for state in ("ARMED", "PAUSED"):
        bench = bench_in(state)
        bench.advance(1000)
        assert bench.outputs.drive == t.DRIVE_PROBE
        bench.cut = faults.CUT_CONTACT_CHANGE
        bench.press()
        assert (bench.state, bench.outputs.drive, bench.outputs.clear_trip) == (state, t.DRIVE_OFF, True)
        bench.advance(95)
        assert bench.outputs.drive == t.DRIVE_OFF
        bench.press()
        assert bench.outputs.drive == t.DRIVE_PROBE


def lose_and_reconnect(bench: Bench, times: int) -> None:
    for _ in range(times):
        bench.ohm = OPEN
        bench.until("PAUSED", 2000)
        bench.ohm = BODY_OHM
        bench.until("RAMP_UP", 2000)
        bench.advance(1000)


@pytest.mark.requirement("REQ-SES-15")
def test_ramp_that_begins_again_is_shown_as_one_even_if_the_old_target_was_reached() -> None:
    bench = bench_in("PAUSED")
    bench.ohm = BODY_OHM
    while bench.state == "PAUSED":
        bench._plant()
        bench.inputs.at_target = True
        bench.session.step(bench.now_ms, bench.inputs)
        bench._apply()
        bench.now_ms += 5
    assert (bench.state, bench.view.reasons) == ("RAMP_UP", faults.RAMPING)


@pytest.mark.requirement("REQ-SES-10")
def test_fourth_contact_needs_start() -> None:
    bench = bench_in("HOLD")
    lose_and_reconnect(bench, 3)
    assert bench.view.reconnects_left == 0
    assert not bench.view.needs_start
    bench.ohm = OPEN
    bench.until("PAUSED", 2000)
    assert bench.view.needs_start
    bench.advance(1000)
    bench.press(t.PRESS_START)
    assert bench.refusals == [(faults.NO_CONTACT, view.CIRCUIT_OPEN, 0)]
    bench.ohm = BODY_OHM
    bench.advance(995, t.PRESS_START)
    bench.press(t.PRESS_START)
    assert bench.refusals[1:] == [(faults.NO_CONTACT, view.CIRCUIT_CLOSED, 0)] * 2
    assert (bench.state, bench.view.refusal) == ("PAUSED", faults.NO_CONTACT)
    bench.press(t.PRESS_START)
    assert (bench.state, bench.view.needs_start) == ("RAMP_UP", False)
    bench.advance(1000)
    bench.ohm = OPEN
    bench.until("PAUSED", 2000)
    assert bench.view.needs_start


@pytest.mark.requirement("REQ-SES-10")
@pytest.mark.parametrize("start_ms", [0, WRAP_MS - 400_000])
def test_pause_of_five_minutes_needs_start_and_of_ten_ends_the_session(start_ms: int) -> None:
    bench = Bench(start_ms).to_paused()
    bench.advance(FIVE_MIN_MS - 5)
    assert not bench.view.needs_start
    bench.press()
    assert bench.view.needs_start
    bench.ohm = BODY_OHM
    bench.advance(5000)
    assert bench.state == "PAUSED"
    bench.advance(FIVE_MIN_MS - 5005)
    assert bench.state == "PAUSED"
    bench.press()
    assert (bench.state, bench.outputs.drive, bench.view.end) == ("DONE", t.DRIVE_OFF, messages.END_CONTACT)
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_CONTACT]


@pytest.mark.requirement("REQ-SES-10", "REQ-SES-20")
def test_both_halves_of_a_pause_are_over_in_the_very_millisecond() -> None:
    for round_ms, state in ((FIVE_MIN_MS - 1, "PAUSED"), (FIVE_MIN_MS, "DONE")):
        bench = Bench().to_paused().advance(200)
        bench.now_ms += FIVE_MIN_MS - 200 - ROUND_MS
        bench.press()
        assert (bench.state, bench.view.needs_start) == ("PAUSED", True)
        bench.now_ms += round_ms - ROUND_MS
        bench.press()
        assert bench.state == state


@pytest.mark.requirement("REQ-SES-10")
def test_pause_without_a_reconnect_left_ends_after_five_minutes() -> None:
    bench = bench_in("HOLD")
    lose_and_reconnect(bench, 3)
    bench.ohm = OPEN
    bench.until("PAUSED", 2000)
    assert bench.until("DONE", FIVE_MIN_MS + 10) == FIVE_MIN_MS
    assert bench.view.end == messages.END_CONTACT


@pytest.mark.requirement("REQ-SES-10")
def test_steady_contact_alone_does_not_resume_a_pause_that_needs_start() -> None:
    bench = bench_in("HOLD")
    lose_and_reconnect(bench, 3)
    bench.ohm = OPEN
    bench.until("PAUSED", 2000)
    bench.ohm = BODY_OHM
    bench.advance(30000)
    assert bench.state == "PAUSED"
    bench.press(t.PRESS_START)
    assert bench.state == "RAMP_UP"


@pytest.mark.requirement("REQ-SES-10")
def test_level_can_be_lowered_but_not_raised_in_a_pause() -> None:
    bench = Bench().to_paused()
    bench.press(t.PRESS_DOWN)
    assert bench.view.level_ua == 400
    bench.press(t.PRESS_UP)
    assert bench.view.level_ua == 400
    assert bench.refusals[-1][0] == faults.NOT_IN_STATE
    bench.press(*[t.PRESS_DOWN] * 4)
    assert bench.refusals[-1] == (faults.BELOW_MINIMUM, 0, 100)
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 2000)
    assert bench.outputs.target_ua == 100


@pytest.mark.requirement("REQ-SES-10")
def test_short_in_a_pause_does_not_resume() -> None:
    bench = Bench().to_paused()
    bench.ohm = 100
    bench.advance(10000)
    assert bench.state == "PAUSED"
    assert bench.refusals == [(faults.ELECTRODES_SHORT, 100, 300)]
