"""A full log over the link, in the rig's time: what share it uses of the line, and of the bus to the memory."""

from __future__ import annotations

import struct
import tempfile
from binascii import crc32
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, failures_of, rows_of
from hil.bench.figures import Figure
from hil.board_config import draw_spread
from hil.memory import memory_content
from hil.rig import Rig
from hil.sim.fram import SIZE_BYTES
from host_tools.bench_connect import note_connection
from host_tools.bench_db import BenchDb
from host_tools.log_download import RINGS, SLOTS, Download
from host_tools.transport import BAUD
from ionto import store_map

_BUS_BOUND = 0.8
_BUS_US_PER_BYTE = 22.5  # I2C at 400 kHz, nine bits; the display on the same bus allows no more
_BYTES_PER_S = BAUD / 10
_BOARD_ID = b"SIMBOARD"
_SELF_TEST_MS = 3000
_WRITTEN_MEANWHILE = 40  # records that the board's own power-on may overwrite


def run(trial: Trial) -> list[dict[str, Any]]:
    """Reads a memory whose rings are full, and compares the bytes that came with what the line could bring."""
    with (
        Rig(seed=trial.seed, record_truth=0, tolerance_sigma=0, board_id=_BOARD_ID, fram=_full(trial)) as rig,
        tempfile.TemporaryDirectory() as folder,
        BenchDb(Path(folder) / "bench.sqlite3") as db,
    ):
        rig.board.await_start()
        rig.advance(_SELF_TEST_MS)
        received = [0]
        rig.uart_sinks.append(lambda data: received.append(len(data)))

        def now() -> datetime:
            return datetime.fromtimestamp(1.7e9 + rig.now_us / 1e6, UTC)

        noted = note_connection(db, rig.host, rig.host.hello(), "rig", lambda: rig.now_us / 1e6, now)
        received.clear()
        began_us = rig.now_us
        result = Download(db, rig.host, noted, now).run([*SLOTS, *RINGS])
        seconds = (rig.now_us - began_us) / 1e6
    room = sum(ring.records for ring in store_map.RINGS)
    if result.added < room - _WRITTEN_MEANWHILE:
        raise AssertionError(f"{result.added} of {room} records")
    share = sum(received) / _BYTES_PER_S / seconds
    bus_s = sum(ring.records * ring.record_bytes for ring in store_map.RINGS) * _BUS_US_PER_BYTE / 1e6
    row = {"share": share, "bus_share": bus_s / seconds, "most_share": sum(received) / _BYTES_PER_S / bus_s}
    return [{**row, "seconds": seconds, "bytes": sum(received), "records": result.added}]


def _full(trial: Trial) -> bytes:
    """The calibrated memory of the rig's board, with every ring full."""
    spread = draw_spread(trial.seed, 0)
    content = bytearray(memory_content("calibrated", spread, _BOARD_ID).ljust(SIZE_BYTES, b"\0"))
    for ring in store_map.RINGS:
        seed = store_map.ring_seed(ring.region, _BOARD_ID)
        for sequence in range(ring.records):
            body = struct.pack("<H", sequence) + trial.random.randbytes(ring.record_bytes - 6)
            at = ring.address + sequence * ring.record_bytes
            content[at : at + ring.record_bytes] = body + struct.pack("<I", crc32(body, seed))
    return bytes(content)


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst of the runs."""
    worst = min(rows_of(outcomes), key=lambda row: row["share"], default={})
    note = (
        f"{worst.get('records', 0)} records in {worst.get('seconds', 0):.2f} s of the board's time, by every byte that "
        f"the board sent. The bus to its memory, 22.5 µs a byte, allows {worst.get('most_share', 0):.2f} at most"
    )
    bus_note = "the time that the bus to the memory takes for the bytes of all records, of the whole download's"
    failures = failures_of(outcomes)
    trials = len(rows_of(outcomes))
    share, bus_share = worst.get("share"), worst.get("bus_share")
    return [
        Figure(
            "log_line_share", share, "of the line", None, trials, seed, at_least=True, failures=failures, note=note,
            worst=worst,
        ),
        Figure(
            "log_bus_share", bus_share, "of the bus", _BUS_BOUND, trials, seed, at_least=True, failures=failures,
            note=bus_note, worst=worst,
        ),
    ]  # fmt: skip


EXPERIMENT = Experiment("host_log", ("log_line_share", "log_bus_share"), 1, run, judge, alone=True, scales=False)
