"""Notes a connection in the bench database: who answered, in which power-on, and its clock against ours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from host_tools import describe
from host_tools.bench_db import BenchDb, utc_text
from host_tools.client import Client
from host_tools.errors import RefusedError
from host_tools.records import Identity
from ionto import store_map
from ionto import store_records as records

_ATTEMPTS = 3  # the quickest answer tells the time best


@dataclass(frozen=True)
class ClockReading:
    """The device's clock against the host's, and how far off that may be."""

    uptime_ms: int
    unix_ms: int
    uncertainty_ms: int


@dataclass(frozen=True)
class Noted:
    """A connection in the database. `memory_id` and `power_on` are None where the device could not say them."""

    id: int
    board_id: str
    memory_id: int | None
    power_on: int | None
    is_new_memory: bool


def read_clock(client: Client, clock: Callable[[], float], now: Callable[[], datetime]) -> ClockReading:
    """Asks for the device's time a few times; half of the quickest round trip is the uncertainty."""
    best: tuple[float, int, int] | None = None
    for _ in range(_ATTEMPTS):
        began_s = clock()
        status = client.status()
        trip_s = clock() - began_s
        if best is None or trip_s < best[0]:
            best = (trip_s, status.uptime_ms, round((now().timestamp() - trip_s / 2) * 1000))
    assert best is not None
    return ClockReading(best[1], best[2], int(best[0] * 500) + 1)


def read_power_on(client: Client) -> int | None:
    """The number of the present power-on; None if a session is under way or the memory does not say."""
    try:
        reply = client.read_records(store_map.COUNTERS)
    except RefusedError:
        return None
    payload = reply.payloads(records.COUNTERS.size_bytes)[0]
    return None if payload is None else records.COUNTERS.unpack(payload).power_ons


def note_connection(
    db: BenchDb,
    client: Client,
    identity: Identity,
    port: str,
    clock: Callable[[], float],
    now: Callable[[], datetime],
) -> Noted:
    """Asks for time and power-on, and writes the connection down. Raises what Client and BenchDb raise."""
    reading = read_clock(client, clock, now)
    power_on = read_power_on(client)
    board_id = identity.board_id.hex()
    at = now()
    with db.transaction():
        db.see_device(board_id, at)
        memory_id, is_new = (None, False) if power_on is None else _memory(db, board_id, power_on, at)
        number = db.insert(
            "connections",
            board_id=board_id,
            port=port,
            firmware=f"{identity.major}.{identity.minor}.{identity.patch}",
            table_hash=f"{identity.table_hash:08x}",
            calibration=describe.calibration_name(identity.calibration),
            reset_cause=identity.reset_cause,
            memory_id=memory_id,
            power_on=power_on,
            uptime_ms=reading.uptime_ms,
            unix_ms=reading.unix_ms,
            uncertainty_ms=reading.uncertainty_ms,
        )
    return Noted(number, board_id, memory_id, power_on, is_new)


def newest_memory(db: BenchDb, board_id: str) -> int | None:
    """The memory that this board had when it was last seen."""
    return db.value("SELECT max(id) FROM memories WHERE board_id = ?", board_id)


def begin_memory(db: BenchDb, board_id: str, at: datetime, reason: str) -> int:
    """A memory that has not been seen before; within a transaction."""
    return db.insert("memories", board_id=board_id, since_utc=utc_text(at), reason=reason)


def _memory(db: BenchDb, board_id: str, power_on: int, at: datetime) -> tuple[int, bool]:
    """The memory that this board has now, and whether it is another one than before."""
    known = newest_memory(db, board_id)
    if known is None:
        return begin_memory(db, board_id, at, "first seen"), False
    last = db.value("SELECT max(power_on) FROM connections WHERE memory_id = ?", known)
    if last is None or power_on >= last:
        return known, False
    return begin_memory(db, board_id, at, f"power-on {power_on} after {last}"), True
