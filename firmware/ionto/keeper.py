"""What the app keeps in the memory: its calibration [REQ-CAL-4], settings, and everything that happens."""

from ionto import faults, messages, states, store_map
from ionto.store import StoredCalibrationError
from ionto.store_journal import Journal
from ionto.version import VERSION


class Keeper:
    """Stands between the app and its `store` (Store, opened).

    `tell(time_ms, kind, a, b)` sends an event to the host. `calibration` is the Calibration; None if there is none, and
    `calibration_fault` then is (fault number, value, limit).
    """

    def __init__(self, store, view, settings, reset_cause, tell):
        self._store = store
        self._view = view
        self._settings = settings
        self._reset_cause = reset_cause
        self._tell = tell
        self._journal = Journal(store, view, reset_cause, VERSION)
        self._problems_told = 0
        self.reload()
        if store.settings:
            settings.recall(store.settings)

    def reload(self):
        """The Calibration that the memory holds now; None if there is none, and `calibration_fault` then says why."""
        self.calibration = self.calibration_fault = None
        try:
            self.calibration = self._store.load()
        except StoredCalibrationError as error:
            self.calibration_fault = (error.fault, error.value, error.limit)
        return self.calibration

    def power_on(self):
        """Counts the power-on; says if a session was under way at the last one, or that a calibration is due."""
        interrupted = self._journal.power_on()
        self.event(0, messages.EVENT_BOOT, self._reset_cause, messages.TABLE_HASH & 0x7FFFFFFF)
        if interrupted:
            self.event(0, messages.EVENT_INTERRUPTED, interrupted, self._reset_cause)
            self._view.notice = faults.NOTICE_INTERRUPTED
        elif self.calibration is not None and self._store.is_calibration_due():
            self._view.notice = faults.NOTICE_CALIBRATION_DUE

    def event(self, time_ms, kind, a, b):
        """An event, to the host and into the memory. Settings are kept when a session is about to begin."""
        self._tell(time_ms, kind, a, b)
        self._journal.event(time_ms, kind, a, b)
        if kind == messages.EVENT_STATE and a == states.ARMING:
            rows = self._settings.keep()
            if rows != self._store.settings:
                self._store.keep_settings(rows)

    def step(self, uptime_ms, elapsed_ms):
        """One round: writes some of what is to be kept, and says what is wrong with the memory, once."""
        self._journal.step(elapsed_ms)
        problems = self._store.problems
        if self._problems_told < len(problems):
            region, fault, value = problems[self._problems_told]
            self._problems_told += 1
            self.event(uptime_ms, messages.EVENT_MEMORY, fault, value)
            # Damaged records in a ring stay until they are written over: a notice at every power-on would be no news.
            if region < store_map.SESSIONS or fault != faults.MEMORY_DAMAGED:
                self._view.notice = self._view.notice or faults.NOTICE_MEMORY
