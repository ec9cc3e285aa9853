"""Random hands on the buttons, random circuits, random clocks: what holds in every round holds in all of them.

Most of what is checked is in Bench and in `watch`; a round that breaks it fails the test.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionto import faults, limits, messages, states
from ionto import session_table as t
from ionto.session import Inputs, Session
from ionto.view import View
from tests.test_session_support import BODY_OHM, OPEN, WRAP_MS, Bench, watch

PRESSES = (t.PRESS_UP, t.PRESS_DOWN, t.PRESS_MODE, t.PRESS_START, t.PRESS_START_HELD, t.PRESS_MODE_HELD)
OHMS = (OPEN, 0, 299, 300, BODY_OHM, 7000, 10000, 25000, 60000, 100001)

wait = st.tuples(st.just("wait"), st.sampled_from([5, 100, 600, 1100, 3000]))
press = st.tuples(st.just("press"), st.sampled_from(PRESSES))
ohm = st.tuples(st.just("ohm"), st.sampled_from(OHMS))
stop = st.tuples(st.just("stop"), st.booleans())
battery = st.tuples(st.just("battery"), st.sampled_from([3900, 3900, 3499, 3299]))
usb = st.tuples(st.just("usb"), st.booleans())
fault = st.tuples(st.just("fault"), st.sampled_from([0, *[row.number for row in faults.FAULTS]]))
cut = st.tuples(st.just("cut"), st.sampled_from([faults.CUT_OPEN, faults.CUT_CONTACT_CHANGE]))
host = st.tuples(st.just("host"), st.none() | st.integers(0, 65535))
jump = st.tuples(st.just("jump"), st.integers(0, 400_000))
limit = st.tuples(st.just("v limit"), st.booleans())
start = st.tuples(st.just("start"), st.sampled_from([0, 1, 2, 3]))  # all it takes to come under current in a mode
# Mostly what a person does, now and then a mishap.
deeds = st.one_of(wait, wait, press, press, ohm, ohm, start, stop, usb, battery, fault, cut, host, jump, limit)


def act(bench: Bench, kind: str, value: Any) -> None:
    i = bench.inputs
    if kind == "press":
        bench.press(value)
    elif kind == "ohm":
        bench.ohm = value
    elif kind == "stop":
        i.stop_pressed = value
    elif kind == "usb":
        i.vbus = value
    elif kind == "battery":
        i.battery_mv = value
    elif kind == "fault":
        i.fault = value
        bench.press()
        i.fault = 0
    elif kind == "cut":
        bench.cut = value
    elif kind == "host":
        i.host_stop, i.host_level_ua = value is None, value
    elif kind == "jump":
        bench.now_ms = (bench.now_ms + value) % WRAP_MS
    elif kind == "v limit":
        i.v_limited = value
    elif kind == "start":
        begin(bench, value)
    bench.advance(value if kind == "wait" else 5)


def begin(bench: Bench, mode: int) -> None:
    bench.inputs.stop_pressed = bench.inputs.vbus = False
    bench.inputs.battery_mv = 3900
    bench.press(t.PRESS_START_HELD if bench.state == "FAULT" else t.PRESS_START)
    while bench.state == "IDLE" and bench.view.mode != mode:
        bench.press(t.PRESS_MODE)
    bench.press(t.PRESS_MODE_HELD).press(t.PRESS_START).press(t.PRESS_START)
    bench.ohm = OPEN
    bench.advance(900)
    bench.ohm = BODY_OHM
    bench.advance(1100)
    bench.setpoint_na = min(bench.target_ua, bench.view.level_ua) * 1000


@pytest.mark.requirement("REQ-SES-2")
@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.requirement("REQ-SES-20")
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(start_ms=st.sampled_from([0, WRAP_MS - 5000]), deeds=st.lists(deeds, min_size=10, max_size=40))
def test_whatever_is_done_stop_leads_to_off_within_one_second(start_ms: int, deeds: list) -> None:
    bench = Bench(start_ms)
    bench.press()
    for kind, value in deeds:
        level_ua, mode = bench.view.level_ua, bench.view.mode
        act(bench, kind, value)
        if kind == "host":
            assert bench.view.level_ua <= level_ua or bench.view.mode != mode
        row = bench.mode
        assert 0 < bench.view.level_ua <= row.max_ua
        assert 1 <= bench.view.minutes <= row.max_min
        assert bench.view.reverse_enabled <= row.can_reverse
        assert bench.setpoint_na <= row.max_ua * 1000
        assert bench.view.fault == 0 or bench.state == "FAULT"
        assert (bench.state == "FAULT") == (bench.view.fault != 0)
    bench.inputs.stop_pressed = True
    bench.advance(960)
    assert bench.outputs.drive == t.DRIVE_OFF
    assert bench.state in ("SELF_TEST", "IDLE", "DONE", "FAULT")
    ends = bench.kinds(messages.EVENT_END)
    begins = [state for state in bench.path() if state == "ARMING"]
    assert len(ends) <= len(begins)


numbers = st.integers(0, 2**31)
inputs = st.fixed_dictionaries({
    "presses": st.lists(st.sampled_from(PRESSES), max_size=2).map(tuple),
    "stop_pressed": st.sampled_from([False] * 9 + [True]), "vbus": st.sampled_from([False] * 9 + [True]),
    "battery_mv": st.sampled_from([3900] * 3 + [3499, 3299, 0]),
    "self_test": st.sampled_from([None, 0, 0, 0, faults.LATCH]),
    "fault": st.sampled_from([0] * 20 + [faults.LATCH]), "fault_value": numbers, "fault_limit": numbers,
    "cut": st.sampled_from([0] * 9 + [faults.CUT_OPEN]), "cause_gone": st.booleans(),
    "output_open": st.booleans(), "at_zero": st.booleans(), "at_target": st.booleans(),
    "setpoint_ua": st.integers(0, 25000), "current_ua": st.integers(0, 25000), "v_limited": st.booleans(),
    "charge_ua_ms": st.integers(-9, 10**11), "resistance_ohm": st.sampled_from([OPEN, OPEN, BODY_OHM, BODY_OHM, 9000]),
    "host_stop": st.sampled_from([False] * 9 + [True]), "host_level_ua": st.none() | st.integers(0, 65535),
    "calibration": st.sampled_from([0, 1, 1, 2]),
})  # fmt: skip


@pytest.mark.requirement("REQ-SES-2")
@settings(max_examples=120)
@given(st.lists(st.tuples(st.sampled_from([5, 500, 1000, 60000]), inputs), max_size=60), st.integers(0, WRAP_MS - 1))
def test_inputs_that_make_no_sense_together_break_nothing(rounds: list, now_ms: int) -> None:
    session = Session(View())
    drive = t.DRIVE_OFF
    for dt_ms, values in rounds:
        now_ms = (now_ms + dt_ms) % WRAP_MS
        given_inputs = Inputs()
        vars(given_inputs).update(values)
        outputs = session.step(now_ms, given_inputs)
        watch(session.state, session.settings.mode, outputs)
        assert not (drive == t.DRIVE_OFF and outputs.drive == t.DRIVE_CURRENT), "from off only to the probe"
        assert not (drive == t.DRIVE_CURRENT and outputs.drive == t.DRIVE_PROBE), "from current only to off"
        drive = outputs.drive
        if values["fault"]:
            assert states.STATES[session.state] == "FAULT" or t.PRESS_START_HELD in values["presses"]
        if values["stop_pressed"]:
            assert drive == t.DRIVE_OFF or outputs.target_ua == 0
        assert limits.MODES[outputs.mode].max_ua >= session.settings.level_ua
