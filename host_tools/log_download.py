"""Reads a device's memory into the bench database, from where the last download ended. [REQ-HST-4]

What has been read is kept at once, so a download that is broken off goes on where it ended. Every frame has its CRC-32,
and the device compared each record's own.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from host_tools.bench_connect import Noted, begin_memory, newest_memory
from host_tools.bench_db import BenchDb, utc_text
from host_tools.client import Client
from host_tools.errors import FrameError
from host_tools.records import Records, RegionInfo
from ionto import store_map
from ionto import store_records as records
from ionto.messages_service import DATA_BYTES
from ionto.store_map import LAYOUT, SEQUENCES

RINGS = {
    "sessions": (store_map.SESSIONS, records.SESSION),
    "events": (store_map.EVENTS, records.EVENT),
    "trace": (store_map.TRACE, records.TRACE),
}
SLOTS = {
    "label": store_map.LABEL,
    "calibration": store_map.CALIBRATION,
    "settings": store_map.SETTINGS,
    "counters": store_map.COUNTERS,
}
_BATCH_FRAMES = 16  # written at once; what a crash can lose is read again
_MOST_ROUNDS = 3  # the device goes on writing: its newest is asked for again that often

Progress = Callable[[str, int, int], None]
"""Called with the name of a region, how many records are read, and how many there are to read."""


class _OtherMemoryError(Exception):
    """What stands in the device is not what stood there: its memory was replaced or begun anew."""


@dataclass
class RingResult:
    """What a download found in a ring. Positions are sequences with their wraps counted in."""

    name: str
    oldest: int = 0  # the oldest that can still be there
    newest: int = -1
    added: int = 0
    missing: int = 0  # damaged, or not there
    overwritten: int = 0  # since the last download, or before the first


@dataclass
class Result:
    """What a download found."""

    id: int
    memory_id: int
    rings: list[RingResult] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)  # verdict of each region of one record
    new_memory: str = ""  # why this is not the memory that was known
    is_finished: bool = False

    @property
    def added(self) -> int:
        """Records that were not in the database before."""
        return sum(ring.added for ring in self.rings)


class Download:
    """One download of the regions in `names` (RINGS and SLOTS). `stopped` ends it between two frames."""

    def __init__(
        self,
        db: BenchDb,
        client: Client,
        noted: Noted,
        now: Callable[[], datetime],
        *,
        progress: Progress = lambda *_: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._db = db
        self._client = client
        self._noted = noted
        self._now = now
        self._progress = progress
        self._stopped = stopped
        self._board_id = noted.board_id
        with db.transaction():
            memory_id = noted.memory_id or newest_memory(db, self._board_id)
            if memory_id is None:
                memory_id = begin_memory(db, self._board_id, now(), "first seen")
            number = db.insert(
                "downloads",
                board_id=self._board_id,
                memory_id=memory_id,
                connection_id=noted.id,
                started_utc=utc_text(now()),
            )
        self.result = Result(number, memory_id)
        if noted.is_new_memory:
            self.result.new_memory = "its count of power-ons began anew"

    def run(self, names: list[str]) -> Result:
        """Reads; what was read is in the database whatever happens. Raises what Client and BenchDb raise."""
        try:
            self._read_all(names)
        except _OtherMemoryError as error:
            self._begin_anew(str(error))
            self._read_all(names)
        self.result.is_finished = not self._stopped()
        finished = utc_text(self._now()) if self.result.is_finished else None
        with self._db.transaction():
            statement = "UPDATE downloads SET finished_utc = ?, added = ?, memory_id = ? WHERE id = ?"
            self._db.execute(statement, finished, self.result.added, self.result.memory_id, self.result.id)
        return self.result

    def _slots(self, names: list[str]) -> None:
        regions = {SLOTS[name]: name for name in SLOTS if name in names}
        infos = self._client.region_infos(regions)
        with closing(self._client.read_ahead((region, 0) for region in regions)) as replies:
            for region, info, reply in zip(regions, infos, replies, strict=True):
                self.result.slots[regions[region]] = info.verdict
                payload = reply.payloads(info.payload_bytes)[:1]
                if payload and payload[0] is not None:
                    with self._db.transaction():
                        self._keep_slot(region, payload[0])

    def _keep_slot(self, region: int, payload: bytes) -> None:
        values = {"memory_id": self.result.memory_id, "region": region, "layout": LAYOUT, "payload": payload}
        self._db.insert_new("log_slots", **values, download_id=self.result.id)

    def _read_all(self, names: list[str]) -> None:
        self.result.rings.clear()
        if not self._stopped():
            self._slots(names)
        for name in RINGS:
            if name in names and not self._stopped():
                self.result.rings.append(RingResult(name))
                self._read_ring(self.result.rings[-1])

    def _begin_anew(self, reason: str) -> None:
        """What this download read belongs to another memory than it was taken for: it is read again."""
        with self._db.transaction():
            memory_id = begin_memory(self._db, self._board_id, self._now(), reason)
            for table in ("log_slots", "log_records"):
                self._db.execute(f"DELETE FROM {table} WHERE download_id = ?", self.result.id)
            for table, number in (("connections", self._noted.id), ("downloads", self.result.id)):
                self._db.execute(f"UPDATE {table} SET memory_id = ? WHERE id = ?", memory_id, number)
        self.result.memory_id = memory_id
        self.result.new_memory = reason

    def _read_ring(self, ring: RingResult) -> None:
        region, layout = RINGS[ring.name]
        query = "SELECT max(position) FROM log_records WHERE memory_id = ? AND region = ?"
        last: int | None = self._db.value(query, self.result.memory_id, region)
        after = -1 if last is None else last
        for _ in range(_MOST_ROUNDS):
            info = self._client.region_info(region)
            if info.payload_bytes != layout.size_bytes:
                raise FrameError(f"{ring.name}: records of {info.payload_bytes} bytes, not {layout.size_bytes}")
            newest = self._newest(info, region, after if after >= 0 else None)
            if newest <= after and (ring.newest >= 0 or newest < 0):
                return
            oldest = max(0, newest - info.records + 1)
            if ring.newest < 0:
                ring.oldest = oldest
                ring.overwritten = max(0, oldest - after - 1)
                self._check_last(ring, region, last, newest)
            ring.newest = newest
            self._read(ring, region, max(oldest, after + 1), newest)
            after = newest
            if self._stopped():
                return

    def _newest(self, info: RegionInfo, region: int, last: int | None) -> int:
        """The position of the newest record. Raises _OtherMemoryError if it lies before one that was read."""
        if info.newest < 0:
            if last is not None:
                raise _OtherMemoryError("its records are gone")
            return -1
        if last is not None:
            ahead = (info.newest - last) % SEQUENCES
            if ahead >= SEQUENCES // 2:
                raise _OtherMemoryError(f"record {info.newest} is the newest after {last % SEQUENCES}")
            return last + ahead
        if info.newest >= info.records - 1:
            return info.newest
        # The numbers may have begun anew at 2**16; then the last ones before are still there.
        wrapped = self._client.read_records(region, SEQUENCES - 1).whole & 1
        return info.newest + SEQUENCES * wrapped

    def _check_last(self, ring: RingResult, region: int, last: int | None, newest: int) -> None:
        """The last record that was read must still be the same, if it is there."""
        if last is None or last < ring.oldest or last > newest:
            return
        query = "SELECT payload FROM log_records WHERE memory_id = ? AND region = ? AND position = ?"
        known = self._db.value(query, self.result.memory_id, region, last)
        now = _payloads_of(self._client.read_records(region, last % SEQUENCES), region, last)[0]
        if now is not None and now != known:
            raise _OtherMemoryError(f"record {last} of {ring.name} is another one now")

    def _read(self, ring: RingResult, region: int, first: int, newest: int) -> None:
        """Reads from `first` to `newest` and keeps it batch by batch."""
        step = DATA_BYTES // RINGS[ring.name][1].size_bytes
        positions = range(first, newest + 1, step)
        batch: list[tuple[int, bytes]] = []
        with closing(self._client.read_ahead((region, position % SEQUENCES) for position in positions)) as replies:
            try:
                for frames, position in enumerate(positions, 1):
                    if self._stopped():
                        break
                    payloads = _payloads_of(next(replies), region, position)
                    found = list(zip(range(position, newest + 1), payloads, strict=False))
                    batch += [(at, payload) for at, payload in found if payload is not None]
                    ring.missing += sum(payload is None for _, payload in found)
                    if frames % _BATCH_FRAMES == 0:
                        self._keep(ring, region, batch)
                    self._progress(ring.name, position + len(found) - first, newest - first + 1)
            finally:
                self._keep(ring, region, batch)

    def _keep(self, ring: RingResult, region: int, batch: list[tuple[int, bytes]]) -> None:
        if not batch:
            return
        with self._db.transaction():
            for position, payload in batch:
                key = {"memory_id": self.result.memory_id, "region": region, "position": position}
                content = {"layout": LAYOUT, "payload": payload, "download_id": self.result.id}
                ring.added += self._db.insert_new("log_records", **key, **content)
        batch.clear()


def _payloads_of(reply: Records, region: int, position: int) -> list[bytes | None]:
    """The payloads that a reply holds, of the record at `position` and those after it. Raises FrameError."""
    if reply.sequence != position % SEQUENCES:
        raise FrameError(f"asked for record {position % SEQUENCES}, got {reply.sequence}")
    return reply.payloads(next(layout.size_bytes for number, layout in RINGS.values() if number == region))
