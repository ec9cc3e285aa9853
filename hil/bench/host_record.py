"""An hour of telemetry at 100 Hz into the bench database, in no time: what is lost, and whether memory stays flat.

The device's side is the firmware's own encoding of frames; `ionto record --into db` is the command's own code.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from host_tools.bench_db import BenchDb
from host_tools.cli_context import Tools
from host_tools.cli_record_db import record_into_db
from host_tools.framing import Decoder, encode
from host_tools.record import Limits
from ionto import faults, messages
from ionto import messages_service as service

_HOUR_S = 3600
_RATE_HZ = 100
_SETTLED_S = 300  # by then every buffer has its size
_GROWTH_BOUND_KB = 1024  # the samples, if they were kept, would take some 60,000
_BEGAN = datetime(2024, 1, 8, 18, 0, tzinfo=UTC)


def _body(number: int, values: tuple[Any, ...]) -> bytes:
    row = messages.message(number)
    assert row is not None
    return messages.pack(row, values)


class _Device:
    """Answers requests, and sends a sample each 10 ms of the time that reading lets pass; notes the memory in use."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.sent = 0
        self.settled_bytes = self.last_bytes = 0
        self._decoder = Decoder()
        self._answers = b""
        self._is_subscribed = False

    def clock(self) -> float:
        return self.now_ms / 1000

    def write(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            self._is_subscribed = self._is_subscribed or frame.type == messages.SUBSCRIBE
            self._answers += encode(*self._answer(frame.type, frame.sequence))

    def read(self, timeout_s: float) -> bytes:
        answers, self._answers = self._answers, b""
        if answers or not self._is_subscribed:
            self.now_ms += 1
            return answers
        frames: list[bytes] = []
        for _ in range(max(1, round(timeout_s * _RATE_HZ))):
            self.now_ms += 1000 // _RATE_HZ
            values = (self.now_ms, 8, 0, 0, 1500, 1490, 1480 + self.sent % 17, 1491, 6000, 4012, 540, self.sent)
            frames.append(encode(messages.TELEMETRY, self.sent & 0xFF, _body(messages.TELEMETRY, values)))
            self.sent += 1
        if self.sent % _RATE_HZ == 0:
            self._measure()
        return b"".join(frames)

    def close(self) -> None:
        pass

    def _answer(self, request: int, sequence: int) -> tuple[int, int, bytes]:
        if request == messages.HELLO:
            values = (messages.TABLE_HASH, *messages.VERSION, b"SIMBOARD", messages.CALIBRATION_STORED, 1)
            return messages.HELLO_REPLY, sequence, _body(messages.HELLO_REPLY, values)
        if request == messages.STATUS:
            row = messages.message(messages.STATUS_REPLY)
            assert row is not None
            values = tuple(self.now_ms if field.name == "uptime_ms" else 0 for field in row.fields)
            return messages.STATUS_REPLY, sequence, _body(messages.STATUS_REPLY, values)
        if request == service.READ:
            values = (request, faults.MEMORY_REFUSED, 0, faults.MEMORY_ABSENT, 0)
            return messages.REFUSED, sequence, _body(messages.REFUSED, values)
        return messages.OK, sequence, _body(messages.OK, (request, 0))

    def _measure(self) -> None:
        self.last_bytes = _resident_bytes()
        if self.clock() < _SETTLED_S:
            self.settled_bytes = max(self.settled_bytes, self.last_bytes)


def _resident_bytes() -> int:
    """Memory of this process that is in RAM. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def run(trial: Trial) -> list[dict[str, Any]]:  # noqa: ARG001 - there is nothing of chance in it
    """One hour."""
    device = _Device()
    tools = Tools(
        open_transport=lambda _: device,
        clock=device.clock,
        now=lambda: _BEGAN + timedelta(milliseconds=device.now_ms),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.sqlite3"
        with redirect_stdout(StringIO()):
            record_into_db(tools, "bench", path, _RATE_HZ, Limits(True, _HOUR_S), as_json=True)
        with BenchDb(path) as db:
            rows = db.value("SELECT count(*) FROM samples")
            noted = db.value("SELECT lost_telemetry FROM recordings")
    if device.sent < _HOUR_S * _RATE_HZ * 0.99:
        raise AssertionError(f"{device.sent} samples were sent in {device.now_ms / 1000:.0f} s")
    lost = device.sent - rows + noted
    growth_kb = max(0, device.last_bytes - device.settled_bytes) / 1024
    return [{"lost": lost, "rows": rows, "growth_kb": growth_kb, "settled_kb": device.settled_bytes / 1024}]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """What was lost of the hour, and by how much more memory was in use at its end than in its first five minutes."""
    lost = f"samples of an hour at {_RATE_HZ} Hz that are not in the database"
    growth = "the process's resident memory at the end of the hour over the most of its first five minutes"
    return [
        worst_figure("record_lost", "lost", "samples", 0, outcomes, seed, note=lost),
        worst_figure("record_growth_kb", "growth_kb", "kB", _GROWTH_BOUND_KB, outcomes, seed, note=growth),
    ]


EXPERIMENT = Experiment("host_record", ("record_lost", "record_growth_kb"), 1, run, judge, alone=True, scales=False)
