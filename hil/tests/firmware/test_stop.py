"""STOP from every state: the current ramps to zero within 1.0 s, K1 opens, and nothing starts while it is pressed."""

import pytest

from hil.tests.chip import some_on_chip
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    RC,
    arm,
    assert_off,
    closings_us,
    confirm,
    events,
    hold,
    power_on,
    state,
    tap,
    treat,
    until,
)
from ionto import faults, messages

pytestmark = pytest.mark.requirement("REQ-SES-5")


def _arming(rig):
    rig.person.contact(1.0)
    confirm(rig)
    tap(rig, "START")
    rig.advance(800)


def _ramp_down(rig):
    hold(rig, level_ua=400)
    tap(rig, "START")
    rig.advance(200)


def _done(rig):
    treat(rig)
    tap(rig, "START")
    until(rig, "DONE")


def _paused(rig):
    treat(rig)
    rig.person.lift()
    rig.advance(600)


def _fault(rig):
    treat(rig)
    rig.board.stick_adc(3, 30)
    rig.advance(300)
    rig.expect_fault(faults.GROUND)


REACH = {
    "IDLE": (power_on, "IDLE"),
    "CONFIRM": (confirm, "IDLE"),
    "ARMING": (_arming, "IDLE"),
    "ARMED": (arm, "IDLE"),
    "RAMP_UP": (treat, "DONE"),
    "HOLD": (hold, "DONE"),
    "RAMP_DOWN": (_ramp_down, "DONE"),
    "PAUSED": (_paused, "DONE"),
    "DONE": (_done, "DONE"),
    "FAULT": (_fault, "FAULT"),
}


@pytest.mark.parametrize("name", some_on_chip(REACH, "IDLE", "ARMED", "RAMP_UP", "HOLD", "PAUSED", "FAULT"))
def test_stop_in_a_state_ends_the_output_within_a_second(rig, name):
    reach, afterwards = REACH[name]
    reach(rig)
    assert state(rig) == name
    pressed_us = rig.now_us
    rig.buttons.stop_press()
    rig.advance(1000)
    assert_off(rig)
    assert state(rig) == afterwards
    assert not rig.truth.named("stop_loop_open")  # the firmware was faster than the hardware
    for _ in range(2):
        tap(rig, "START")
        rig.advance(1000)
    assert not closings_us(rig, pressed_us)
    assert_off(rig)


TREATED_TIME_RUNS_FASTER = """
from ionto.session import Session
def hurry(session):
    if session.state in (states.RAMP_UP, states.HOLD):
        session.run.treated_ms += 90
before(Session, "_account", hurry)  # within the round: between two nobody may
"""


def test_stop_during_reversal_ends_the_output_within_a_second(variant):
    rig = variant(TREATED_TIME_RUNS_FASTER, load=RC, load_arguments={"rp_ohm": 2000})
    power_on(rig)
    tap(rig, "MODE", 2)
    rig.buttons.hold("MODE")
    rig.advance(1200)
    rig.buttons.release("MODE")
    rig.advance(100)
    tap(rig, "DOWN", 9)
    tap(rig, "START")
    tap(rig, "MODE")
    tap(rig, "DOWN", 14)
    tap(rig, "START")
    until(rig, "ARMED")
    rig.person.contact(1.0)
    until(rig, "REVERSING", timeout_ms=40000)
    rig.buttons.stop_press()
    rig.advance(1000)
    assert_off(rig)
    assert state(rig) == "DONE"
    assert not rig.truth.violations()


@pytest.mark.emu
def test_stop_under_current_is_a_ramp_and_is_said(rig):
    hold(rig, level_ua=500)
    events(rig)
    pressed_us = rig.now_us
    rig.buttons.stop_press()
    rig.advance(1100)
    samples = rig.truth.between(pressed_us, rig.now_us)
    early = samples["current_ua"][(samples["time_us"] > pressed_us + 100_000)]
    assert early[0] > 300  # not cut at once
    assert samples["current_ua"][samples["time_us"] > pressed_us + 1_000_000].max() == 0
    opened_us = rig.truth.times_us("k1_open", pressed_us)[0]
    before = rig.truth.between(pressed_us, opened_us - 2000)["current_ua"]
    assert before[-1] < 60  # at the end of the ramp, and not by being switched off
    assert [event.a for event in events(rig, messages.EVENT_END)] == [messages.END_STOP]
    assert shows(rig, "DONE", "STOP pressed")


def test_stop_pressed_start_is_refused_until_it_is_released(rig):
    power_on(rig)
    rig.buttons.stop_press()
    rig.advance(100)
    tap(rig, "START")
    rig.advance(200)
    assert state(rig) == "IDLE"
    assert shows(rig, "release the STOP", "button first")
    rig.buttons.stop_release()
    rig.advance(100)
    tap(rig, "START")
    assert state(rig) == "CONFIRM"


def test_stop_for_a_moment_ends_the_treatment_all_the_same(rig):
    hold(rig)
    rig.buttons.stop_press()
    rig.buttons.stop_release(after_ms=60)
    rig.advance(1500)
    assert_off(rig)
    assert state(rig) == "DONE"


def test_start_and_stop_at_once_do_not_start(rig):
    arm(rig)
    rig.person.contact(1.0)
    rig.buttons.stop_press()
    rig.buttons.hold("START")
    rig.advance(3500)
    rig.buttons.release("START")
    rig.advance(500)
    assert_off(rig)
    assert rig.truth.samples["amplifier_mv"].max() < 1550
