"""Polarity: reversed once at half time where that is wanted, and moved only with the output open."""

import pytest

from ionto import faults, limits, messages, session_data, view
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, OPEN, ROUND_MS, Bench, bench_in

HANDS, FEET = limits.HANDS, limits.FEET


def at_half_time(mode: int = HANDS) -> Bench:
    bench = Bench().to_idle(mode).press(t.PRESS_MODE_HELD).to_hold(mode)
    bench.session.run.treated_ms = bench.view.minutes * 30000 - 10
    bench.session._sealed = None  # what a test writes is no flipped bit
    return bench


@pytest.mark.requirement("REQ-SES-13")
@pytest.mark.parametrize("mode", [HANDS, FEET])
def test_half_time_ramps_to_zero_opens_switches_and_starts_again_from_the_probe(mode: int) -> None:
    bench = at_half_time(mode)
    bench.press()
    assert bench.state == "HOLD"
    bench.press()
    row = limits.MODES[mode]
    assert (bench.state, bench.outputs.drive, bench.outputs.target_ua) == ("REVERSING", t.DRIVE_CURRENT, 0)
    assert bench.outputs.ramp_down_ua_per_s == row.ramp_down_ua_per_s
    assert bench.view.reasons == faults.RAMPING
    steps = []
    while bench.state == "REVERSING":
        bench.press()
        step = (bench.outputs.drive, bench.outputs.polarity_reversed)
        assert bench.view.polarity_reversed == bench.outputs.polarity_reversed
        if not steps or steps[-1][0] != step:
            steps.append((step, bench.elapsed_ms))
    path = [step for step, _ in steps]
    assert path == [
        (t.DRIVE_CURRENT, False), (t.DRIVE_OFF, False), (t.DRIVE_OFF, True), (t.DRIVE_PROBE, True),
        (t.DRIVE_CURRENT, True),
    ]  # fmt: skip
    times = [at for _, at in steps]
    assert (times[2] - times[1], times[3] - times[2]) == (50, 50)
    assert times[4] - times[3] >= 1000
    assert bench.state == "RAMP_UP"
    assert bench.view.polarity_reversed
    assert bench.view.reconnects_left == limits.MAX_SELF_RECONNECTS
    bench.until("HOLD", 60000)
    bench.session.run.treated_ms = bench.view.minutes * 60000
    bench.session._sealed = None  # what a test writes is no flipped bit
    bench.until("DONE", 60000)
    assert bench.path().count("REVERSING") == 1


@pytest.mark.requirement("REQ-SES-13")
def test_polarity_returns_to_normal_after_the_session_with_the_output_open() -> None:
    for stop in (True, False):
        bench = reversed_hold()
        if stop:
            bench.inputs.stop_pressed = True
        else:
            bench.inputs.fault = faults.OVERVOLTAGE
        bench.press()
        while bench.outputs.drive != t.DRIVE_OFF:
            assert bench.outputs.polarity_reversed
            bench.press()
        bench.advance(45)
        assert bench.outputs.polarity_reversed
        bench.press()
        assert not bench.outputs.polarity_reversed


def reversed_hold() -> Bench:
    bench = at_half_time()
    bench.advance(10)
    bench.until("RAMP_UP", 20000)
    bench.until("HOLD", 60000)
    assert bench.view.polarity_reversed
    return bench


@pytest.mark.requirement("REQ-SES-13")
@pytest.mark.parametrize(("name", "value"), [("output_open", False), ("current_ua", 100)])
def test_polarity_stays_while_the_output_is_not_proven_open(name: str, value: int) -> None:
    bench = bench_in("REVERSING_AT_REST")
    for _ in range(400):
        bench._plant()
        setattr(bench.inputs, name, value)
        outputs = bench.session.step(bench.now_ms, bench.inputs)
        bench.now_ms += 5
        assert not outputs.polarity_reversed
        assert outputs.drive == t.DRIVE_OFF


@pytest.mark.requirement("REQ-SES-13")
def test_probe_waits_until_polarity_that_changed_late_has_settled() -> None:
    for settled_ms, drive in ((49, t.DRIVE_OFF), (50, t.DRIVE_PROBE)):
        bench = bench_in("REVERSING_AT_REST")
        for current_ua in [session_data.POLARITY_MAX_UA] * 100 + [0]:
            assert not bench.outputs.polarity_reversed
            bench._plant()
            bench.inputs.current_ua = current_ua
            bench.session.step(bench.now_ms, bench.inputs)
            bench._apply()
            bench.now_ms += ROUND_MS
        assert bench.outputs.polarity_reversed
        bench.now_ms += settled_ms - ROUND_MS
        bench.press()
        assert bench.outputs.drive == drive


