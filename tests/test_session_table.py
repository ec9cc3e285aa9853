"""Every (state, event) pair, against a table written from the description of a session."""

import pytest

from ionto import faults, limits, states
from ionto import session_events as ev
from ionto import session_table as t
from ionto.session import Session
from ionto.session_io import MAY_DRIVE
from ionto.view import View

# state: EVENT>next, or EVENT alone where the state stays. What is missing is refused.
LEGAL = """
BOOT       POWERED>SELF_TEST FAULT>FAULT CUT STOP VBUS BATTERY
SELF_TEST  TEST_PASSED>IDLE SERVICE>SERVICE FAULT>FAULT CUT STOP VBUS BATTERY
IDLE       UP DOWN AT_MAXIMUM AT_MINIMUM MODE MODE_HELD NO_REVERSAL START>CONFIRM START_BLOCKED
           HOST_LOWER HOST_REFUSED FAULT>FAULT CUT STOP VBUS BATTERY
CONFIRM    UP DOWN AT_MAXIMUM AT_MINIMUM MODE START>ARMING START_BLOCKED START_HELD>IDLE TIMEOUT>IDLE
           HOST_LOWER HOST_REFUSED HOST_STOP>IDLE FAULT>FAULT CUT STOP>IDLE VBUS>IDLE BATTERY>IDLE
ARMING     UP DOWN AT_MAXIMUM AT_MINIMUM MODE PROBE_DUE OPEN>ARMED START START_NO_CONTACT START_BLOCKED TIMEOUT>IDLE
           HOST_LOWER HOST_REFUSED HOST_STOP>IDLE FAULT>FAULT CUT STOP>IDLE VBUS>FAULT BATTERY>IDLE
ARMED      UP DOWN AT_MAXIMUM AT_MINIMUM MODE PROBE_DUE CONTACT>RAMP_UP SHORT START_NO_CONTACT START_BLOCKED
           TIMEOUT>IDLE HOST_LOWER HOST_REFUSED HOST_STOP>IDLE FAULT>FAULT CUT STOP>IDLE VBUS>FAULT BATTERY>IDLE
RAMP_UP    UP DOWN AT_MAXIMUM AT_MINIMUM ACCEPT_LIFT PARTIAL PARTIAL_AGAIN PARTIAL_OVER LIFTED>PAUSED CUT>PAUSED
           AT_TARGET>HOLD HALF_TIME>REVERSING TIME_OVER>RAMP_DOWN CHARGE_CAP>RAMP_DOWN START>RAMP_DOWN
           START_BLOCKED>RAMP_DOWN START_HELD>RAMP_DOWN STOP>RAMP_DOWN HOST_STOP>RAMP_DOWN VBUS>RAMP_DOWN
           HOST_LOWER HOST_REFUSED FAULT>FAULT BATTERY>RAMP_DOWN
HOLD       UP>RAMP_UP DOWN>RAMP_UP AT_MAXIMUM AT_MINIMUM ACCEPT_LIFT>RAMP_UP PARTIAL>RAMP_UP PARTIAL_AGAIN
           PARTIAL_OVER>RAMP_UP LIFTED>PAUSED CUT>PAUSED HALF_TIME>REVERSING TIME_OVER>RAMP_DOWN
           CHARGE_CAP>RAMP_DOWN START>RAMP_DOWN START_BLOCKED>RAMP_DOWN START_HELD>RAMP_DOWN STOP>RAMP_DOWN
           HOST_STOP>RAMP_DOWN VBUS>RAMP_DOWN HOST_LOWER>RAMP_UP HOST_REFUSED FAULT>FAULT BATTERY>RAMP_DOWN
RAMP_DOWN  AT_ZERO>DONE RAMP_OVERDUE>DONE CUT>DONE STOP HOST_STOP VBUS FAULT>FAULT BATTERY
DONE       START>IDLE START_BLOCKED>IDLE TIMEOUT>IDLE FAULT>FAULT CUT STOP VBUS BATTERY
PAUSED     DOWN AT_MINIMUM PROBE_DUE CONTACT>RAMP_UP SHORT START>RAMP_UP START_NO_CONTACT START_BLOCKED WAIT_OVER
           TIMEOUT>DONE STOP>DONE HOST_STOP>DONE HOST_LOWER HOST_REFUSED CUT VBUS>FAULT FAULT>FAULT BATTERY>DONE
REVERSING  DOWN AT_MINIMUM AT_ZERO RAMP_OVERDUE PROBE_DUE CONTACT>RAMP_UP SHORT TIMEOUT>PAUSED CUT>PAUSED
           CHARGE_CAP>RAMP_DOWN START>RAMP_DOWN START_BLOCKED>RAMP_DOWN START_HELD>RAMP_DOWN STOP>RAMP_DOWN
           HOST_STOP>RAMP_DOWN VBUS>RAMP_DOWN HOST_LOWER HOST_REFUSED FAULT>FAULT BATTERY>RAMP_DOWN
SERVICE    HOST_DRIVE PROBE_DUE CONTACT SHORT AT_ZERO RAMP_OVERDUE HOST_SILENT HOST_STOP STOP VBUS BATTERY CUT
           FAULT>FAULT
FAULT      CLEAR>IDLE CLEAR_SERVICE>SERVICE RETEST>SELF_TEST CLEAR_BLOCKED FAULT CUT STOP VBUS BATTERY
"""


