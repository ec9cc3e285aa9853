"""A memory that is not this board's own, of whatever kind: the fault is named, nothing is written, all can be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hil.board_config import draw_spread
from hil.memory import memory_content
from hil.rig import Rig
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import arm, assert_off, closings_us, hold, power_on, state, tap
from hil.tests.firmware.test_memory import ID, content
from host_tools.errors import RefusedError
from host_tools.memory_image import read_image
from ionto import faults, states, store_map
from ionto import store_records as records
from ionto.store import Store
from ionto.store_slots import HEAD_BYTES, frame
from ionto.version import VERSION
from tests.support.fram import Fram

LABEL_AT = store_map.slot_address(store_map.LABEL, 0)
OTHER = b"NOT MINE"


def padded(data: bytes) -> bytes:
    return data + bytes(store_map.SIZE_BYTES - len(data))


def used() -> Fram:
    """The memory of this board: calibrated, with more events, sessions and traces than its rings can hold."""
    fram = Fram(padded(memory_content("calibrated", draw_spread(1, 1.0), ID)))
    store = Store(fram, ID, VERSION)
    store.open()
    for number in range(1, 71):
        assert store.append(store.sessions, records.SESSION.pack([number] + [0] * 29))
        store.writer.flush()
    for number in range(300):
        assert store.append(store.events, records.EVENT.pack([1, number * 1000, 1, 0, 2, 1] + [0] * 6))
        store.writer.flush()
    for _ in range(1100):
        assert store.append(store.trace, bytes(store.trace.payload_bytes()))
        store.writer.flush()
    store.keep_counters(records.COUNTERS.changed(store.counters, power_ons=5, sessions=70, trace=1000))
    store.step()
    store.writer.flush()
    return fram


def with_label(data: bytes) -> bytes:
    fram = used()
    for slot in (0, 1):
        at = store_map.slot_address(store_map.LABEL, slot)
        fram.bytes[at : at + store_map.SLOT_BYTES] = bytes(store_map.SLOT_BYTES)
    fram.bytes[LABEL_AT : LABEL_AT + len(data)] = data
    return bytes(fram.bytes)


def label(layout: int = store_map.LAYOUT, board_id: bytes = ID) -> bytes:
    return frame(store_map.LABEL, 7, board_id, bytes(VERSION), layout)


STRANGE = {
    "foreign": (with_label(b"Somebody else's data."), faults.MEMORY_FOREIGN, 0),
    "foreign, no label": (padded(b"\0" * 0x2000 + b"data"), faults.MEMORY_FOREIGN, 0),
    "half-written": (with_label(label()[: HEAD_BYTES + 1]), faults.MEMORY_DAMAGED, 0),
    "older layout": (with_label(label(store_map.LAYOUT - 1)), faults.MEMORY_OLDER, store_map.LAYOUT - 1),
    "newer layout": (with_label(label(store_map.LAYOUT + 1)), faults.MEMORY_NEWER, store_map.LAYOUT + 1),
    "other board": (with_label(label(board_id=OTHER)), faults.MEMORY_BOARD, 0),
}


@pytest.mark.requirement("REQ-MEM-2", "REQ-MEM-3", "REQ-MEM-8")
@pytest.mark.parametrize(("image", "fault", "value"), STRANGE.values(), ids=STRANGE)
def test_strange_memory_is_named_refuses_the_output_stays_as_it_is_and_can_be_read(
    make_rig: Callable[..., Rig], image: bytes, fault: int, value: int
) -> None:
    rig = make_rig(fram=image)
    rig.expect_fault(fault)
    rig.advance(1800)
    status = rig.host.status()
    assert (state(rig), status.fault, status.fault_value) == ("FAULT", fault, value)
    assert shows(rig, f"FAULT {fault}", faults.fault(fault).name)
    for ask in (lambda: rig.host.region_info(5), lambda: rig.host.read_records(5, 0)):
        with pytest.raises(RefusedError) as caught:
            ask()
        assert (caught.value.code, caught.value.value) == (faults.MEMORY_REFUSED, fault)
    assert read_image(rig.host) == image
    rig.buttons.hold("START")
    rig.advance(3300)
    rig.buttons.release("START")
    tap(rig, "START", 3)
    rig.person.contact(1.0)
    rig.advance(1500)
    assert not closings_us(rig)
    assert rig.truth.max_current_ua() == 0
    assert_off(rig)
    assert content(rig) == image


@pytest.mark.requirement("REQ-MEM-8")
def test_memory_is_not_read_raw_under_current(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    hold(rig)
    with pytest.raises(RefusedError) as caught:
        next(rig.host.read_raw([0]))
    assert (caught.value.code, caught.value.value) == (faults.NOT_IN_STATE, states.HOLD)


@pytest.mark.requirement("REQ-MEM-4", "REQ-MEM-8")
def test_raw_reading_at_rest_holds_up_no_tick_and_no_press(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    power_on(rig)
    rig.advance(500)
    began_us = rig.now_us
    assert read_image(rig.host) == content(rig)
    assert rig.now_us - began_us < 5_000_000
    tap(rig, "MODE")
    assert rig.host.status().mode == 1
    assert not rig.truth.named("tick_late")


@pytest.mark.requirement("REQ-MEM-1", "REQ-MEM-3")
def test_memory_whose_rings_are_full_goes_on_over_the_oldest_alone(make_rig: Callable[..., Rig]) -> None:
    before = bytes(used().bytes)
    rig = make_rig(fram=before)
    arm(rig)
    rig.person.contact(1.0)
    rig.advance(3000)
    rig.person.lift()
    rig.buttons.stop_press()
    rig.advance(1000)
    rig.buttons.stop_release()
    rig.advance(1000)
    after = content(rig)
    store = Store(Fram(after), ID, VERSION)
    store.open()
    assert store.problems == []
    assert store.counters.sessions == 71
    assert store.sessions.newest == 70
    for place, first in ((store_map.SESSION_RING, 70), (store_map.EVENT_RING, 300), (store_map.TRACE_RING, 1100)):
        newest = store.place(place.region).newest
        written = {sequence % place.records for sequence in range(first, newest + 1)}
        assert 0 < len(written) < place.records // 2
        for index in set(range(place.records)) - written:
            at = place.address + index * place.record_bytes
            assert after[at : at + place.record_bytes] == before[at : at + place.record_bytes]
