"""The log of a device as the bench database has it: sessions, events and trace, unpacked and put together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from host_tools.bench_db import BenchDb
from host_tools.bench_times import Times
from ionto import store_map
from ionto import store_records as records
from ionto.store_map import SEQUENCES

SAMPLE_S = 1.0  # a record of the trace has two samples, a second apart


class Session(NamedTuple):
    """A session's record and its position in the ring."""

    position: int
    record: Any


class Event(NamedTuple):
    """An event's record and its position in the ring."""

    position: int
    record: Any


class Sample(NamedTuple):
    """A second of a session. `time_s` is since its first ramp began."""

    time_s: float
    state: int
    reasons: int
    current_ua: int
    voltage_mv: int


@dataclass
class Log:
    """The log of one memory of one board."""

    db: BenchDb = field(repr=False)
    memory_id: int
    board_id: str

    @cached_property
    def times(self) -> Times:
        """What is known of its wall times."""
        return Times.of_memory(self.db, self.memory_id)

    @cached_property
    def sessions(self) -> list[Session]:
        """Its sessions, oldest first."""
        return [Session(at, records.SESSION.unpack(payload)) for at, payload in self._ring(store_map.SESSIONS)]

    @cached_property
    def events(self) -> list[Event]:
        """Its events, oldest first."""
        return [Event(at, records.EVENT.unpack(payload)) for at, payload in self._ring(store_map.EVENTS)]

    @property
    def counters(self) -> Iterator[Any]:
        """Its counters, each time that they had changed."""
        query = "SELECT payload FROM log_slots WHERE memory_id = ? AND region = ? ORDER BY id"
        return (records.COUNTERS.unpack(row[0]) for row in self.db.each(query, self.memory_id, store_map.COUNTERS))

    def trace_of(self, session: Session) -> list[Sample]:
        """The samples of a session that are there; those that were overwritten or damaged are left out."""
        first = self._trace_positions.get(session.position)
        if first is None:
            return []
        query = (
            "SELECT position, payload FROM log_records "
            "WHERE memory_id = ? AND region = ? AND position >= ? AND position < ? ORDER BY position"
        )
        end = first + session.record.trace_records
        samples: list[Sample] = []
        for position, payload in self.db.rows(query, self.memory_id, store_map.TRACE, first, end):
            row = records.TRACE.unpack(payload)
            time_s = SAMPLE_S * (2 * (position - first) + 1)
            samples.append(Sample(time_s, row.state, row.reasons, row.current_ua, row.voltage_mv))
            if row.next_current_ua != records.NOTHING_U16:
                next_values = (row.next_current_ua, row.next_voltage_mv)
                samples.append(Sample(time_s + SAMPLE_S, row.state, row.reasons, *next_values))
        return samples

    @cached_property
    def _trace_positions(self) -> dict[int, int]:
        """Where each session's trace begins, with the wraps of its numbers counted in: backwards from the newest."""
        query = "SELECT max(position) FROM log_records WHERE memory_id = ? AND region = ?"
        newest = self.db.value(query, self.memory_id, store_map.TRACE)
        if newest is None:
            return {}
        found: dict[int, int] = {}
        near = newest
        for session in reversed(self.sessions):
            away = (session.record.trace - near + SEQUENCES // 2) % SEQUENCES - SEQUENCES // 2
            near += away
            found[session.position] = near
        return found

    def _ring(self, region: int) -> Iterator[Any]:
        query = "SELECT position, payload FROM log_records WHERE memory_id = ? AND region = ? ORDER BY position"
        return self.db.each(query, self.memory_id, region)


def logs_of(db: BenchDb, board_id: str | None = None) -> list[Log]:
    """The log of each memory of a board, or of every board, oldest first."""
    query = "SELECT id, board_id FROM memories WHERE ?1 IS NULL OR board_id = ?1 ORDER BY id"
    return [Log(db, row[0], row[1]) for row in db.rows(query, board_id)]
