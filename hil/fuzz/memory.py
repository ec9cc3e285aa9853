"""A memory without a wire for the fuzz on CPython: filled, blank, another board's, or gone."""

from __future__ import annotations

from typing import Any

from hil.fuzz.bodies import BOARD_ID, OTHER_ID
from ionto import store_records as records
from ionto.calibration import NOMINAL
from ionto.store import Store
from ionto.version import VERSION

KINDS = ("filled", "filled", "blank", "foreign")
_RECORDS = 20  # a ring


class Memory:
    """32 KiB; `is_absent`: it does not answer any more."""

    def __init__(self, content: bytes = bytes(32768)) -> None:
        self.content = bytearray(content)
        self.is_absent = False

    def read_into(self, address: int, buffer: Any) -> None:
        if self.is_absent:
            raise OSError(5)
        buffer[:] = self.content[address : address + len(buffer)]

    def write(self, address: int, buffer: Any) -> None:
        if self.is_absent:
            raise OSError(5)
        self.content[address : address + len(buffer)] = buffer


def _filled(board_id: bytes) -> bytes:
    """Calibration, settings, counters, and records in every ring."""
    memory = Memory()
    store: Any = Store(memory, board_id, VERSION)
    store.open()
    store.save(NOMINAL)
    store.keep_settings(records.default_settings())
    store.keep_counters(store.counters)
    for index in range(_RECORDS):
        for ring in (store.sessions, store.events, store.trace):
            assert store.append(ring, bytes((index,)) * ring.payload_bytes())
            store.step()
            store.writer.flush()
    return bytes(memory.content)


_CONTENT = {"filled": _filled(BOARD_ID), "blank": bytes(32768), "foreign": _filled(OTHER_ID)}


def store(kind: str) -> tuple[Memory, Any]:
    """A memory of one of KINDS, and the Store in it, opened."""
    memory = Memory(_CONTENT[kind])
    made: Any = Store(memory, BOARD_ID, VERSION)
    made.open()
    return memory, made
