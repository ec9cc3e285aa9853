"""What is due in a round, in the order in which it counts: alarms, wishes to stop, contact, ramps, timers.

Each function looks at the session and its inputs, decides the guards, and dispatches events. None changes the session
in any other way but through its watches.
"""

from ionto import session_events as ev
from ionto.contact import LIFT_LOST, LIFT_PARTIAL
from ionto.limits import (
    ARMED_TIMEOUT_MS,
    BATTERY_LOW_MS,
    CONTACT_STEADY_MS,
    OPEN_BEFORE_ARMING_MS,
    OPEN_FLOOR_UA,
    PAUSED_TIMEOUT_MS,
)
from ionto.session_data import (
    CONFIRM_TIMEOUT_MS,
    DONE_TIMEOUT_MS,
    POLARITY_SETTLE_MS,
    PROBE_DEAD_MS,
    PROBE_SETTLE_MS,
    REVERSED_CONTACT_MS,
)
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF, DRIVE_PROBE
from ionto.states import (
    ARMED,
    ARMING,
    BOOT,
    CONFIRM,
    DONE,
    HOLD,
    PAUSED,
    RAMP_DOWN,
    RAMP_UP,
    REVERSING,
    SELF_TEST,
)
from ionto.view import CIRCUIT_CLOSED, CIRCUIT_OPEN, CIRCUIT_SHORT, CIRCUIT_UNKNOWN

STARTING = (BOOT, SELF_TEST)
PROBING = (ARMING, ARMED, PAUSED, REVERSING)
TREATING = (RAMP_UP, HOLD)
_RAMPING = (RAMP_UP, RAMP_DOWN, REVERSING)

# What is waited in for too long ends: [REQ-SES-7]; a pause first asks for START. [REQ-SES-10]
_TIMEOUT_MS = {
    CONFIRM: CONFIRM_TIMEOUT_MS,
    ARMING: ARMED_TIMEOUT_MS,
    ARMED: ARMED_TIMEOUT_MS,
    DONE: DONE_TIMEOUT_MS,
    PAUSED: PAUSED_TIMEOUT_MS,
    REVERSING: REVERSED_CONTACT_MS,
}


def alarms(session, inputs):
    """Power-on and faults first, then the self-test's result, then a cut."""
    if session.state == BOOT:
        session.dispatch(ev.POWERED)
    if inputs.fault:
        session.dispatch(ev.FAULT, inputs.fault, inputs.fault_value, inputs.fault_limit)
    if session.state == SELF_TEST and inputs.self_test is not None:
        if inputs.self_test == 0:
            session.dispatch(ev.SERVICE if inputs.is_service else ev.TEST_PASSED)
        else:
            session.dispatch(ev.FAULT, inputs.self_test, inputs.fault_value, inputs.fault_limit)
    if inputs.cut:
        session.dispatch(ev.CUT, inputs.cut, inputs.fault_value)


def stops(session, inputs):
    """STOP, the service USB, a host that wants to stop, a low battery.

    [REQ-SES-5] [REQ-SES-16] [REQ-SES-17] [REQ-PWR-1]
    """
    if inputs.stop_pressed:
        session.dispatch(ev.STOP)
    if inputs.vbus:
        session.dispatch(ev.VBUS)
    if inputs.host_stop:
        session.dispatch(ev.HOST_STOP)
    if session.timers.battery_low_ms >= BATTERY_LOW_MS:
        session.dispatch(ev.BATTERY)


def circuit(session, inputs, now_ms):
    """What the settled probe sees, or how the contact fares under current."""
    if session.state in TREATING:
        _lift(session, inputs, now_ms)
    elif session.drive == DRIVE_PROBE and session.timers.probe_ms >= PROBE_SETTLE_MS:
        session.contact.update(now_ms, inputs.resistance_ohm, session.settings.mode)
        _contact(session)
    elif session.contact.circuit != CIRCUIT_UNKNOWN:
        session.contact.reset()


def _contact(session):
    """Open for long enough to arm, closed for long enough to begin or go on. [REQ-SES-4] [REQ-SES-10]"""
    contact = session.contact
    if contact.circuit != CIRCUIT_SHORT:
        session.short_told = False
    if session.state == ARMING:
        if contact.circuit == CIRCUIT_OPEN and contact.steady_ms >= OPEN_BEFORE_ARMING_MS:
            session.dispatch(ev.OPEN)
    elif contact.steady_ms >= CONTACT_STEADY_MS:
        if contact.circuit == CIRCUIT_CLOSED and not session.run.needs_start:
            session.dispatch(ev.CONTACT)
        elif contact.circuit == CIRCUIT_SHORT and not session.short_told:
            session.dispatch(ev.SHORT)


def _lift(session, inputs, now_ms):
    """An electrode that lifts in part, further, back again, or off. [REQ-SES-11] [REQ-SES-12]"""
    # Below OPEN_FLOOR_UA the tick calls the circuit open; a ratio of so little means nothing.
    resistance_ohm = inputs.resistance_ohm if inputs.current_ua >= OPEN_FLOOR_UA else None
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
    if session.state in _RAMPING:
        _arrivals(session, inputs)
    if session.drive == DRIVE_OFF:
        if session.state in PROBING and _may_probe(session):
            session.dispatch(ev.PROBE_DUE)
        elif session.run.pending_fault:
            session.dispatch(ev.FAULT, session.run.pending_fault, 1, 0)


def _arrivals(session, inputs):
    state = session.state
    if state == RAMP_UP:
        # Only a round that began with this very target can say that it has been reached.
        if inputs.at_target and not session.retargeted and session.outputs.drive == DRIVE_CURRENT:
            session.dispatch(ev.AT_TARGET)
    elif state == RAMP_DOWN:
        _ramp_to_zero(session, inputs.at_zero or session.drive == DRIVE_OFF)
    elif session.drive == DRIVE_CURRENT:
        _ramp_to_zero(session, inputs.at_zero)


def _ramp_to_zero(session, is_at_zero):
    if is_at_zero:
        session.dispatch(ev.AT_ZERO)
    elif session.run.ramp_ms >= session.run.ramp_limit_ms:
        session.dispatch(ev.RAMP_OVERDUE)


def _may_probe(session):
    timers = session.timers
    return (
        timers.open_ms >= PROBE_DEAD_MS
        and session.is_reversed == session.run.wants_reversed
        and timers.polarity_ms >= POLARITY_SETTLE_MS
    )


def timers(session):
    """Charge [REQ-SES-9], time under current [REQ-SES-8], half of it [REQ-SES-13], and waits that are over."""
    if session.state in TREATING or session.state == REVERSING:
        _budgets(session)
    limit_ms = _TIMEOUT_MS.get(session.state)
    if limit_ms is None or session.timers.wait_ms < limit_ms:
        return
    if session.state == PAUSED and not session.run.needs_start:
        session.dispatch(ev.WAIT_OVER)
    elif session.drive != DRIVE_CURRENT:
        session.dispatch(ev.TIMEOUT)


def _budgets(session):
    run = session.run
    settings = session.settings
    if run.charge_ua_s >= settings.max_charge_ua_s:
        session.dispatch(ev.CHARGE_CAP)
    if session.state in TREATING:
        total_ms = settings.minutes * 60000
        if run.treated_ms >= total_ms:
            session.dispatch(ev.TIME_OVER)
        elif settings.reverse_enabled and not run.wants_reversed and run.treated_ms >= total_ms // 2:
            session.dispatch(ev.HALF_TIME)
