"""The newest record of a ring is found from any state of it, in time; what is damaged is left out."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ionto import store_map
from ionto.store_rings import BEYOND, NEIGHBOURS, Ring
from ionto.store_writer import MAX_JOBS, Writer
from tests.support.fram import Fram
from tests.support.store_parts import BOARD, OTHER, RINGS, fill_ring, put_record, ring_record

ALL = pytest.mark.parametrize("name", RINGS)
NAMES = st.sampled_from(sorted(RINGS))


def place_of(name: str) -> store_map.RingPlace:
    return store_map.RINGS[sorted(RINGS, key=lambda n: RINGS[n][0]).index(name)]


def opened(fram: Fram, name: str) -> tuple[Ring, Writer]:
    writer = Writer(fram)
    ring = Ring(fram, writer, place_of(name), BOARD)
    ring.open()
    return ring, writer


def payload_of(name: str, sequence: int) -> bytes:
    return ring_record(name, sequence % 65536)[2:-4]


@ALL
def test_ring_stands_where_the_map_says(name: str) -> None:
    region, address, size, records = RINGS[name]
    assert place_of(name) == store_map.RingPlace(region, address, size, records)
    assert 65536 % records == 0


def test_regions_do_not_overlap_and_fill_the_part() -> None:
    spans = [
        (store_map.slot_address(region, slot), store_map.SLOT_BYTES)
        for region in range(store_map.SESSIONS)
        for slot in (0, 1)
    ]
    spans += [(place.address, place.record_bytes * place.records) for place in store_map.RINGS]
    spans.sort()
    for (start, size), (following, _) in itertools.pairwise(spans):
        assert start + size <= following
    assert sum(spans[-1]) == store_map.SIZE_BYTES


@ALL
@pytest.mark.parametrize("fill", [0x00, 0xFF])
def test_blank_ring_is_empty_and_takes_its_first_record(name: str, fill: int) -> None:
    fram = Fram(None, fill)
    ring, writer = opened(fram, name)
    assert ring.newest == -1
    assert ring.read(0) is None
    assert ring.append(payload_of(name, 9))
    writer.flush()
    ring, _ = opened(fram, name)
    assert ring.newest == 0
    assert ring.read(0) == payload_of(name, 9)


@pytest.mark.requirement("REQ-MEM-4")
@ALL
def test_opening_a_blank_ring_reads_a_record_at_each_of_four_places(name: str) -> None:
    fram = Fram()
    opened(fram, name)
    assert fram.bus_us == 4 * (RINGS[name][2] + 4) * 22.5


@ALL
def test_ring_opened_again_says_what_stands_there_now(name: str) -> None:
    fram = Fram()
    fill_ring(fram, name, 5, 6)
    ring, _ = opened(fram, name)
    assert ring.newest == 5
    fill_ring(fram, name, 5, 6, OTHER)
    ring.open()
    assert ring.newest == -1


@ALL
def test_every_place_of_the_newest_record_is_found(name: str) -> None:
    records = RINGS[name][3]
    fram = Fram()
    for newest in range(2 * records + 2):
        put_record(fram, name, newest, ring_record(name, newest))
        if newest % 7 in (0, 1) or abs(newest % records - records // 2) < 4 or newest % records in (0, 1, records - 1):
            ring, _ = opened(fram, name)
            assert ring.newest == newest


@given(NAMES, st.integers(0, 65535), st.data())
@example("sessions", 65535, None)
@example("trace", 0, None)
def test_newest_is_found_across_the_wrap_of_the_sequence(name: str, newest: int, data) -> None:
    records = RINGS[name][3]
    count = records if data is None else data.draw(st.sampled_from((records, records - 1)))
    fram = Fram()
    fill_ring(fram, name, newest + 65536, count)
    ring, writer = opened(fram, name)
    assert ring.newest == newest
    assert ring.append(payload_of(name, 1))
    writer.flush()
    ring, _ = opened(fram, name)
    assert ring.newest == (newest + 1) % 65536
    assert ring.read(newest + 1) == payload_of(name, 1)
    for back in (0, 1, records - 2):
        assert ring.read(newest - back) == payload_of(name, newest - back)
    assert ring.read(newest + 1 - records) is None  # overwritten
    assert ring.read(newest + 2) is None


@given(NAMES, st.integers(0, 3000), st.sets(st.integers(0, 1023), max_size=3))
@settings(max_examples=200)
def test_damaged_records_are_left_out_and_the_newest_whole_one_is_found(name: str, newest: int, damaged: set) -> None:
    _, address, size, records = RINGS[name]
    fram = Fram()
    count = min(newest + 1, records)
    fill_ring(fram, name, newest, count)
    places = {place % records for place in damaged}
    for place in places:
        fram.bytes[address + place * size] ^= 0x10
    ring, _ = opened(fram, name)
    assert not ring.has_gap
    whole = [newest - back for back in range(count) if (newest - back) % records not in places]
    assert ring.newest == max(whole, default=-1)
    for sequence in whole:
        assert ring.read(sequence) == payload_of(name, sequence)
    for back in range(count):
        if (newest - back) % records in places:
            assert ring.read(newest - back) is None


@ALL
def test_any_flipped_bit_of_a_record_is_found(name: str) -> None:
    _, address, size, _ = RINGS[name]
    fram = Fram()
    fill_ring(fram, name, 2, 3)
    ring, _ = opened(fram, name)
    for bit in range(8 * size):
        at = address + 2 * size + bit // 8
        fram.bytes[at] ^= 1 << bit % 8
        assert ring.read(2) is None
        again, _ = opened(fram, name)
        assert again.newest == 1
        fram.bytes[at] ^= 1 << bit % 8
    assert ring.read(2) == payload_of(name, 2)


class Counting(Fram):
    """Counts the transfers."""

    reads = 0

    def read_into(self, address: int, buffer: bytearray) -> None:
        super().read_into(address, buffer)
        self.reads += 1


@ALL
@pytest.mark.parametrize(("newest", "count"), [(3, 4), (70_000, 1024), (2**16 + 5, 1024)])
def test_run_of_records_is_what_reading_each_of_them_gives(name: str, newest: int, count: int) -> None:
    _, address, size, records = RINGS[name]
    fram = Counting()
    fill_ring(fram, name, newest, min(count, records))
    fram.bytes[address + newest % records * size + 7] ^= 0x20
    ring, _ = opened(fram, name)
    whole = 0
    for first in (newest - records, newest - 9, newest - 3, newest, newest + 1):
        for length in (1, 4, 12, records):
            expected = [ring.read(first + offset) for offset in range(length)]
            fram.reads = 0
            assert ring.read_run(first, length) == expected
            assert fram.reads == (1 if first % records + length <= records else 2)
            whole += length - expected.count(None)
    assert whole > 0


@ALL
def test_record_of_another_board_layout_ring_or_place_is_none_of_this_one(name: str) -> None:
    other_ring = {"sessions": "events", "events": "trace", "trace": "sessions"}[name]
    size = RINGS[name][2]
    strangers = [
        ring_record(name, 0, None, OTHER),
        ring_record(name, 0, None, BOARD, 2),
        ring_record(name, 0, None, BOARD, 0),
        ring_record(other_ring, 0, bytes(size - 6)),
        ring_record(name, 1),
    ]
    for stranger in strangers:
        fram = Fram()
        put_record(fram, name, 0, stranger)
        ring, _ = opened(fram, name)
        assert ring.newest == -1
        assert ring.read(0) is None


@ALL
def test_ring_full_of_another_board_s_records_begins_anew_over_them(name: str) -> None:
    fram = Fram()
    fill_ring(fram, name, 5000, RINGS[name][3], OTHER)
    ring, writer = opened(fram, name)
    assert ring.newest == -1
    for sequence in range(3):
        ring.append(payload_of(name, sequence))
        writer.flush()
    assert opened(fram, name)[0].newest == 2


def with_damaged_run(name: str, newest: int, first: int, count: int) -> Fram:
    """A full ring in which so many records from a place on are damaged."""
    _, address, size, records = RINGS[name]
    fram = Fram()
    fill_ring(fram, name, newest, records)
    for place in range(first, first + count):
        fram.bytes[address + place % records * size + 1] ^= 1
    return fram


@given(NAMES, st.integers(0, 3000), st.integers(0, 1023), st.integers(1, BEYOND - 1))
@example("sessions", 63, 32, NEIGHBOURS)
@settings(max_examples=150)
def test_run_of_up_to_15_damaged_records_hides_nothing_newer(name: str, newest: int, first: int, count: int) -> None:
    records = RINGS[name][3]
    newest = max(newest, records - 1)
    ring, _ = opened(with_damaged_run(name, newest, first, count), name)
    damaged = {place % records for place in range(first, first + count)}
    assert ring.newest == next(one for one in range(newest, -1, -1) if one % records not in damaged)
    if ring.has_gap:
        assert count >= NEIGHBOURS
        assert newest % records not in damaged
    assert not opened(Fram(), name)[0].has_gap


@ALL
@pytest.mark.parametrize(("count", "has_gap"), [(NEIGHBOURS - 1, False), (NEIGHBOURS, True), (BEYOND - 1, True)])
def test_damaged_records_that_stand_in_the_way_are_told(name: str, count: int, has_gap: bool) -> None:
    records = RINGS[name][3]
    ring, writer = opened(with_damaged_run(name, records - 1, records // 2, count), name)
    assert (ring.newest, ring.has_gap) == (records - 1, has_gap)
    ring.append(payload_of(name, records))
    writer.flush()
    ring.open()
    assert (ring.newest, ring.has_gap) == (records, False)  # the search does not come by there any more


@ALL
def test_more_damaged_records_in_a_row_than_the_search_looks_at_lose_what_is_newer(name: str) -> None:
    records = RINGS[name][3]
    middle = records // 2
    ring, _ = opened(with_damaged_run(name, records - 1, middle, BEYOND), name)
    assert (ring.newest, ring.has_gap) == (middle - 1, False)


@ALL
def test_damaged_records_after_the_newest_are_no_gap(name: str) -> None:
    records = RINGS[name][3]
    for count in (1, NEIGHBOURS, 2 * NEIGHBOURS, BEYOND):
        ring, _ = opened(with_damaged_run(name, records + 4, 5, count), name)
        assert (ring.newest, ring.has_gap) == (records + 4, False)


@ALL
def test_search_starts_elsewhere_when_the_first_records_are_damaged(name: str) -> None:
    _, address, size, records = RINGS[name]
    newest = records + records // 2 + 1
    fram = Fram()
    fill_ring(fram, name, newest, records)
    for place in range(NEIGHBOURS):
        fram.bytes[address + place * size] ^= 1
    assert opened(fram, name)[0].newest == newest


@pytest.mark.requirement("REQ-MEM-4")
@given(st.binary(min_size=64, max_size=64), st.booleans())
@settings(max_examples=30)
def test_heads_are_found_within_45_ms_of_bus_time_whatever_stands_there(noise: bytes, is_noise: bool) -> None:
    fram = Fram(noise * 512 if is_noise else None)
    for name in RINGS:
        opened(fram, name)
    assert fram.bus_us < 45_000
    assert fram.largest == 64


@pytest.mark.requirement("REQ-MEM-4")
def test_heads_of_full_rings_are_found_within_25_ms_of_bus_time() -> None:
    fram = Fram()
    for name in RINGS:
        fill_ring(fram, name, RINGS[name][3] + 5, RINGS[name][3])
    for name in RINGS:
        opened(fram, name)
    assert fram.bus_us < 25_000


@ALL
def test_record_that_finds_no_room_is_not_counted(name: str) -> None:
    fram = Fram()
    ring, writer = opened(fram, name)
    for _ in range(MAX_JOBS):
        assert ring.append(payload_of(name, 0))
    assert not ring.append(payload_of(name, 0))
    assert ring.newest == MAX_JOBS - 1
    writer.flush()
    assert opened(fram, name)[0].newest == MAX_JOBS - 1


@ALL
@pytest.mark.parametrize("difference", [-1, 1])
def test_payload_of_another_length_is_an_error(name: str, difference: int) -> None:
    ring, _ = opened(Fram(), name)
    size = ring.payload_bytes()
    assert size == RINGS[name][2] - 6
    assert ring.records() == RINGS[name][3]
    with pytest.raises(ValueError, match=f"a record of {size} bytes, not {size + difference}"):
        ring.append(bytes(size + difference))
