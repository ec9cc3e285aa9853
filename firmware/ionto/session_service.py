"""SERVICE: what a host may drive into a dummy load, and when that ends. Pure; imported when SERVICE is entered.

A host asks for a voltage or a current in one of the two ranges, and gives a sign of life every KEEP_ALIVE_MS: else the
output ends, a current by the ramp of STOP, a voltage at once. What is driven stays within the limits of HANDS, without
a calibration UNCALIBRATED_PERCENT of them. [REQ-SRV-1] [REQ-SRV-3]
"""

from ionto import faults, limits
from ionto import session_events as ev
from ionto.session_data import PROBE_DEAD_MS
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF, DRIVE_PROBE
from ionto.session_time import elapsed_ms
from ionto.states import SERVICE

KEEP_ALIVE_MS = 500
MIN_UA = 100
MIN_MV = 200
# A sound board is within calibration.MAX_PERCENT_OFF of the nominal factors; what it really gives then stays below the
# limits, and so does the trip at 110 % of them.
UNCALIBRATED_PERCENT = 80
# In amperes a second a dummy load has nothing to feel; 15 mA are reached in some seconds.
RAMPS_UA_PER_S = ((500, 1500), (2500, 5000))
# A voltage is measured without a load: its current limit is the probe's, and the trips are the lower ones of the range.
VOLTAGE_MAX_UA = (3000, 5000)

OFF = DRIVE_OFF
VOLTAGE = DRIVE_PROBE
CURRENT = DRIVE_CURRENT


def row_of(range_, is_voltage, percent):
    """The limits.Mode for a range: that of FACE or HANDS, with faster ramps and at most `percent` of its limits."""
    base = limits.MODES[limits.HANDS if range_ == limits.RANGE_BODY else limits.FACE]
    low = limits.MODES[limits.UNDERARMS] if is_voltage and range_ == limits.RANGE_BODY else base
    max_ua = VOLTAGE_MAX_UA[range_] if is_voltage else base.max_ua
    up_ua_per_s, down_ua_per_s = RAMPS_UA_PER_S[range_]
    return limits.Mode(
        number=base.number,
        name=base.name,
        range=range_,
        trip_high=low.trip_high,
        latch_ua=low.latch_ua,
        max_ua=max_ua * percent // 100,
        default_ua=base.default_ua,
        step_ua=base.step_ua,
        max_electrode_mv=base.max_electrode_mv * percent // 100,
        ramp_up_ua_per_s=up_ua_per_s,
        ramp_down_ua_per_s=down_ua_per_s,
        default_min=base.default_min,
        max_min=base.max_min,
        max_charge_ua_ms=base.max_charge_ua_ms,
        can_reverse=False,
        contact_ohm=base.contact_ohm,
        probe_limit_ua=base.probe_limit_ua,
    )


class Service:
    """What the host has asked for. `session` carries it out.

    kind    OFF, VOLTAGE or CURRENT
    value   in mV or uA
    cut     number of the cut or fault that ended the last drive; 0: none did
    range   limits.RANGE_*
    """

    def __init__(self, session):
        self._session = session
        self._last_ms = None
        self._silent_ms = 0
        self._asked = None
        self._row = None  # that the session is to take: it changes only in its own rounds
        self.kind = OFF
        self.value = 0
        self.cut = 0
        self.range = limits.RANGE_FACE
        self.percent = UNCALIBRATED_PERCENT
        self.choose(limits.RANGE_FACE)

    # What the host may ask.

    def heard(self):
        """A sign of life."""
        self._silent_ms = 0

    def choose(self, range_):
        """Takes a range, its output off. Returns None, or why not: (code, value, limit)."""
        if self.is_on():
            return faults.OUTPUT_ACTIVE, self.kind, 0
        self.range = range_
        self._row = row_of(range_, False, self.percent)
        return None

    def ask(self, kind, value, inputs):
        """The host wants a VOLTAGE in mV or a CURRENT in uA: None if it will get it, else (code, value, limit)."""
        session = self._session
        if session.state != SERVICE:
            return faults.NOT_IN_STATE, session.state, 0
        row = row_of(self.range, kind == VOLTAGE, self.percent)
        lowest, highest = (MIN_MV, row.max_electrode_mv) if kind == VOLTAGE else (MIN_UA, row.max_ua)
        if value < lowest:
            return faults.BELOW_MINIMUM, value, lowest
        if value > highest:
            return faults.ABOVE_MAXIMUM, value, highest
        if inputs.stop_pressed:
            return faults.STOP_PRESSED, 1, 0
        if inputs.vbus:
            return faults.SERVICE_USB_PRESENT, 1, 0
        is_same = kind == self.kind and (kind == CURRENT or value == self.value)
        if self.is_on() and not is_same:
            return faults.OUTPUT_ACTIVE, self.kind, 0
        self._asked = (kind, value, row)
        self.heard()
        return None

    def is_on(self):
        """Whether something is asked for, or still on its way to off."""
        return self.kind != OFF or self._session.drive != DRIVE_OFF or self._asked is not None

    def is_pending(self):
        """Whether what was asked for last has still to be taken up."""
        return self._asked is not None

    # What the session does with it.

    def step(self, now_ms, inputs):
        """One round: dispatches what is due."""
        elapsed = 0 if self._last_ms is None else elapsed_ms(now_ms, self._last_ms)
        self._last_ms = now_ms
        session = self._session
        if session.state != SERVICE:
            self.forget()
            return
        if self._row is not None:
            session.settings.choose(self._row)
            self._row = None
            session.outputs.happened = True
            self._show()
        if not self.is_on():
            return
        self._silent_ms += elapsed
        if self._silent_ms > KEEP_ALIVE_MS:
            session.dispatch(ev.HOST_SILENT)
        elif self._asked is not None:  # STOP and the service USB come first in a round, and have taken it back
            session.dispatch(ev.HOST_DRIVE)
        self._move(session, inputs)

    def _move(self, session, inputs):
        """On from off, and off at the end of a ramp."""
        if session.drive == DRIVE_OFF:
            if self.kind != OFF and session.timers.open_ms >= PROBE_DEAD_MS and not session.is_reversed:
                session.dispatch(ev.PROBE_DUE)
        elif session.drive == DRIVE_CURRENT and self.kind == OFF:
            if inputs.at_zero:
                session.dispatch(ev.AT_ZERO)
            elif session.run.ramp_ms >= session.run.ramp_limit_ms:
                session.dispatch(ev.RAMP_OVERDUE)

    def serve(self):
        """Takes what was asked for; from off with a row of its own."""
        session = self._session
        if self._asked is None:
            return
        kind, value, row = self._asked
        self._asked = None
        if session.drive == DRIVE_OFF:
            session.run.reset()
            session.settings.choose(row)
            session.run.needs_start = kind == VOLTAGE  # a voltage stays a probe, whatever is connected
            self.cut = 0
        self.kind = kind
        self.value = value
        self._show()

    def forget(self):
        """Nothing is asked for any more."""
        self._asked = None
        self.kind = OFF
        self.value = 0
        self._show()

    def note_cut(self, number):
        """The tick has cut the output: what was asked for is over."""
        self.forget()
        self.cut = number

    def _show(self):
        self._session.view.service = (self.range, self.kind, self.value)

    def target_ua(self):
        """Where the ramp goes."""
        return min(self.value, self._session.settings.mode.max_ua) if self.kind == CURRENT else 0
