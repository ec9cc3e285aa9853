"""What waits to be written while a technician saves or adopts, and what is told of a memory that then fails."""

import pytest

from ionto import faults, store_map
from ionto.store_slots import StoreError
from ionto.store_writer import ATTEMPTS, MAX_JOBS
from tests.support.fram import Fram
from tests.support.store_cuts import loaded, ranges_of
from tests.support.store_parts import OTHER, ring_record
from tests.support.stores import COUNTERS, SETTINGS, filled, opened

EVENT = ring_record("events", 1)[2:-4]


def test_record_can_be_queued_until_the_queue_is_full_and_again_once_there_is_room() -> None:
    store = opened(filled())
    for _ in range(MAX_JOBS):
        assert store.can_append()
        assert store.append(store.events, EVENT)
    assert not store.can_append()
    assert not store.append(store.events, EVENT)
    store.writer.flush()
    assert store.can_append()


@pytest.mark.requirement("REQ-MEM-3")
def test_record_cannot_be_queued_for_a_memory_that_is_refused() -> None:
    assert not opened(filled(OTHER)).can_append()


def test_calibration_saved_while_the_queue_is_full_is_written_after_it() -> None:
    fram = filled()
    store = opened(fram)
    for _ in range(MAX_JOBS):
        assert store.append(store.events, EVENT)
    newest = store.events.newest
    store.save(ranges_of(7))
    assert loaded(fram) == 7
    assert opened(fram).events.newest == newest


@pytest.mark.requirement("REQ-CAL-6")
def test_adopting_while_the_first_counters_are_written_leaves_the_calibration_in_force() -> None:
    fram = Fram()
    store = opened(fram)
    store.save(ranges_of(7))
    store.keep_counters(COUNTERS)
    store.step()
    store.adopt()
    for again in (store, opened(fram)):
        assert again.counters == COUNTERS
        assert again.load().ranges[1].a_zero_raw == 7
        assert not again.is_calibration_due()


@pytest.mark.requirement("REQ-MEM-3")
def test_adopting_a_memory_that_did_not_answer_at_power_on_is_refused_and_changes_nothing() -> None:
    fram = filled()
    before = bytes(fram.bytes)
    fram.is_absent = True
    store = opened(fram)
    for is_absent in (True, False):
        fram.is_absent = is_absent
        with pytest.raises(StoreError, match="NO MEMORY: 0"):
            store.adopt()
    assert fram.bytes == before
    store.open()
    assert (store.settings, store.counters, store.problems) == (SETTINGS, COUNTERS, [])


@pytest.mark.requirement("REQ-MEM-6")
def test_memory_that_fails_while_a_calibration_is_saved_is_one_problem_and_given_up() -> None:
    fram = filled()
    store = opened(fram)
    fram.stuck[256 + 30] = 0xA5
    with pytest.raises(StoreError, match="MEMORY WRITE: 1"):
        store.save(ranges_of(7))
    for _ in range(ATTEMPTS):
        store.step()
    assert store.refusal == (faults.MEMORY_WRITE, store_map.CALIBRATION)
    assert store.problems == [(store_map.CALIBRATION, faults.MEMORY_WRITE, store_map.CALIBRATION)]
    assert not store.can_append()
