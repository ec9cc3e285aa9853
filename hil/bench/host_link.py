"""How many times faster than the line the host takes in telemetry, beside what pyserial alone takes for its bytes."""

from __future__ import annotations

import os
import statistics
import time
import tty
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, failures_of, rows_of
from hil.bench.figures import Figure
from host_tools.client import Client
from host_tools.framing import encode
from host_tools.transport import BAUD, SerialTransport
from ionto import messages

_FRAMES = 10_000
_BITS_PER_BYTE = 10
_BOUND = 20.0
_CHUNK_BYTES = 4096


class _Bytes:
    """A transport that has everything already."""

    def __init__(self, data: bytes) -> None:
        self._chunks = [data[at : at + _CHUNK_BYTES] for at in range(0, len(data), _CHUNK_BYTES)]

    def read(self, timeout_s: float) -> bytes:  # noqa: ARG002 - all is there at once
        return self._chunks.pop(0) if self._chunks else b""

    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def _telemetry(trial: Trial) -> bytes:
    row = messages.message(messages.TELEMETRY)
    assert row is not None
    frames: list[bytes] = []
    for index in range(_FRAMES):
        noise = trial.random.randrange(-8, 8)
        values = (index * 10, 8, 1, 0, 1500, 1490, 1489 + noise, 1491, 6000 + noise, 4012, 540, 90_000 + index)
        frames.append(encode(row.type, index & 0xFF, messages.pack(row, values)))
    return b"".join(frames)


def _taken(read: Callable[[], int], wanted: int) -> float:
    """CPU seconds of this thread until `wanted` is taken in."""
    began_s = time.thread_time()
    count = 0
    while count < wanted:
        count += read()
    return time.thread_time() - began_s


def _serial_s(data: bytes, reader: Callable[[SerialTransport], Callable[[], int]], wanted: int) -> float:
    """CPU seconds to take in `data` from a pseudo terminal."""
    master, slave = os.openpty()
    tty.setraw(slave)
    transport = SerialTransport(os.ttyname(slave))

    def feed() -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(master, left[:_CHUNK_BYTES]) :]

    writer = Thread(target=feed)
    writer.start()
    try:
        return _taken(reader(transport), wanted)
    finally:
        writer.join()
        transport.close()
        os.close(master)
        os.close(slave)


def _records_of(port: SerialTransport) -> Callable[[], int]:
    client = Client(port)
    return lambda: len(client.poll(1.0))


def run(trial: Trial) -> list[dict[str, Any]]:
    """The same telemetry from memory, through pyserial into records, and through pyserial alone."""
    data = _telemetry(trial)
    line_s = len(data) * _BITS_PER_BYTE / BAUD
    client = Client(_Bytes(data))
    memory_s = _taken(lambda: len(client.poll(1.0)), _FRAMES)
    whole_s = _serial_s(data, _records_of, _FRAMES)
    bytes_s = _serial_s(data, lambda port: lambda: len(port.read(1.0)), len(data))
    return [{"memory": line_s / memory_s, "serial": line_s / whole_s, "pyserial": line_s / bytes_s}]


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The median of the runs."""
    rows = rows_of(outcomes)
    median = {name: statistics.median([row[name] for row in rows]) for name in ("memory", "serial", "pyserial") if rows}
    note = (
        f"telemetry frames into records over what the line can bring, in CPU time, median of {len(rows)} runs of "
        f"{_FRAMES:,}; through a pseudo terminal and pyserial {median.get('serial', 0):.1f}, pyserial alone, without "
        f"decoding, {median.get('pyserial', 0):.1f}"
    )
    worst = min(rows, key=lambda row: row["memory"], default={})
    return [
        Figure(
            "decode_ratio", median.get("memory"), "×", _BOUND, len(rows), seed, at_least=True,
            failures=failures_of(outcomes), note=note, worst=worst,
        )
    ]  # fmt: skip


EXPERIMENT = Experiment("host_link", ("decode_ratio",), 5, run, judge, alone=True, scales=False)
