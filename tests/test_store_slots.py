"""What a region's two slots say, whatever is in them, and what saving overwrites."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionto import faults, store_map
from ionto.store_slots import BLANK, HEAD_BYTES, MAX_PAYLOAD_BYTES, VALID, Slots, StoreError
from ionto.store_writer import MAX_JOBS, Writer
from tests.support.fram import Fram
from tests.support.store_parts import BOARD, OTHER, put_slot, slot

REGION = store_map.SETTINGS
PAYLOAD = b"a payload of some length"
KINDS = {
    "blank": b"",
    "whole": slot(REGION, 7, PAYLOAD),
    "damaged": slot(REGION, 8, PAYLOAD)[:-1] + b"\0",
    "torn magic": b"ION",
    "foreign": b"something else stands here",
    "foreign, begins alike": b"IP",
    "other board": slot(REGION, 7, PAYLOAD, OTHER),
    "older layout": slot(REGION, 7, PAYLOAD, BOARD, 0),
    "newer layout": slot(REGION, 7, PAYLOAD, BOARD, 2),
    "other region": slot(REGION + 1, 7, PAYLOAD),
    "too long": b"IONT" + struct.pack("<BBHH", 1, REGION, 7, MAX_PAYLOAD_BYTES + 1) + BOARD,
}
VERDICTS = {
    "blank": -1,  # this and 0 are what the link says: docs/link.md
    "whole": 0,
    "damaged": faults.MEMORY_DAMAGED,
    "torn magic": faults.MEMORY_DAMAGED,
    "foreign": faults.MEMORY_FOREIGN,
    "foreign, begins alike": faults.MEMORY_FOREIGN,
    "other board": faults.MEMORY_BOARD,
    "older layout": faults.MEMORY_OLDER,
    "newer layout": faults.MEMORY_NEWER,
    "other region": faults.MEMORY_DAMAGED,
    "too long": faults.MEMORY_DAMAGED,
}
WHOLE = ("whole", "other board", "older layout", "newer layout")


def opened(*contents: bytes, fill: int = 0) -> Slots:
    fram = Fram(None, fill)
    for index, data in enumerate(contents):
        put_slot(fram, REGION, index, data)
    return reopened(fram)


def reopened(fram: Fram) -> Slots:
    slots = Slots(fram, Writer(fram), REGION, BOARD)
    slots.open()
    return slots


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("fill", [0x00, 0xFF])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("index", [0, 1])
def test_slot_beside_a_blank_one_has_its_verdict(kind: str, index: int, fill: int) -> None:
    slots = opened(*((b"", KINDS[kind]) if index else (KINDS[kind], b"")), fill=fill)
    assert slots.verdict == VERDICTS[kind]
    assert slots.payload == (PAYLOAD if kind == "whole" else None)
    assert slots.value == {"older layout": 0, "newer layout": 2}.get(kind, REGION)
    assert slots.may_save() == (kind in ("blank", "whole", "damaged", "torn magic", "other region", "too long"))


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(sorted(set(KINDS) - set(WHOLE)), 2)))
def test_two_slots_without_a_whole_record_say_damaged_before_foreign(first: str, second: str) -> None:
    slots = opened(KINDS[first], KINDS[second])
    both = (VERDICTS[first], VERDICTS[second])
    expected = faults.MEMORY_DAMAGED if faults.MEMORY_DAMAGED in both else faults.MEMORY_FOREIGN
    assert slots.verdict == expected
    assert slots.payload is None


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("other", [k for k in KINDS if k not in WHOLE])
@pytest.mark.parametrize("index", [0, 1])
def test_whole_record_decides_beside_one_that_is_not_whole(kind: str, other: str, index: int) -> None:
    pair = (KINDS[other], KINDS[kind]) if index else (KINDS[kind], KINDS[other])
    slots = opened(*pair)
    assert slots.verdict == VERDICTS[kind]
    assert slots.sequence == 7


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("kind", ["other board", "older layout", "newer layout"])
@pytest.mark.parametrize("index", [0, 1])
def test_newer_record_that_may_not_be_used_is_not_passed_over_for_an_older_one(kind: str, index: int) -> None:
    own = slot(REGION, 6, b"own and older")
    slots = opened(*((own, KINDS[kind]) if index else (KINDS[kind], own)))
    assert slots.verdict == VERDICTS[kind]
    assert slots.payload is None
    newer = slot(REGION, 8, b"own and newer")
    slots = opened(*((newer, KINDS[kind]) if index else (KINDS[kind], newer)))
    assert slots.payload == b"own and newer"
    assert slots.value == REGION


@pytest.mark.requirement("REQ-MEM-1")
@given(sequence=st.integers(0, 65535), ahead=st.integers(1, 32767), index=st.integers(0, 1))
def test_newer_of_two_is_told_across_the_wrap(sequence: int, ahead: int, index: int) -> None:
    old, new = slot(REGION, sequence, b"old"), slot(REGION, (sequence + ahead) % 65536, b"new")
    slots = opened(*((old, new) if index else (new, old)))
    assert slots.payload == b"new"
    assert slots.sequence == (sequence + ahead) % 65536


@pytest.mark.requirement("REQ-MEM-1")
@given(st.lists(st.binary(max_size=MAX_PAYLOAD_BYTES), min_size=1, max_size=6), st.integers(0, 65535))
def test_saves_in_a_row_are_read_back_each_and_keep_the_one_before(payloads: list[bytes], sequence: int) -> None:
    fram = Fram()
    put_slot(fram, REGION, 0, slot(REGION, sequence, b"first"))
    before = b"first"
    for count, payload in enumerate(payloads, 1):
        writer = Writer(fram)
        slots = Slots(fram, writer, REGION, BOARD)
        slots.open()
        assert slots.payload == before
        assert slots.save(payload)
        writer.flush()
        assert (slots.payload, slots.verdict) == (payload, VALID)
        assert reopened(fram).sequence == slots.sequence == (sequence + count) % 65536
        kept = slot(REGION, (sequence + count - 1) % 65536, before)
        assert any(fram.bytes[at : at + len(kept)] == kept for at in (512, 640))
        before = payload


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("is_first", [True, False])
def test_any_flipped_bit_is_found_and_the_older_record_stands(is_first: bool) -> None:
    new = slot(REGION, 3, PAYLOAD)
    for bit in range(8 * len(new)):
        flipped = bytearray(new)
        flipped[bit // 8] ^= 1 << bit % 8
        alone = opened(bytes(flipped), b"")
        assert alone.payload is None
        assert alone.verdict == (faults.MEMORY_FOREIGN if bit < 32 else faults.MEMORY_DAMAGED)
        old = slot(REGION, 2, b"old")
        both = opened(old, bytes(flipped)) if is_first else opened(bytes(flipped), old)
        assert (both.payload, both.verdict) == (b"old", VALID)


@pytest.mark.requirement("REQ-MEM-2")
@given(st.binary(max_size=256), st.binary(max_size=64))
def test_whatever_stands_there_is_blank_or_named_and_raises_nothing(content: bytes, tail: bytes) -> None:
    fram = Fram(content + bytes(256 - len(content)) + tail + bytes(32768 - 256 - len(tail)))
    slots = Slots(fram, Writer(fram), store_map.LABEL, BOARD)
    slots.open()
    assert slots.payload is None
    if slots.verdict != BLANK:
        assert faults.fault(slots.verdict).name
    else:
        assert all(set(fram.bytes[at : at + 128]) in ({0}, {255}) for at in (0, 128))


@pytest.mark.requirement("REQ-MEM-3")
@pytest.mark.parametrize("kind", ["foreign", "other board", "older layout", "newer layout"])
def test_save_over_what_is_not_its_own_is_refused_unless_forced(kind: str) -> None:
    fram = Fram()
    put_slot(fram, REGION, 0, KINDS[kind])
    put_slot(fram, REGION, 1, KINDS["foreign"])
    before = bytes(fram.bytes)
    writer = Writer(fram)
    slots = Slots(fram, writer, REGION, BOARD)
    slots.open()
    with pytest.raises(StoreError, match=faults.fault(VERDICTS[kind]).name) as refused:
        slots.save(PAYLOAD)
    assert (refused.value.fault, refused.value.value) == (slots.verdict, slots.value)
    assert writer.is_idle()
    assert fram.bytes == before
    assert slots.save(PAYLOAD, True)
    writer.flush()
    assert reopened(fram).payload == PAYLOAD


def test_forced_save_keeps_the_newest_record_in_the_other_slot() -> None:
    fram = Fram()
    put_slot(fram, REGION, 1, KINDS["other board"])
    writer = Writer(fram)
    slots = Slots(fram, writer, REGION, BOARD)
    slots.open()
    assert slots.save(PAYLOAD, True)
    writer.flush()
    assert fram.bytes[640 : 640 + len(KINDS["other board"])] == KINDS["other board"]
    assert reopened(fram).sequence == 8


def test_first_save_beside_a_cut_one_goes_to_the_blank_slot() -> None:
    fram = Fram()
    put_slot(fram, REGION, 0, KINDS["damaged"])
    writer = Writer(fram)
    slots = Slots(fram, writer, REGION, BOARD)
    slots.open()
    assert slots.save(PAYLOAD)
    writer.flush()
    assert fram.bytes[512 : 512 + len(KINDS["damaged"])] == KINDS["damaged"]
    assert reopened(fram).payload == PAYLOAD


def test_save_while_one_is_under_way_or_without_room_is_not_taken() -> None:
    fram = Fram()
    writer = Writer(fram)
    slots = Slots(fram, writer, REGION, BOARD)
    slots.open()
    assert slots.save(b"one")
    assert not slots.save(b"two")
    writer.flush()
    for _ in range(MAX_JOBS):
        assert writer.put(REGION, 0x1000, b"x")
    assert not slots.save(b"two")
    assert not slots.is_saving
    writer.flush()
    assert slots.save(b"two")
    writer.flush()
    assert reopened(fram).payload == b"two"


def test_payload_beyond_a_slot_is_an_error() -> None:
    slots = opened()
    with pytest.raises(ValueError, match=f"settings: {MAX_PAYLOAD_BYTES + 1} bytes"):
        slots.save(bytes(MAX_PAYLOAD_BYTES + 1))
    assert slots.save(bytes(MAX_PAYLOAD_BYTES))
    assert HEAD_BYTES + MAX_PAYLOAD_BYTES + 4 == store_map.SLOT_BYTES


def test_refused_record_is_valid_no_more() -> None:
    slots = opened(KINDS["whole"])
    slots.refuse(faults.MEMORY_RANGE, 5)
    assert (slots.verdict, slots.value, slots.payload) == (faults.MEMORY_RANGE, 5, None)
    assert not slots.may_save()


def test_memory_that_reads_differently_each_time_is_foreign() -> None:
    class Unsteady(Fram):
        reads = 0

        def read_into(self, address: int, buffer: memoryview) -> None:
            super().read_into(address, buffer)
            self.reads += 1
            if self.reads == 1:
                buffer[0] = 0x55

    fram = Unsteady()
    put_slot(fram, REGION, 0, KINDS["whole"])
    assert reopened(fram).verdict == faults.MEMORY_FOREIGN


@pytest.mark.requirement("REQ-MEM-4")
def test_opening_reads_what_is_written_and_no_more() -> None:
    fram = Fram()
    put_slot(fram, REGION, 0, KINDS["whole"])
    put_slot(fram, REGION, 1, KINDS["whole"])
    reopened(fram)
    assert fram.bus_us <= 2 * (len(KINDS["whole"]) + 2 * 4) * 22.5


@pytest.mark.requirement("REQ-MEM-4")
def test_opening_follows_no_length_that_a_slot_cannot_have() -> None:
    fram = Fram()
    put_slot(fram, REGION, 0, KINDS["too long"])
    put_slot(fram, REGION, 1, KINDS["too long"])
    reopened(fram)
    assert fram.bus_us <= 2 * (HEAD_BYTES + 4) * 22.5


def test_payload_that_fills_its_slot_comes_back() -> None:
    payload = bytes(range(1, MAX_PAYLOAD_BYTES + 1))
    slots = opened(slot(REGION, 7, payload))
    assert (slots.verdict, slots.payload) == (VALID, payload)


@pytest.mark.requirement("REQ-MEM-2")
def test_slots_opened_again_say_what_stands_there_now() -> None:
    fram = Fram()
    put_slot(fram, REGION, 0, KINDS["other board"])
    slots = reopened(fram)
    assert (slots.verdict, slots.sequence) == (faults.MEMORY_BOARD, 7)
    put_slot(fram, REGION, 0, KINDS["damaged"])
    slots.open()
    assert (slots.verdict, slots.value, slots.payload, slots.sequence) == (faults.MEMORY_DAMAGED, REGION, None, -1)
    fram.bytes[512:640] = bytes(128)
    slots.open()
    assert slots.verdict == BLANK
