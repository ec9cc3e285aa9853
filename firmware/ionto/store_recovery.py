"""The record of a session that a reset or a power cut ended: written at the next power-on, from its trace.

Imported only when there is one: RAM is scarce.
"""

from ionto import messages
from ionto import store_records as records
from ionto.store_map import SEQUENCES, is_newer


class Recovery:
    """Reads the trace of the newest session, a record a step; `payload` is the session's record once it is done."""

    def __init__(self, store, reset_cause, version):
        self._store = store
        self._reset_cause = reset_cause
        self._version = version
        first, end = store.counters.trace, store.trace.newest + 1
        self._count = (end - first) % SEQUENCES if is_newer(end, first) else 0  # else the ring has lost its newest
        self._done = max(0, self._count - store.trace.records())  # those before are overwritten
        self._seconds = 0
        self._charge_ua_s = 0
        self._max_current_ua = 0
        self._max_voltage_mv = 0
        self._reasons = 0
        self.payload = None

    def step(self):
        """One record of the trace. Raises nothing: one that cannot be read is left out."""
        if self._done == self._count:
            self.payload = self._record()
            return
        try:
            payload = self._store.trace.read(self._store.counters.trace + self._done)
        except OSError:
            payload = None
        self._done += 1
        if payload is not None:
            self._add(records.TRACE.unpack(payload))

    def finish(self):
        """Ends it now: the next step makes a record of what has been read so far."""
        self._done = self._count

    def _add(self, row):
        self._reasons |= row.reasons
        for current_ua, voltage_mv in (
            (row.current_ua, row.voltage_mv),
            (row.next_current_ua, row.next_voltage_mv),
        ):
            if current_ua != records.NOTHING_U16:
                self._seconds += current_ua > 0
                self._charge_ua_s += current_ua
                self._max_current_ua = max(self._max_current_ua, current_ua)
                self._max_voltage_mv = max(self._max_voltage_mv, voltage_mv)

    def _record(self):
        row = self._store.counters
        return records.SESSION.pack(
            (
                row.sessions, row.power_on, row.time_ms, row.mode, row.minutes, messages.END_RESET, 0,
                row.level_ua, row.level_ua, self._seconds, self._max_current_ua, self._max_voltage_mv,
                row.trace, self._count, 0, 0, self._reasons, 0,
                self._charge_ua_s, None, None, 0, 0, self._reset_cause,
            ) + tuple(self._version)
        )  # fmt: skip
