"""What is due in a round, in the order in which it counts: alarms, wishes to stop, contact, ramps, timers, presses.

Each function looks at the session and its inputs, decides the guards, and dispatches events. None changes the session
in any other way but through its watches.
"""

from ionto import faults, limits, states
from ionto import session_events as ev
from ionto.contact import LIFT_LOST, LIFT_PARTIAL
from ionto.messages import CALIBRATION_NONE
from ionto.session_data import (
    CONFIRM_TIMEOUT_MS,
    DONE_TIMEOUT_MS,
    POLARITY_SETTLE_MS,
    PROBE_DEAD_MS,
    PROBE_SETTLE_MS,
    REVERSED_CONTACT_MS,
)
from ionto.session_table import (
    DRIVE_CURRENT,
    DRIVE_OFF,
    DRIVE_PROBE,
    PRESS_DOWN,
    PRESS_MODE,
    PRESS_MODE_HELD,
    PRESS_START,
    PRESS_START_HELD,
    PRESS_UP,
)
from ionto.view import CIRCUIT_CLOSED, CIRCUIT_OPEN, CIRCUIT_SHORT

PROBING = (states.ARMING, states.ARMED, states.PAUSED, states.REVERSING)
TREATING = (states.RAMP_UP, states.HOLD)
_NEEDS_CONTACT = (states.ARMING, states.ARMED, states.PAUSED)  # where START alone is not enough

# What is waited in for too long ends: [REQ-SES-7]; a pause first asks for START. [REQ-SES-10]
_TIMEOUT_MS = {
    states.CONFIRM: CONFIRM_TIMEOUT_MS,
    states.ARMING: limits.ARMED_TIMEOUT_MS,
    states.ARMED: limits.ARMED_TIMEOUT_MS,
    states.DONE: DONE_TIMEOUT_MS,
    states.PAUSED: limits.PAUSED_TIMEOUT_MS,
    states.REVERSING: REVERSED_CONTACT_MS,
}


def alarms(session, inputs):
    """Faults first, then the self-test's result, then a cut."""
    if inputs.fault:
        session.dispatch(ev.FAULT, inputs.fault, inputs.fault_value, inputs.fault_limit)
    if session.state == states.SELF_TEST and inputs.self_test is not None:
        if inputs.self_test == 0:
            session.dispatch(ev.TEST_PASSED)
        else:
            session.dispatch(ev.FAULT, inputs.self_test, inputs.fault_value, inputs.fault_limit)
    if inputs.cut:
        session.dispatch(ev.CUT, inputs.cut, inputs.fault_value)


def stops(session, inputs):
    """STOP, the service USB, and a host that wants to stop. [REQ-SES-5] [REQ-SES-16] [REQ-SES-17]"""
    if inputs.stop_pressed:
        session.dispatch(ev.STOP)
    if inputs.vbus:
        session.dispatch(ev.VBUS)
    if inputs.host_stop:
        session.dispatch(ev.HOST_STOP)


def circuit(session, inputs, now_ms):
    """What the settled probe sees, or how the contact fares under current."""
    if session.state in TREATING:
        _lift(session, inputs, now_ms)
    elif session.drive == DRIVE_PROBE and session.timers.probe_ms >= PROBE_SETTLE_MS:
        session.contact.update(now_ms, inputs.resistance_ohm, session.settings.mode)
        _contact(session)
    else:
        session.contact.reset()


def _contact(session):
    """Open for long enough to arm, closed for long enough to begin or go on. [REQ-SES-4] [REQ-SES-10]"""
    contact = session.contact
    if contact.circuit != CIRCUIT_SHORT:
        session.short_told = False
    if session.state == states.ARMING:
        if contact.circuit == CIRCUIT_OPEN and contact.steady_ms >= limits.OPEN_BEFORE_ARMING_MS:
            session.dispatch(ev.OPEN)
    elif contact.steady_ms >= limits.CONTACT_STEADY_MS:
        if contact.circuit == CIRCUIT_CLOSED and not session.run.needs_start:
            session.dispatch(ev.CONTACT)
        elif contact.circuit == CIRCUIT_SHORT and not session.short_told:
            session.dispatch(ev.SHORT)


