"""A state left alone ends by itself. Its time is a sixtieth here; the real ones are held to the design."""

import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import arm, assert_off, closings_us, confirm, events, hold, state, tap, until
from ionto import limits, messages, session_data

FASTER = """
from ionto import session_senses
for number, ms in list(session_senses._TIMEOUT_MS.items()):
    session_senses._TIMEOUT_MS[number] = ms // 60
"""


@pytest.fixture
def rig(variant):
    return variant(FASTER)


def assert_leaves(rig, name, after_ms, into):
    """The state `name`, entered at most 100 ms ago, lasts for `after_ms`."""
    assert state(rig) == name
    rig.advance(after_ms - 300)
    assert state(rig) == name
    until(rig, into, timeout_ms=500)
    rig.advance(20)


def test_times_of_waiting_are_those_of_the_design():
    assert limits.ARMED_TIMEOUT_MS == 300_000
    assert limits.PAUSED_TIMEOUT_MS == 300_000
    assert session_data.CONFIRM_TIMEOUT_MS == 60_000
    assert session_data.DONE_TIMEOUT_MS == 60_000


@pytest.mark.requirement("REQ-SES-7")
def test_confirm_left_alone_goes_to_idle(rig):
    confirm(rig)
    assert_leaves(rig, "CONFIRM", 1000, "IDLE")
    assert_off(rig)
    assert not closings_us(rig)


@pytest.mark.requirement("REQ-SES-7")
def test_armed_without_contact_goes_to_idle_with_the_output_off(rig):
    arm(rig)
    assert rig.truth.k1_closed
    assert_leaves(rig, "ARMED", 5000, "IDLE")
    assert_off(rig)
    rig.person.contact(1.0)
    rig.advance(2500)
    assert_off(rig)
    assert rig.truth.max_current_ua() == 0


@pytest.mark.requirement("REQ-SES-7")
def test_done_left_alone_goes_to_idle(rig):
    hold(rig)
    tap(rig, "START")
    until(rig, "DONE")
    assert_leaves(rig, "DONE", 1000, "IDLE")
    assert_off(rig)


@pytest.mark.requirement("REQ-SES-10")
def test_pause_without_contact_needs_start_and_then_ends(rig):
    hold(rig)
    rig.person.lift()
    rig.advance(40)
    rig.advance(4800)
    assert state(rig) == "PAUSED"
    assert shows(rig, "touch water to go on")
    rig.advance(400)
    rig.person.contact(1.0)
    rig.advance(2500)
    assert state(rig) == "PAUSED"  # contact alone resumes no more
    assert rig.truth.samples["amplifier_mv"][-1] < 1550
    assert shows(rig, "START goes on")
    rig.person.lift()
    until(rig, "DONE", timeout_ms=3500)
    rig.advance(30)
    assert_off(rig)
    assert [event.a for event in events(rig, messages.EVENT_END)] == [messages.END_CONTACT]
    assert shows(rig, "contact did not return")


@pytest.mark.requirement("REQ-SES-10")
def test_pause_that_needs_start_goes_on_with_it(rig):
    hold(rig)
    rig.person.lift()
    rig.advance(5500)
    rig.person.contact(1.0)
    rig.advance(1500)
    assert state(rig) == "PAUSED"
    tap(rig, "START")
    until(rig, "HOLD", timeout_ms=6000)
    assert abs(rig.truth.current_ua - 200) < 30
