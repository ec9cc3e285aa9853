"""A device in memory whose store holds sessions, for tests of the log and the report."""

from datetime import UTC, datetime, timedelta

from ionto import messages, store_map
from ionto import store_records as records
from ionto.states import STATES
from ionto.store import Store
from tests.link_fakes import BOARD_ID, BenchTransport, LinkBench
from tests.support.fram import Fram
from tests.support.store_parts import VERSION, labelled, put_record, put_slot, ring_record, slot

BEGAN = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
TRACE_RECORDS = 5


def session_payload(number: int, power_on: int = 1, **other: int) -> bytes:
    """A FACE session of ten seconds; trace and times follow from its number."""
    values = {
        "number": number, "power_on": power_on, "time_ms": 1000 + number * 60_000, "mode": 0, "minutes": 10,
        "end": messages.END_TIME, "fault": 0, "level_ua": 1500, "end_level_ua": 1500, "treated_s": 600,
        "max_current_ua": 1510, "max_voltage_mv": 7000, "trace": (number - 1) * TRACE_RECORDS % 65536,
        "trace_records": TRACE_RECORDS, "cuts": number % 3, "reconnects": number % 2, "reasons": 1, "is_reversed": 0,
        "charge_ua_s": 9000, "min_resistance_ohm": 3000 + number, "max_resistance_ohm": 9000, "fault_value": 0,
        "fault_limit": 0, "reset_cause": 1, "major": 0, "minor": 1, "patch": 0, **other,
    }  # fmt: skip
    return records.SESSION.pack(list(values.values()))


def event_payload(index: int, power_on: int = 1) -> bytes:
    """A change of the level, a minute after the one before."""
    values = (power_on, index * 1000, messages.EVENT_LEVEL, 0, 500 + index, 400, 2, 0, 0, 0, 500, 3000)
    return records.EVENT.pack(values)


def trace_payload(position: int) -> bytes:
    """Two samples that tell their position."""
    return records.TRACE.pack((STATES.index("HOLD"), 0, position % 3000, 5000, (position + 1) % 3000, 5001))


class LoggedBench(LinkBench):
    """A device in IDLE with so many sessions and events in its memory, which it can be given more of."""

    def __init__(self, sessions: int = 3, events: int = 20, power_on: int = 1) -> None:
        super().__init__()
        self.fram = labelled(Fram())
        self.sessions = self.events = 0
        self._started_ms = 0
        self.show(state=STATES.index("IDLE"))
        self.add(sessions, events, power_on)

    def add(self, sessions: int = 0, events: int = 0, power_on: int = 1) -> None:
        """More sessions and events, and the power-on that it is now."""
        for _ in range(sessions):
            self._put("sessions", self.sessions, session_payload(self.sessions + 1, power_on))
            for index in range(TRACE_RECORDS):
                position = self.sessions * TRACE_RECORDS + index
                self._put("trace", position, trace_payload(position))
            self.sessions += 1
        for _ in range(events):
            self._put("events", self.events, event_payload(self.events, power_on))
            self.events += 1
        counters = (power_on, 0, self.sessions, 0, 0, 600 * self.sessions, 0, 10, 500, 0, power_on, 0)
        content = slot(store_map.COUNTERS, power_on, records.COUNTERS.pack(counters), BOARD_ID)
        put_slot(self.fram, store_map.COUNTERS, 0, content)
        put_slot(self.fram, store_map.LABEL, 0, slot(store_map.LABEL, 0, bytes(VERSION), BOARD_ID))
        self.reopen()

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            super().step()
            self.device.now_ms = self.elapsed_ms - self._started_ms

    def restart(self) -> None:
        """The device's time begins at zero again."""
        self._started_ms = self.elapsed_ms
        self.device.now_ms = 0

    def reopen(self) -> None:
        """The store as the next power-on finds it."""
        self.device.store = Store(self.fram, BOARD_ID, VERSION)
        self.device.store.open()

    def _put(self, name: str, position: int, payload: bytes) -> None:
        put_record(self.fram, name, position, ring_record(name, position, payload, BOARD_ID))


class LoggedTransport(BenchTransport):
    """A transport to a LoggedBench; the wall clock goes with the bench's. `fail_after` frames it is unplugged."""

    def __init__(self, bench: LoggedBench) -> None:
        super().__init__(bench)
        self.bench: LoggedBench = bench
        self.fail_after: int | None = None
        self.failure: Exception | None = None

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.clock())

    def write(self, data: bytes) -> None:
        if self.failure and self.fail_after is not None and len(self.written) >= self.fail_after:
            raise self.failure
        super().write(data)
