"""What was pressed becomes events, and what the host wants lowered: the last thing that is due in a round."""

from ionto import faults
from ionto import session_events as ev
from ionto.limits import BATTERY_START_MV, CONTACT_STEADY_MS
from ionto.messages import CALIBRATION_NONE
from ionto.session_table import (
    PRESS_DOWN,
    PRESS_MODE,
    PRESS_MODE_HELD,
    PRESS_START,
    PRESS_START_HELD,
    PRESS_UP,
)
from ionto.states import ARMED, ARMING, CONFIRM, FAULT, IDLE, PAUSED
from ionto.view import CIRCUIT_CLOSED

_BEFORE = (IDLE, CONFIRM)  # of a session, where a battery must last for one
_NEEDS_CONTACT = (ARMING, ARMED, PAUSED)  # where START alone is not enough


def presses(session, inputs):
    """What was pressed, in order, then what the host wants lowered."""
    for press in inputs.presses:
        _PRESSES[press](session, inputs)
    level_ua = inputs.host_level_ua
    if level_ua is None:
        return
    refusal = session.would_lower(level_ua)
    if refusal is not None:
        session.dispatch(ev.HOST_REFUSED, refusal[0], refusal[1], refusal[2])
    elif level_ua != session.settings.level_ua:
        session.dispatch(ev.HOST_LOWER, 0, level_ua)


def _up(session, _inputs):
    value, step, _, maximum = session.settings.edited()
    if session.run.is_partial:
        session.press(ev.ACCEPT_LIFT)
    elif value >= maximum:
        session.press(ev.AT_MAXIMUM, faults.ABOVE_MAXIMUM, value + step, maximum)
    else:
        session.press(ev.UP)


def _down(session, _inputs):
    value, step, minimum, _ = session.settings.edited()
    if value <= minimum:
        session.press(ev.AT_MINIMUM, faults.BELOW_MINIMUM, value - step, minimum)
    else:
        session.press(ev.DOWN)


def _mode(session, _inputs):
    session.press(ev.MODE)


def _mode_held(session, _inputs):
    mode = session.settings.mode
    if mode.can_reverse:
        session.press(ev.MODE_HELD)
    else:
        session.press(ev.NO_REVERSAL, faults.MODE_HAS_NO_REVERSAL, mode.number)


def _start(session, inputs):
    """START: what stands in the way is said. [REQ-SES-6] [REQ-PWR-1]"""
    contact = session.contact
    is_steady = contact.circuit == CIRCUIT_CLOSED and contact.steady_ms >= CONTACT_STEADY_MS
    if inputs.stop_pressed:
        session.press(ev.START_BLOCKED, faults.STOP_PRESSED, 1)
    elif inputs.vbus:
        session.press(ev.START_BLOCKED, faults.SERVICE_USB_PRESENT, 1)
    elif inputs.calibration == CALIBRATION_NONE:
        session.press(ev.START_BLOCKED, faults.NOT_CALIBRATED)
    elif inputs.battery_mv < BATTERY_START_MV and session.state in _BEFORE:
        session.press(ev.START_BLOCKED, faults.BATTERY_LOW, inputs.battery_mv, BATTERY_START_MV)
    elif is_steady or session.state not in _NEEDS_CONTACT:
        session.press(ev.START)
    else:
        session.press(ev.START_NO_CONTACT, faults.NO_CONTACT, contact.circuit)


def _start_held(session, inputs):
    """START held: out of a fault, by way of the self-test if that has not passed yet. [REQ-SES-14] [REQ-SES-21]"""
    number = session.fault[0]
    if session.state != FAULT:
        session.press(ev.START_HELD)
    elif inputs.stop_pressed or inputs.vbus or not inputs.cause_gone:
        session.press(ev.CLEAR_BLOCKED, faults.CAUSE_PRESENT, number)
    elif session.service is not None:
        session.press(ev.CLEAR_SERVICE)
    else:
        session.press(ev.CLEAR if session.is_tested else ev.RETEST)


_PRESSES = {
    PRESS_UP: _up,
    PRESS_DOWN: _down,
    PRESS_MODE: _mode,
    PRESS_MODE_HELD: _mode_held,
    PRESS_START: _start,
    PRESS_START_HELD: _start_held,
}
