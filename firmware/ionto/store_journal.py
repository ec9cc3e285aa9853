"""What the device writes down: events, the trace of a session, its record, counters, and how the last one ended.

A session is open from its first ramp to its end. When that ramp begins the counters say so, and its record is written
at its end; so the next power-on knows of a session that has no record, and writes one from the trace. [REQ-MEM-5]
"""

from ionto import messages, states
from ionto import store_records as records
from ionto.store_map import SEQUENCES

SAMPLE_MS = 1000
MAX_WAITING = 12  # events that wait for room in the writer's queue
WDT_RESET = 3  # of board/outside.py: it timed out; a restart that was asked for is none


class _Treatment:
    """What the record of the session under way will say, as far as the view does not say it at its end."""

    def __init__(self, number, view, time_ms, trace):
        self.number = number
        self.time_ms = time_ms
        self.level_ua = view.level_ua
        self.trace = trace
        self.cuts = 0
        self.reconnects = 0
        self.reasons = 0
        self.max_current_ua = 0
        self.max_voltage_mv = 0
        self.min_resistance_ohm = None
        self.max_resistance_ohm = None

    def watch(self, view):
        """Takes a round into account."""
        self.reasons |= view.reasons
        self.max_current_ua = max(self.max_current_ua, view.current_ua)
        self.max_voltage_mv = max(self.max_voltage_mv, view.voltage_mv)
        ohm = view.resistance_ohm
        if ohm is not None:
            if self.min_resistance_ohm is None or ohm < self.min_resistance_ohm:
                self.min_resistance_ohm = ohm
            if self.max_resistance_ohm is None or ohm > self.max_resistance_ohm:
                self.max_resistance_ohm = ohm

    def note(self, kind, a, b):
        """Takes an event into account."""
        if kind == messages.EVENT_CUT:
            self.cuts += 1
        elif kind == messages.EVENT_STATE and a == states.RAMP_UP and b == states.PAUSED:
            self.reconnects += 1


class Journal:
    """Writes to `store` (Store, opened) what happens to `view` (View). `version` is the firmware's."""

    def __init__(self, store, view, reset_cause, version):
        self._store = store
        self._view = view
        self._reset_cause = reset_cause
        self._version = tuple(version)
        self._waiting = []  # values for the event ring; packed one a round, as that takes the chip some ms
        self._lost = 0
        self._records = []  # payloads for the session ring
        self._treatment = None
        self._sample_ms = 0
        self._first = None  # the first half of the next trace record
        self._recovery = None

    def power_on(self):
        """Counts this power-on. Returns the number of the session that has no record, 0 if there is none."""
        store = self._store
        try:
            pending = _is_pending(store)
        except OSError:
            pending = False
        row = store.counters
        if pending:
            from ionto.store_recovery import Recovery

            self._recovery = Recovery(store, self._reset_cause, self._version)
        self._count(
            power_ons=row.power_ons + 1,
            watchdog_resets=row.watchdog_resets + (self._reset_cause == WDT_RESET),
        )
        return row.sessions if pending else 0

    def event(self, time_ms, kind, a, b):
        """Writes an event down, with what the device shows now; begins and ends the session's record."""
        if kind == messages.EVENT_FAULT:
            self._count(faults=self._store.counters.faults + 1)
        if self._treatment is not None:
            self._treatment.note(kind, a, b)
            if kind == messages.EVENT_END:
                self._end(a, b)
        elif kind == messages.EVENT_STATE and a == states.RAMP_UP:
            self._begin(time_ms)
        if len(self._waiting) == MAX_WAITING:
            self._lost += 1
            return
        view = self._view
        self._waiting.append(
            (
                self._store.counters.power_ons, time_ms, kind, self._lost, a, b,
                view.state, view.mode, view.fault, view.reasons, view.current_ua, view.voltage_mv,
            )
        )  # fmt: skip
        self._lost = 0

    def step(self, elapsed_ms):
        """One round: `elapsed_ms` since the last."""
        if self._treatment is not None:
            self._treatment.watch(self._view)
            self._sample_ms += elapsed_ms
            if self._sample_ms >= SAMPLE_MS:
                self._sample_ms %= SAMPLE_MS
                self._sample()
        elif self._recovery is not None:
            self._recover()
        store = self._store
        store.step()  # first: counters are queued before the events that rest on them
        if self._records and store.append(store.sessions, self._records[0]):
            self._records.pop(0)
        if self._waiting and store.can_append() and store.append(store.events, records.EVENT.pack(self._waiting[0])):
            self._waiting.pop(0)

    def is_idle(self):
        """Whether everything has been handed to the writer."""
        return not (self._waiting or self._records or self._recovery or self._store.has_unsaved())

    def _count(self, **values):
        self._store.keep_counters(records.COUNTERS.changed(self._store.counters, **values))

    def _recover(self):
        self._recovery.step()
        if self._recovery.payload is not None:
            self._records.append(self._recovery.payload)
            self._recovery = None
            self._count(interrupted=self._store.counters.interrupted + 1)

    def _begin(self, time_ms):
        if self._recovery is not None:
            self._recovery.finish()
            self._recover()
        view, row = self._view, self._store.counters
        self._treatment = _Treatment(row.sessions + 1, view, time_ms, (self._store.trace.newest + 1) % SEQUENCES)
        self._sample_ms = 0
        self._count(
            sessions=row.sessions + 1,
            mode=view.mode,
            minutes=view.minutes,
            level_ua=view.level_ua,
            trace=self._treatment.trace,
            power_on=row.power_ons,
            time_ms=time_ms,
        )

    def _end(self, end, charge_ua_s):
        view, run, store = self._view, self._treatment, self._store
        if self._first is not None:
            self._trace(self._first + (None, None))
        treated_s = max(0, view.minutes * 60 - view.remaining_s)
        self._treatment = None
        self._records.append(
            records.SESSION.pack(
                (
                    run.number, store.counters.power_ons, run.time_ms, view.mode, view.minutes, end, view.fault,
                    run.level_ua, view.level_ua, treated_s, run.max_current_ua, run.max_voltage_mv,
                    run.trace, (store.trace.newest + 1 - run.trace) % SEQUENCES,
                    run.cuts, run.reconnects, run.reasons, int(view.polarity_reversed),
                    charge_ua_s, run.min_resistance_ohm, run.max_resistance_ohm, view.fault_value, view.fault_limit,
                    self._reset_cause,
                ) + self._version
            )
        )  # fmt: skip
        self._count(treated_s=store.counters.treated_s + treated_s)

    def _sample(self):
        view = self._view
        if self._first is None:
            self._first = (view.state, view.reasons, view.current_ua, view.voltage_mv)
        else:
            self._trace(self._first + (view.current_ua, view.voltage_mv))

    def _trace(self, values):
        self._first = None
        self._store.append(self._store.trace, records.TRACE.pack(values))


def _is_pending(store):
    """Whether the newest session that was begun has no record. Raises OSError."""
    if store.refusal or store.counters.sessions == 0:
        return False
    newest = store.sessions.newest
    payload = store.sessions.read(newest) if newest >= 0 else None
    return payload is None or records.session_number(payload) != store.counters.sessions