def parse(text: str) -> dict[tuple[str, str], str]:
    pairs = {}
    state = ""
    for line in text.splitlines():
        words = line.split()
        if words and not line.startswith(" "):
            state = words.pop(0)
        for word in words:
            event, _, target = word.partition(">")
            pairs[state, event] = target or state
    return pairs


EXPECTED = parse(LEGAL)
EVENTS = [name for name in dir(ev) if name.isupper() and name != "COUNT"]
PAIRS = [(state, event) for state in states.STATES for event in EVENTS]


def session_in(state: str) -> Session:
    session = Session(View())
    session.state = states.STATES.index(state)
    if state == "SERVICE":
        session.enter_service()
    allowed = MAY_DRIVE.get(session.state, ())
    session.drive = allowed[-1] if allowed else t.DRIVE_OFF
    return session


def test_event_numbers_are_complete_and_distinct() -> None:
    numbers = sorted(getattr(ev, name) for name in EVENTS)
    assert numbers == list(range(ev.COUNT))


def test_expectations_name_only_states_and_events_that_exist() -> None:
    assert {state for state, _ in EXPECTED} == set(states.STATES)
    assert {event for _, event in EXPECTED} == set(EVENTS)
    assert set(EXPECTED.values()) <= set(states.STATES)


@pytest.mark.requirement("REQ-SES-1")
@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_pair_goes_where_it_should_or_is_refused(state: str, event: str) -> None:
    session = session_in(state)
    drive = session.drive
    granted = session.dispatch(getattr(ev, event), faults.WOULD_RAISE, 200, 0)
    wanted = EXPECTED.get((state, event))
    if wanted is None:
        assert not granted
        assert states.STATES[session.state] == state
        assert session.drive == drive
        assert session.outputs.refusals == [(faults.NOT_IN_STATE, session.state, 0)]
    else:
        assert granted
        assert states.STATES[session.state] == wanted
        assert all(code != faults.NOT_IN_STATE for code, _, _ in session.outputs.refusals)


@pytest.mark.requirement("REQ-SES-1")
def test_every_action_in_the_table_is_a_method() -> None:
    names = {action for _, action in t.ROWS if action}
    assert all(callable(getattr(Session, name)) for name in names)


@pytest.mark.requirement("REQ-SES-2")
@pytest.mark.parametrize("state", states.STATES)
@pytest.mark.parametrize("drive", [t.DRIVE_OFF, t.DRIVE_PROBE, t.DRIVE_CURRENT])
def test_what_a_state_may_not_drive_is_off_even_if_it_is_wished(state: str, drive: int) -> None:
    may = {
        "ARMING": "P", "ARMED": "P", "PAUSED": "P", "REVERSING": "PC", "RAMP_UP": "C", "HOLD": "C", "RAMP_DOWN": "C",
        "SERVICE": "PC",
    }.get(state, "")  # fmt: skip
    session = session_in(state)
    session.drive = drive
    session._command(session.inputs)
    is_allowed = "OPC"[drive] in may
    assert session.outputs.drive == (drive if is_allowed else t.DRIVE_OFF)
    assert (session.outputs.target_ua is not None) == (is_allowed and drive == t.DRIVE_CURRENT)


def test_sounds_have_their_names() -> None:
    numbers = {name[6:]: value for name, value in vars(t).items() if name.startswith("SOUND_")}
    assert {name: t.SOUNDS.index(name) for name in numbers} == numbers


def test_modes_are_indexed_by_their_number() -> None:
    assert [mode.number for mode in limits.MODES] == list(range(len(limits.MODES)))
