"""Device time as wall time: each connection told what the host's clock was at a time of the device's. [REQ-HST-4]

A record carries the number of its power-on and the milliseconds since. In a power-on in which a host was connected its
time is known to some milliseconds and the drift of two clocks; in one without, only between which others it lies.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from host_tools.bench_db import BenchDb
from ionto import store_map
from ionto import store_records as records

DRIFT_PPM = 100  # of the device's crystal against the host's clock: ±30 ppm of the part, the rest for the host's
_WRAP = 1 << 32  # of the device's milliseconds


@dataclass(frozen=True)
class Wall:
    """A wall time, and how far off it may be either way."""

    unix_ms: int
    uncertainty_ms: int

    @property
    def utc(self) -> str:
        """As ISO 8601 in UTC, to the millisecond."""
        return datetime.fromtimestamp(self.unix_ms / 1000, UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Anchor:
    """What a connection told: the host's clock was at `unix_ms` when the device's was at `uptime_ms`."""

    power_on: int
    uptime_ms: int
    unix_ms: int
    uncertainty_ms: int

    def wall(self, time_ms: int) -> Wall:
        """The wall time of a time of the same power-on."""
        away_ms = (time_ms - self.uptime_ms + _WRAP // 2) % _WRAP - _WRAP // 2
        return Wall(self.unix_ms + away_ms, self.uncertainty_ms + abs(away_ms) * DRIFT_PPM // 1_000_000)


class Times:
    """The wall times of one memory's records."""

    def __init__(self, anchors: list[Anchor], last_ms: dict[int, int] | None = None) -> None:
        self._anchors = anchors
        self._last_ms = last_ms or {}  # the latest time that is known of a power-on

    @classmethod
    def of_memory(cls, db: BenchDb, memory_id: int) -> "Times":
        """What the database knows of a memory's times."""
        query = (
            "SELECT power_on, uptime_ms, unix_ms, uncertainty_ms FROM connections "
            "WHERE memory_id = ? AND power_on IS NOT NULL ORDER BY id"
        )
        last_ms: dict[int, int] = {}
        events = "SELECT payload FROM log_records WHERE memory_id = ? AND region = ?"
        for (payload,) in db.each(events, memory_id, store_map.EVENTS):
            row = records.EVENT.unpack(payload)
            last_ms[row.power_on] = max(row.time_ms, last_ms.get(row.power_on, 0))
        return cls([Anchor(*row) for row in db.rows(query, memory_id)], last_ms)

    def wall(self, power_on: int, time_ms: int) -> Wall | None:
        """When it was, by the best of what is known; None if nothing is."""
        own = [anchor.wall(time_ms) for anchor in self._anchors if anchor.power_on == power_on]
        if own:
            return min(own, key=lambda wall: wall.uncertainty_ms)
        before = [anchor.unix_ms + anchor.uncertainty_ms for anchor in self._anchors if anchor.power_on < power_on]
        after = [self._start(anchor) for anchor in self._anchors if anchor.power_on > power_on]
        if not before or not after:
            return None
        earliest_ms = max(before) + time_ms
        latest_ms = min(after) - max(0, self._last_ms.get(power_on, time_ms) - time_ms)
        return Wall((earliest_ms + latest_ms) // 2, max(0, latest_ms - earliest_ms + 1) // 2)

    @staticmethod
    def _start(anchor: Anchor) -> int:
        """The latest that its power-on can have been."""
        start = anchor.wall(0)
        return start.unix_ms + start.uncertainty_ms