def _lift(session, inputs, now_ms):
    """An electrode that lifts in part, further, back again, or off. [REQ-SES-11] [REQ-SES-12]"""
    # Below OPEN_FLOOR_UA the tick calls the circuit open; a ratio of so little means nothing.
    resistance_ohm = inputs.resistance_ohm if inputs.current_ua >= limits.OPEN_FLOOR_UA else None
    lifted = session.lift.update(now_ms, resistance_ohm)
    is_partial = session.run.is_partial
    if lifted == LIFT_LOST:
        session.dispatch(ev.LIFTED)
    elif lifted == LIFT_PARTIAL:
        session.dispatch(ev.PARTIAL_AGAIN if is_partial else ev.PARTIAL)
    elif is_partial and session.lift.recovered(now_ms, resistance_ohm):
        session.dispatch(ev.PARTIAL_OVER)


def ramps(session, inputs):
    """Ramps that have arrived, and probes that may begin."""
    state = session.state
    if state == states.RAMP_UP:
        # Only a round that began with this very target can say that it has been reached.
        if inputs.at_target and not session.retargeted and session.outputs.drive == DRIVE_CURRENT:
            session.dispatch(ev.AT_TARGET)
    elif state == states.RAMP_DOWN:
        _ramp_to_zero(session, inputs.at_zero or session.drive == DRIVE_OFF)
    elif state == states.REVERSING and session.drive == DRIVE_CURRENT:
        _ramp_to_zero(session, inputs.at_zero)
    if session.state in PROBING and _may_probe(session):
        session.dispatch(ev.PROBE_DUE)
    if session.run.pending_fault and session.drive == DRIVE_OFF:
        session.dispatch(ev.FAULT, session.run.pending_fault, 1, 0)


def _ramp_to_zero(session, is_at_zero):
    if is_at_zero:
        session.dispatch(ev.AT_ZERO)
    elif session.run.ramp_ms >= session.run.ramp_limit_ms:
        session.dispatch(ev.RAMP_OVERDUE)


def _may_probe(session):
    timers = session.timers
    return (
        session.drive == DRIVE_OFF
        and timers.open_ms >= PROBE_DEAD_MS
        and session.is_reversed == session.run.wants_reversed
        and timers.polarity_ms >= POLARITY_SETTLE_MS
    )


def timers(session):
    """Charge [REQ-SES-9], time under current [REQ-SES-8], half of it [REQ-SES-13], and waits that are over."""
    run = session.run
    settings = session.settings
    total_ms = settings.minutes * 60000
    if session.state in TREATING or session.state == states.REVERSING:
        if run.charge_ua_s >= settings.max_charge_ua_s:
            session.dispatch(ev.CHARGE_CAP)
    if session.state in TREATING:
        if run.treated_ms >= total_ms:
            session.dispatch(ev.TIME_OVER)
        elif settings.reverse_enabled and not run.wants_reversed and run.treated_ms >= total_ms // 2:
            session.dispatch(ev.HALF_TIME)
    limit_ms = _TIMEOUT_MS.get(session.state)
    if limit_ms is None or session.timers.wait_ms < limit_ms:
        return
    if session.state == states.PAUSED and not run.needs_start:
        session.dispatch(ev.WAIT_OVER)
    elif session.drive != DRIVE_CURRENT:
        session.dispatch(ev.TIMEOUT)


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
    """START: what stands in the way is said. [REQ-SES-6]"""
    contact = session.contact
    is_steady = contact.circuit == CIRCUIT_CLOSED and contact.steady_ms >= limits.CONTACT_STEADY_MS
    if inputs.stop_pressed:
        session.press(ev.START_BLOCKED, faults.STOP_PRESSED, 1)
    elif inputs.vbus:
        session.press(ev.START_BLOCKED, faults.SERVICE_USB_PRESENT, 1)
    elif inputs.calibration == CALIBRATION_NONE:
        session.press(ev.START_BLOCKED, faults.NOT_CALIBRATED)
    elif is_steady or session.state not in _NEEDS_CONTACT:
        session.press(ev.START)
    else:
        session.press(ev.START_NO_CONTACT, faults.NO_CONTACT, contact.circuit)


def _start_held(session, inputs):
    """START held: out of a fault, by way of the self-test if that has not passed yet. [REQ-SES-14] [REQ-SES-21]"""
    number = session.fault[0]
    if session.state != states.FAULT:
        session.press(ev.START_HELD)
    elif inputs.stop_pressed or inputs.vbus or not inputs.cause_gone:
        session.press(ev.CLEAR_BLOCKED, faults.CAUSE_PRESENT, number)
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
