"""What the trace says of a session that a reset ended."""

import pytest

from ionto import messages
from ionto import store_records as records
from ionto.store import Store
from tests.support.fram import Fram
from tests.support.journaled import Device, begin, interrupted_fram
from tests.support.store_parts import BOARD, VERSION, fill_ring, labelled


@pytest.mark.requirement("REQ-MEM-5")
def test_second_of_the_trace_is_treated_if_any_current_flowed() -> None:
    device = Device(Fram())
    begin(device)
    for device.view.current_ua in (300, 0, 1, 0):
        device.run(1000)
    row = Device(device.fram).session()
    assert row.end == messages.END_RESET
    assert (row.treated_s, row.charge_ua_s, row.max_current_ua) == (2, 301, 300)


@pytest.mark.requirement("REQ-MEM-5")
@pytest.mark.parametrize("newest", [7, 65533, 65535])
def test_trace_of_the_session_begins_after_that_of_those_before_it(newest: int) -> None:
    fram = labelled(Fram())
    fill_ring(fram, "trace", newest + 65536, 1024)
    device = Device(fram)
    begin(device)
    device.view.current_ua = 300
    device.run(10_000)
    row = Device(fram).session()
    assert (row.trace, row.trace_records) == ((newest + 1) % 65536, 5)
    assert (row.treated_s, row.charge_ua_s) == (10, 3000)


def test_damaged_and_missing_trace_records_are_left_out() -> None:
    fram = interrupted_fram(20)
    fram.bytes[0x4000 + 3 * 16 + 5] ^= 1
    assert Device(fram).session().charge_ua_s == 300 * 18


def test_trace_of_more_than_the_ring_counts_what_is_still_there() -> None:
    row = Device(interrupted_fram(2 * 1024 + 100)).session()
    assert row.trace_records == 1024 + 50
    assert row.charge_ua_s == 300 * 2 * 1024


def test_trace_that_has_lost_its_newest_records_counts_none() -> None:
    fram = interrupted_fram(10)
    store = Store(fram, BOARD, VERSION)
    store.open()
    store.keep_counters(records.COUNTERS.changed(store.counters, trace=9))
    store.step()
    store.writer.flush()
    row = Device(fram).session()
    assert (row.trace_records, row.charge_ua_s, row.end) == (0, 0, messages.END_RESET)
