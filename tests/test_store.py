"""The store as a whole: what it makes of any memory, what it refuses, what it never overwrites."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto import faults, messages, store_map
from ionto import store_records as records
from ionto.calibration import NOMINAL, CalibrationError
from ionto.store import Store, StoredCalibrationError
from ionto.store_slots import StoreError
from ionto.store_writer import ATTEMPTS
from tests.support.fram import Fram
from tests.support.store_cuts import loaded, ranges_of
from tests.support.store_parts import BOARD, OTHER, VERSION, labelled, put_slot, ring_record, slot
from tests.support.stores import COUNTERS, SETTINGS, filled, opened


def refused(store: Store) -> StoredCalibrationError:
    with pytest.raises(StoredCalibrationError) as error:
        store.load()
    return error.value


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("fill", [0x00, 0xFF])
def test_blank_memory_gets_a_label_and_refuses_calibration(fill: int) -> None:
    fram = Fram(None, fill)
    store = opened(fram)
    assert store.problems == []
    assert store.refusal is None
    assert (store.settings, set(store.counters)) == (None, {0})
    error = refused(store)
    assert (error.fault, error.value, error.limit) == (faults.NO_CALIBRATION, 0, 1)
    assert isinstance(error, CalibrationError)
    assert fram.bytes[:25] == slot(0, 0, bytes(VERSION))
    before = bytes(fram.bytes)
    assert opened(fram).problems == []
    assert fram.bytes == before


def test_what_was_kept_is_there_after_the_next_power_on() -> None:
    store = opened(filled())
    assert store.problems == []
    assert store.settings == SETTINGS
    assert store.counters == COUNTERS
    assert store.load().ranges[1].a_zero_raw == 2
    assert store.load().source == messages.CALIBRATION_STORED
    assert (store.sessions.newest, store.events.newest, store.trace.newest) == (70, 20, 1500)


@pytest.mark.requirement("REQ-MEM-4")
def test_opening_takes_less_than_50_ms_of_bus_time() -> None:
    fram = filled()
    fram.bus_us = 0
    opened(fram)
    assert fram.bus_us < 50_000


@pytest.mark.requirement("REQ-MEM-4")
@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=30)
def test_opening_takes_less_than_100_ms_of_bus_time_whatever_stands_there(noise: bytes) -> None:
    fram = Fram(noise * 1024)
    for index in range(0, 32768, 128):
        fram.bytes[index : index + 4] = b"IONT"
    opened(fram)
    assert fram.bus_us < 100_000
    labelled(fram)
    fram.bus_us = 0
    opened(fram)
    assert fram.bus_us < 100_000


@pytest.mark.requirement("REQ-MEM-2", "REQ-MEM-3")
@given(st.binary(min_size=1, max_size=700), st.integers(0, 32000), st.booleans())
def test_whatever_stands_there_is_refused_by_name_and_left_alone(content: bytes, at: int, is_everywhere: bool) -> None:
    fram = Fram((content * (32768 // len(content) + 1))[:32768] if is_everywhere else None)
    if not is_everywhere:
        fram.bytes[at : at + len(content)] = content[: 32768 - at]
    before = bytes(fram.bytes)
    store = opened(fram)
    error = refused(store)
    assert faults.fault(error.fault).name
    for _ in range(3):
        store.keep_counters(COUNTERS)
        store.append(store.events, ring_record("events", 1)[2:-4])
        store.step()
    if store.refusal is not None:
        assert fram.bytes == before
        assert store.problems == [(store_map.LABEL, *store.refusal)]
        assert (error.fault, error.value) == store.refusal


@pytest.mark.requirement("REQ-MEM-2", "REQ-MEM-3")
@pytest.mark.parametrize(
    ("data", "fault", "value"),
    [
        (slot(0, 3, bytes(VERSION), OTHER), faults.MEMORY_BOARD, 0),
        (slot(0, 3, bytes(VERSION), BOARD, 0), faults.MEMORY_OLDER, 0),
        (slot(0, 3, bytes(VERSION), BOARD, 9), faults.MEMORY_NEWER, 9),
        (slot(0, 3, bytes(VERSION))[:-1], faults.MEMORY_DAMAGED, 0),
        (b"not ours", faults.MEMORY_FOREIGN, 0),
        (b"", faults.MEMORY_FOREIGN, 0),
    ],
)
def test_memory_whose_label_is_not_this_board_s_is_not_touched(data: bytes, fault: int, value: int) -> None:
    fram = filled()
    fram.bytes[:256] = bytes(256)
    put_slot(fram, 0, 0, data)
    before = bytes(fram.bytes)
    store = opened(fram)
    assert store.refusal == (fault, value)
    assert store.problems == [(store_map.LABEL, fault, value)]
    error = refused(store)
    assert (error.fault, error.value) == (fault, value)
    store.keep_counters(COUNTERS)
    store.keep_settings(SETTINGS)
    assert not store.append(store.sessions, ring_record("sessions", 1)[2:-4])
    for _ in range(100):
        store.step()
    with pytest.raises(StoreError, match=faults.fault(fault).name):
        store.save(NOMINAL)
    assert fram.bytes == before


@pytest.mark.parametrize("region", ["calibration", "settings", "counters", "first record", "last record"])
def test_label_is_not_written_beside_anything(region: str) -> None:
    fram = Fram()
    for where in {
        "calibration": (300,), "settings": (512,), "counters": (800,),
        "first record": (0x1000, 0x2000, 0x4000), "last record": (0x1FFF, 0x3FFF, 0x7FFF),
    }[region]:  # fmt: skip
        fram = Fram()
        fram.bytes[where] = 1
        store = opened(fram)
        assert store.refusal == (faults.MEMORY_FOREIGN, 0)
        assert sum(fram.bytes) == 1


def test_label_that_was_cut_is_written_anew() -> None:
    fram = Fram()
    put_slot(fram, 0, 0, slot(0, 0, bytes(VERSION))[:9])
    assert opened(fram).problems == []
    assert fram.bytes[128 : 128 + 25] == slot(0, 0, bytes(VERSION))


def test_memory_that_does_not_answer_is_said_to_be_absent() -> None:
    fram = filled()
    fram.is_absent = True
    store = Store(fram, BOARD, VERSION)
    assert refused(store).fault == faults.MEMORY_ABSENT  # before it was opened
    store.open()
    assert store.refusal == (faults.MEMORY_ABSENT, 0)
    assert store.problems == [(0, faults.MEMORY_ABSENT, 0)]
    assert refused(store).fault == faults.MEMORY_ABSENT
    assert [ring.newest for ring in (store.sessions, store.events, store.trace)] == [-1, -1, -1]
    fram.is_absent = False
    store.open()
    assert store.problems == []


@pytest.mark.parametrize("reads", range(1, 30, 3))
def test_memory_that_stops_answering_while_it_is_read_is_absent(reads: int) -> None:
    class Fading(Fram):
        left = reads

        def read_into(self, address: int, buffer: bytearray) -> None:
            self.left -= 1
            self.is_absent = self.left < 0
            super().read_into(address, buffer)

    store = opened(Fading(filled().bytes))
    assert store.refusal == (faults.MEMORY_ABSENT, 0)
    assert refused(store).fault == faults.MEMORY_ABSENT


def test_write_protected_blank_memory_is_named() -> None:
    fram = Fram()
    fram.stuck[0] = 0
    store = opened(fram)
    assert store.refusal == (faults.MEMORY_WRITE, 0)
    assert refused(store).fault == faults.MEMORY_WRITE


# A region that is not as it should be.


def bad(region: int) -> dict[str, tuple[bytes, int, int]]:
    good = {
        1: records.pack_calibration(ranges_of(3), records.COUNTERS.make(*COUNTERS)),
        2: records.pack_settings(SETTINGS),
        3: records.COUNTERS.pack(COUNTERS),
    }[region]
    wrong = {1: bytes(80), 2: bytes(16), 3: b"\1" + bytes(3) + b"\2" + bytes(33)}[region]
    return {
        "other board": (slot(region, 90, good, OTHER), faults.MEMORY_BOARD, region),
        "older": (slot(region, 90, good, BOARD, 0), faults.MEMORY_OLDER, 0),
        "newer": (slot(region, 90, good, BOARD, 2), faults.MEMORY_NEWER, 2),
        "range": (slot(region, 90, wrong), faults.MEMORY_RANGE, region),
        "length": (slot(region, 90, good + b"\0"), faults.MEMORY_RANGE, region),
        "damaged": (slot(region, 90, good)[:-1] + b"\0", faults.MEMORY_DAMAGED, region),
        "foreign": (b"not a slot at all", faults.MEMORY_FOREIGN, region),
    }


@pytest.mark.requirement("REQ-MEM-2", "REQ-MEM-3")
@pytest.mark.parametrize("region", [store_map.CALIBRATION, store_map.SETTINGS, store_map.COUNTERS])
@pytest.mark.parametrize("kind", ["other board", "older", "newer", "range", "length", "damaged", "foreign"])
@pytest.mark.parametrize("index", [0, 1])
def test_bad_region_is_a_named_problem_and_is_kept(region: int, kind: str, index: int) -> None:
    fram = filled()
    data, fault, value = bad(region)[kind]
    for each in (0, 1) if kind in ("damaged", "foreign") else (index,):
        fram.bytes[(2 * region + each) * 128 : (2 * region + each + 1) * 128] = bytes(128)
        put_slot(fram, region, each, data)
    before = bytes(fram.bytes)
    store = opened(fram)
    assert store.problems == [(region, fault, value)]
    assert store.refusal is None
    if region == store_map.CALIBRATION:
        error = refused(store)
        assert (error.fault, error.value) == (fault, value)
        assert faults.fault(fault).name in str(error)
    else:
        assert store.load().ranges[1].a_zero_raw == 2
    assert (store.settings is None) == (region == store_map.SETTINGS)
    assert store.counters.power_ons == (0 if region == store_map.COUNTERS else 5)
    for _ in range(20):
        if region == store_map.COUNTERS:
            store.keep_counters(COUNTERS)
        else:
            store.keep_settings(SETTINGS)
        store.step()
        assert store.has_unsaved() or region != store_map.SETTINGS or store.writer.is_idle()
    span = slice(2 * region * 128, (2 * region + 2) * 128)
    assert fram.bytes[span] == before[span]


@pytest.mark.requirement("REQ-MEM-1")
@pytest.mark.parametrize("region", [store_map.CALIBRATION, store_map.SETTINGS, store_map.COUNTERS])
@pytest.mark.parametrize("index", [0, 1])
def test_region_with_one_damaged_slot_uses_the_other(region: int, index: int) -> None:
    fram = filled()
    fram.bytes[(2 * region + index) * 128 + 20] ^= 0x40
    store = opened(fram)
    assert store.problems == []
    assert store.load().ranges[1].a_zero_raw == (1 if (region, index) == (1, 1) else 2)
    assert store.settings == SETTINGS
    assert store.counters == COUNTERS


def test_first_calibration_that_was_cut_is_a_problem_and_the_first_settings_are_not() -> None:
    fram = labelled(Fram())
    for region in (1, 2, 3):
        put_slot(fram, region, 0, bad(region)["damaged"][0])
    store = opened(fram)
    assert store.problems == [(1, faults.MEMORY_DAMAGED, 1)]
    assert refused(store).fault == faults.MEMORY_DAMAGED
    assert (store.settings, store.counters.power_ons) == (None, 0)
    store.keep_counters(COUNTERS)
    store.keep_settings(SETTINGS)
    store.step()
    store.writer.flush()
    store = opened(fram)
    assert (store.settings, store.counters) == (SETTINGS, COUNTERS)


# What a technician does.


@pytest.mark.requirement("REQ-MEM-1")
def test_saved_calibration_is_loaded_at_once_and_after_the_next_power_on() -> None:
    fram = filled()
    store = opened(fram)
    store.save(ranges_of(7))
    assert store.load().ranges[1].a_zero_raw == 7
    assert loaded(fram) == 7


@pytest.mark.parametrize("kind", ["other board", "older", "newer", "range", "damaged", "foreign"])
def test_calibration_saved_over_a_bad_one_ends_the_problem_and_no_other(kind: str) -> None:
    fram = filled()
    for region in (1, 2):
        for index in (0, 1):
            put_slot(fram, region, index, bad(region)[kind][0])
    store = opened(fram)
    assert len(store.problems) == 2
    store.save(ranges_of(7))
    assert [problem[0] for problem in store.problems] == [2]
    assert store.load().ranges[1].a_zero_raw == 7
    assert loaded(fram) == 7


@pytest.mark.requirement("REQ-CAL-2")
def test_calibration_that_cannot_be_true_is_not_saved() -> None:
    fram = filled()
    store = opened(fram)
    before = bytes(fram.bytes)
    with pytest.raises(CalibrationError, match="a_zero_raw is 21"):
        store.save(ranges_of(21))
    assert fram.bytes == before
    assert store.load().ranges[1].a_zero_raw == 2


@pytest.mark.requirement("REQ-MEM-6")
def test_calibration_that_is_not_read_back_is_an_error_and_the_old_one_stands() -> None:
    fram = filled()
    store = opened(fram)
    fram.stuck[256 + 30] = 0xA5
    with pytest.raises(StoreError, match="MEMORY WRITE: 1"):
        store.save(ranges_of(7))
    with pytest.raises(StoreError, match="MEMORY WRITE: 1"):
        store.save(ranges_of(7))
    assert store.load().ranges[1].a_zero_raw == 2
    assert loaded(fram) == 2


@pytest.mark.requirement("REQ-MEM-3")
def test_memory_of_another_board_is_this_board_s_once_it_is_adopted() -> None:
    fram = filled(OTHER)
    store = opened(fram)
    assert store.refusal == (faults.MEMORY_BOARD, 0)
    store.adopt()
    assert store.refusal is None
    assert store.problems == [(1, faults.MEMORY_BOARD, 1)]
    assert refused(store).fault == faults.MEMORY_BOARD
    assert store.settings == records.default_settings()
    assert set(store.counters) == {0}
    assert (store.sessions.newest, store.events.newest, store.trace.newest) == (-1, -1, -1)
    store.save(ranges_of(4))
    assert opened(fram).problems == []
    assert loaded(fram) == 4


def test_adopting_keeps_what_is_this_board_s_own() -> None:
    fram = filled()
    put_slot(fram, 2, 0, bad(2)["newer"][0])
    store = opened(fram)
    assert store.problems == [(2, faults.MEMORY_NEWER, 2)]
    store.adopt()
    assert store.problems == []
    assert store.settings == records.default_settings()
    assert store.counters == COUNTERS
    assert store.load().ranges[1].a_zero_raw == 2
    assert store.events.newest == 20
    assert not store.is_calibration_due()


@pytest.mark.requirement("REQ-CAL-6")
def test_calibration_is_due_once_the_counters_are_lost_and_after_adoption_until_it_is_made_anew() -> None:
    fram = filled()
    assert not opened(fram).is_calibration_due()
    put_slot(fram, 3, 0, bad(3)["newer"][0])
    store = opened(fram)
    assert store.problems == [(3, faults.MEMORY_NEWER, 2)]
    assert store.is_calibration_due()  # whatever the counters say that began at zero
    store.adopt()
    assert store.counters.sessions == 0
    for again in (store, opened(fram)):
        assert again.problems == []
        assert again.load().ranges[1].a_zero_raw == 2
        assert again.is_calibration_due()
    store.save(ranges_of(4))
    assert not opened(fram).is_calibration_due()


def test_adopting_what_cannot_be_written_is_an_error() -> None:
    fram = filled(OTHER)
    store = opened(fram)
    fram.stuck[150] = 0xA5
    with pytest.raises(StoreError, match="MEMORY WRITE: 0"):
        store.adopt()


# What the device does by itself.


def test_counters_kept_twice_in_a_row_are_the_later_ones() -> None:
    fram = filled()
    store = opened(fram)
    first = records.COUNTERS.changed(COUNTERS, faults=3)
    second = records.COUNTERS.changed(COUNTERS, faults=4)
    store.keep_counters(first)
    store.step()
    store.keep_counters(second)
    assert store.has_unsaved()
    while store.has_unsaved() or not store.writer.is_idle():
        store.step()
    assert opened(fram).counters == second
    assert store.counters == second


@pytest.mark.requirement("REQ-MEM-6")
def test_memory_that_fails_in_use_is_a_problem_and_nothing_more_is_written() -> None:
    fram = filled()
    store = opened(fram)
    fram.is_absent = True
    store.keep_settings(SETTINGS)
    for _ in range(ATTEMPTS):
        assert store.refusal is None
        store.step()
    assert store.refusal == (faults.MEMORY_ABSENT, 2)
    assert store.problems == [(2, faults.MEMORY_ABSENT, 2)]
    fram.is_absent = False
    before_us = fram.bus_us
    store.keep_counters(COUNTERS)
    store.step()
    assert not store.append(store.events, ring_record("events", 1)[2:-4])
    assert fram.bus_us == before_us
    assert len(store.problems) == 1


@pytest.mark.requirement("REQ-MEM-4")
def test_step_takes_less_than_a_millisecond_of_bus_time() -> None:
    fram = filled()
    store = opened(fram)
    store.keep_counters(COUNTERS)
    store.keep_settings(SETTINGS)
    for sequence in range(5):
        store.append(store.sessions, ring_record("sessions", sequence)[2:-4])
    while not store.writer.is_idle() or store.has_unsaved():
        before_us = fram.bus_us
        store.step()
        assert fram.bus_us - before_us < 1000


def test_step_with_nothing_to_do_leaves_the_bus_alone() -> None:
    fram = filled()
    store = opened(fram)
    before_us = fram.bus_us
    store.step()
    assert fram.bus_us == before_us
