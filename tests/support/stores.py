"""Whole memories for tests of the store, made by the store itself."""

from ionto import store_records as records
from ionto.store import Store
from tests.support.fram import Fram
from tests.support.store_cuts import ranges_of
from tests.support.store_parts import BOARD, VERSION, fill_ring

SETTINGS = [(100, 5, 0), (200, 6, 0), (1000, 7, 1), (1500, 8, 0)]
COUNTERS = records.COUNTERS.make(5, 1, 3, 1, 2, 700, 2, 10, 5000, 40, 4, 9000)


def opened(fram: Fram, board: bytes = BOARD) -> Store:
    """The store in a memory, as at power-on."""
    store = Store(fram, board, VERSION)
    store.open()
    return store


def filled(board: bytes = BOARD) -> Fram:
    """A memory with everything in it."""
    fram = Fram()
    store = opened(fram, board)
    store.save(ranges_of(1))
    store.save(ranges_of(2))
    for _ in range(2):
        store.keep_counters(COUNTERS)
        store.keep_settings(SETTINGS)
        store.step()
        store.writer.flush()
    for name, newest, count in (("sessions", 70, 64), ("events", 20, 21), ("trace", 1500, 1024)):
        fill_ring(fram, name, newest, count, board)
    return fram