@pytest.mark.requirement("REQ-SES-13")
def test_arming_right_after_a_reversed_session_waits_for_normal_polarity() -> None:
    bench = reversed_hold()
    bench.inputs.stop_pressed = True
    bench.until("DONE", 1000)
    bench.inputs.stop_pressed = False
    bench.press(t.PRESS_START, t.PRESS_START, t.PRESS_START)
    assert (bench.state, bench.outputs.polarity_reversed) == ("ARMING", True)
    while bench.outputs.drive == t.DRIVE_OFF:
        bench.press()
    assert not bench.outputs.polarity_reversed


@pytest.mark.requirement("REQ-SES-13")
def test_contact_lost_on_the_way_to_zero_reverses_in_the_pause() -> None:
    bench = bench_in("REVERSING")
    bench.ohm = OPEN
    bench.until("PAUSED", 20)
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 3000)
    assert bench.view.polarity_reversed
    bench.until("HOLD", 60000)
    assert bench.path().count("REVERSING") == 1


@pytest.mark.requirement("REQ-SES-13")
def test_no_contact_after_the_reversal_is_contact_lost() -> None:
    bench = bench_in("REVERSING_AT_REST")
    bench.ohm = OPEN
    assert bench.until("PAUSED", 10100) == 10000
    bench.ohm = 200
    bench.advance(1500)
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 3000)
    assert bench.view.reconnects_left == limits.MAX_SELF_RECONNECTS - 1


@pytest.mark.requirement("REQ-SES-13", "REQ-SES-20")
def test_wait_for_contact_after_the_reversal_is_over_in_the_very_millisecond() -> None:
    for round_ms, state in ((9_999, "REVERSING"), (10_000, "PAUSED")):
        bench = bench_in("REVERSING")
        while bench.outputs.drive != t.DRIVE_OFF:
            bench.press()
        bench.advance(200)
        assert bench.outputs.drive == t.DRIVE_PROBE
        bench.now_ms += round_ms - 200 - ROUND_MS
        bench.press()
        assert bench.state == state


@pytest.mark.requirement("REQ-SES-4")
def test_start_in_the_round_in_which_the_probe_is_switched_off_knows_of_no_circuit() -> None:
    bench = bench_in("REVERSING_AT_REST")
    bench.ohm = OPEN
    bench.advance(9_995)
    assert (bench.state, bench.view.circuit) == ("REVERSING", view.CIRCUIT_OPEN)
    bench.press(t.PRESS_START)
    assert (bench.state, bench.outputs.drive) == ("PAUSED", t.DRIVE_OFF)
    assert bench.refusals == [(faults.NO_CONTACT, view.CIRCUIT_UNKNOWN, 0)]


@pytest.mark.requirement("REQ-SES-13")
def test_slow_ramp_to_zero_is_not_taken_for_missing_contact() -> None:
    bench = Bench().to_idle(FEET).press(t.PRESS_MODE_HELD).press(*[t.PRESS_UP] * 30).to_hold(FEET)
    bench.session.run.treated_ms = bench.view.minutes * 30000
    bench.session._sealed = None  # what a test writes is no flipped bit
    bench.press()
    took_ms = 0
    while bench.outputs.drive == t.DRIVE_CURRENT:
        bench.press()
        took_ms += 5
    assert took_ms == pytest.approx(20000, abs=20)
    assert bench.state == "REVERSING"
    bench.until("RAMP_UP", 3000)


@pytest.mark.requirement("REQ-SES-13")
def test_session_without_the_wish_never_reverses() -> None:
    bench = Bench().to_hold(HANDS)
    bench.session.run.treated_ms = bench.view.minutes * 60000 - 1000
    bench.session._sealed = None  # what a test writes is no flipped bit
    bench.until("DONE", 20000)
    assert "REVERSING" not in bench.path()


@pytest.mark.requirement("REQ-SES-9")
def test_charge_cap_on_the_way_to_zero_ends_the_session() -> None:
    bench = bench_in("REVERSING")
    bench.session.run.charge_ua_s = limits.MODES[HANDS].max_charge_ua_ms // 1000
    bench.session._sealed = None  # what a test writes is no flipped bit
    bench.press()
    assert (bench.state, bench.view.end) == ("RAMP_DOWN", messages.END_CHARGE)


@pytest.mark.requirement("REQ-SES-13")
def test_level_can_be_lowered_but_not_raised_while_reversing() -> None:
    bench = bench_in("REVERSING")
    bench.press(t.PRESS_DOWN)
    bench.press(t.PRESS_UP)
    assert bench.view.level_ua == 4500
    assert bench.outputs.target_ua == 0
    bench.until("RAMP_UP", 20000)
    assert bench.outputs.target_ua == 4500
