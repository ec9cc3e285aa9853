"""The session: how a treatment goes, from power-on to its end. Pure: `step(now_ms, inputs) -> outputs`.

Every round runs the same way: what is due becomes events (session_senses.py, session_presses.py), an event and the
state give the next state and an action (session_table.py), the action changes what is wanted (session_actions.py,
session_treatment.py), and here outputs and view are written from that.
"""

from ionto import session_events as ev
from ionto import session_senses
from ionto.contact import classify
from ionto.faults import (
    BELOW_MINIMUM,
    CHARGE_CAP,
    NOT_IN_STATE,
    PARTIAL_CONTACT,
    RAMPING,
    STATE_CORRUPT,
    V_LIMIT,
    WOULD_RAISE,
)
from ionto.limits import BATTERY_END_MV, BATTERY_LOW_MS, MAX_SELF_RECONNECTS, seal
from ionto.messages import EVENT_REASON, EVENT_STATE
from ionto.session_data import POLARITY_MAX_UA, POLARITY_OPEN_MS, V_LIMIT_SHOWN_MS
from ionto.session_io import MAY_DRIVE, Inputs, Outputs
from ionto.session_presses import presses
from ionto.session_senses import STARTING, TREATING
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF, DRIVE_PROBE, SOUND_KEY, find
from ionto.session_time import elapsed_ms
from ionto.session_treatment import Treatment
from ionto.states import FAULT, SERVICE
from ionto.view import CIRCUIT_UNKNOWN

__all__ = ("Inputs", "Outputs", "Session")

SESSION_WORD = 200  # what STATE_CORRUPT tells of the session,
MODE_WORD = 201  # and of the row of its mode
_FROM_HOST = (ev.HOST_STOP, ev.HOST_LOWER, ev.HOST_REFUSED)


class Session(Treatment):
    """The state machine. It decides; the app carries out `outputs`, and the panel and the link show `view`."""

    def __init__(self, view):
        super().__init__()
        self.view = view
        self._last_ms = None
        self._sealed = None  # what `_seal` gave at the end of the last round
        self._reasons = 0
        self._show()
        self._show_readings()

    def step(self, now_ms, inputs):
        """One round. `now_ms` is ticks_ms-like and may wrap. Returns the one Outputs object, good until the next."""
        self.inputs = inputs
        outputs = self.outputs
        if outputs.happened:
            outputs.begin()
        self.retargeted = False
        if self._sealed is not None and self._seal() != self._sealed:
            self._distrust(SESSION_WORD)
        self._account(now_ms, inputs)
        # What is rare is looked for here: in most rounds nothing of it is there, and a call costs the chip 20 us.
        if inputs.fault or inputs.cut or self.state in STARTING:
            session_senses.alarms(self, inputs)
        if inputs.stop_pressed or inputs.vbus or inputs.host_stop or self.timers.battery_low_ms >= BATTERY_LOW_MS:
            session_senses.stops(self, inputs)
        session_senses.circuit(self, inputs, now_ms)
        session_senses.ramps(self, inputs)
        session_senses.timers(self)
        if self.service is not None:
            self.service.step(now_ms, inputs)
        if inputs.presses or inputs.host_level_ua is not None:
            presses(self, inputs)
        self._command(inputs)
        self._reason(inputs)
        if outputs.happened:
            self._show()
        self._show_readings()
        self.last_current_ua = inputs.current_ua
        self._sealed = self._seal()
        return outputs

    def _seal(self):
        """Changes with every bit of what decides about the output; between two rounds nobody writes there."""
        settings, run = self.settings, self.run
        words = self.state ^ self.drive ^ settings.level_ua ^ settings.minutes ^ run.treated_ms
        words ^= run.charge_ua_s ^ run.reconnects ^ self.fault[0] ^ settings.max_charge_ua_s
        words ^= run.ramp_down_ua_per_s ^ run.pending_fault ^ run.end ^ run.is_open
        words ^= run.is_partial ^ run.needs_start ^ run.wants_reversed ^ run.charge_capped
        return words ^ settings.reverse_enabled ^ self.is_tested ^ self.is_reversed

    def _distrust(self, word):
        """A bit has flipped: off, a fault, and what was set counts no more. The self-test follows. [REQ-TRP-14]"""
        self.detail = (STATE_CORRUPT, word, 0)
        # A fault that is told goes on. While a treatment is open there is none: then it is its number that flipped.
        if self.fault[0] == 0 or (self.run.is_open and self.state != FAULT):
            self.latch_fault()
        self._off()
        self.settings.choose(self.settings.mode)
        self.is_tested = False
        self.state = FAULT
        self.event(EVENT_STATE, FAULT, FAULT)

    def would_stop(self):
        """What a host's STOP would be refused with now: (code, value, limit), or None. [REQ-SES-17]"""
        if find(self.state, ev.HOST_STOP):
            return None
        return NOT_IN_STATE, self.state, 0

    def would_lower(self, level_ua, granted_ua=None):
        """What a host's LOWER_LEVEL to `level_ua` would be refused with now: (code, value, limit), or None.

        `granted_ua` is the level that it has been granted in this round, which counts from the next one on.
        """
        settings = self.settings
        if not find(self.state, ev.HOST_LOWER):
            return NOT_IN_STATE, self.state, 0
        if granted_ua is None:
            granted_ua = settings.level_ua
        if level_ua > granted_ua:
            return WOULD_RAISE, level_ua, granted_ua
        if level_ua < settings.mode.step_ua:
            return BELOW_MINIMUM, level_ua, settings.mode.step_ua
        return None

    def dispatch(self, event, code=0, value=0, limit=0):
        """One event, with its detail for the action. Returns False, and refuses, if the table has no such pair."""
        self.outputs.happened = True
        row = find(self.state, event)
        if row is None:
            self.refuse_with(NOT_IN_STATE, self.state, 0, event not in _FROM_HOST)
            return False
        self.detail = (code, value, limit)
        old = self.state
        state, action = row
        if action:
            getattr(self, action)()
        if state != old:
            self.state = state
            self.timers.wait_ms = 0
            self.event(EVENT_STATE, state, old)
        return True

    def press(self, event, code=0, value=0, limit=0):
        """An event that comes from a press: it is heard."""
        if self.dispatch(event, code, value, limit):
            self.sound(SOUND_KEY)

    def _account(self, now_ms, inputs):
        """Adds the round that has passed to timers, time under current [REQ-SES-8] and charge [REQ-SES-9]."""
        dt_ms = 0 if self._last_ms is None else elapsed_ms(now_ms, self._last_ms)
        self._last_ms = now_ms
        drive = self.outputs.drive
        self.timers.advance(dt_ms, drive, inputs.output_open, inputs.is_proving)
        if inputs.battery_mv < BATTERY_END_MV or self.timers.battery_low_ms:
            self.timers.battery(dt_ms, inputs.battery_mv < BATTERY_END_MV)
        run = self.run
        if drive == DRIVE_CURRENT:
            run.ramp_ms += dt_ms
            if self.state in TREATING and inputs.current_ua > 0:
                run.treated_ms += dt_ms
        if run.is_open:
            run.add_charge(inputs.charge_ua_ms)

    def _target_ua(self):
        """Where the drive shall ramp to: never above the maximum; half of the level after a lift. [REQ-SES-18]"""
        if self.state not in TREATING:
            return self.service.target_ua() if self.state == SERVICE else 0
        level_ua = self.settings.level_ua
        if level_ua > self.settings.mode.max_ua:
            level_ua = self.settings.mode.max_ua
        return level_ua // 2 if self.run.is_partial else level_ua

    def _command(self, inputs):
        """Writes the drive command. What the state does not allow is off. [REQ-SES-2]"""
        outputs = self.outputs
        run = self.run
        # Whatever is new is worked out from the mode's row: before that it must be what it was.
        if outputs.happened and seal(self.settings.mode) != self.settings.mode_seal:
            self._distrust(MODE_WORD)
        if self.drive != DRIVE_OFF and self.drive not in MAY_DRIVE.get(self.state, ()):
            self.drive = DRIVE_OFF
        drive = outputs.drive = self.drive
        if outputs.happened:
            mode = self.settings.mode
            outputs.mode = mode.number
            outputs.ramp_up_ua_per_s = mode.ramp_up_ua_per_s
            outputs.ramp_down_ua_per_s = run.ramp_down_ua_per_s or mode.ramp_down_ua_per_s
        outputs.target_ua = self._target_ua() if drive == DRIVE_CURRENT else None
        # K2 is mechanical: it moves only while nothing can flow through it. [REQ-SES-13]
        if (
            self.is_reversed != run.wants_reversed
            and drive == DRIVE_OFF
            and self.timers.open_ms >= POLARITY_OPEN_MS
            and inputs.current_ua < POLARITY_MAX_UA
        ):
            self.is_reversed = outputs.polarity_reversed = run.wants_reversed
            self.timers.polarity_ms = 0
            outputs.happened = True

    def _reason(self, inputs):
        """Works out why less is delivered than was set, and what the circuit is. [REQ-SES-15]"""
        timers = self.timers
        is_driven = self.drive == DRIVE_CURRENT and self.service is None
        reasons = 0
        if is_driven and (self.retargeted or not inputs.at_target):
            reasons = RAMPING
        if self.state not in TREATING:
            timers.limited_left_ms = 0
        elif inputs.v_limited:
            timers.limited_left_ms = V_LIMIT_SHOWN_MS
        if timers.limited_left_ms > 0:
            reasons |= V_LIMIT
        if self.run.is_partial:
            reasons |= PARTIAL_CONTACT
        if self.run.charge_capped:
            reasons |= CHARGE_CAP
        if reasons != self._reasons:
            self.event(EVENT_REASON, reasons, self._reasons)
            self._reasons = reasons
        if self.refusal and timers.refusal_left_ms == 0:
            self.refusal = 0
            self.outputs.happened = True
        if is_driven and inputs.resistance_ohm is not None:
            self.circuit = classify(inputs.resistance_ohm, self.settings.mode)
        else:
            self.circuit = self.contact.circuit if self.drive == DRIVE_PROBE else CIRCUIT_UNKNOWN

    def _show(self):
        """Writes what of the view changes by events only."""
        view, settings, run = self.view, self.settings, self.run
        view.state = self.state
        view.mode = settings.mode.number
        view.level_ua = settings.level_ua
        view.minutes = settings.minutes
        view.editing_minutes = settings.editing_minutes
        view.reverse_enabled = settings.reverse_enabled
        view.polarity_reversed = self.is_reversed
        view.reasons = self._reasons
        view.fault, view.fault_value, view.fault_limit = self.fault
        view.needs_start = run.needs_start
        view.reconnects_left = MAX_SELF_RECONNECTS - run.reconnects
        view.end = run.end
        view.refusal = self.refusal

    def _show_readings(self):
        """Writes what of the view may change in every round."""
        view, inputs, run = self.view, self.inputs, self.run
        view.setpoint_ua = inputs.setpoint_ua
        view.current_ua = inputs.current_ua
        view.current_b_ua = inputs.current_b_ua
        view.voltage_mv = inputs.voltage_mv
        view.battery_mv = inputs.battery_mv
        view.resistance_ohm = None if self.drive == DRIVE_OFF else inputs.resistance_ohm
        view.circuit = self.circuit
        left_ms = self.settings.minutes * 60000 - run.treated_ms
        view.remaining_s = (left_ms + 999) // 1000 if left_ms > 0 else 0
        view.charge_ua_s = run.charge_ua_s
        view.hold_ms = inputs.start_hold_ms if self.state == FAULT else 0
        view.calibration = inputs.calibration
