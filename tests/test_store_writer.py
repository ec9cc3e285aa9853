"""Writing in small pieces, in order, read back; a memory that does not take it is given up and named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionto import faults
from ionto.store_writer import ATTEMPTS, MAX_JOBS, PIECE_BYTES, Writer
from tests.support.fram import Fram

DATA = bytes(range(1, 95))


@pytest.mark.requirement("REQ-MEM-4")
def test_step_moves_at_most_a_piece() -> None:
    fram = Fram()
    writer = Writer(fram)
    done: list[int] = []
    assert writer.put(1, 100, DATA, lambda: done.append(1))
    assert not writer.is_idle()
    steps = 0
    while not writer.is_idle():
        before_us = fram.bus_us
        assert done == []
        writer.step()
        assert fram.bus_us - before_us <= (PIECE_BYTES + 4) * 22.5
        steps += 1
    assert steps == 2 * 3  # 32, 32 and 30 bytes: written, then compared
    assert done == [1]
    assert fram.bytes[100 : 100 + len(DATA)] == DATA
    assert fram.written == len(DATA)
    assert fram.largest == PIECE_BYTES == 32
    before_us = fram.bus_us
    writer.step()
    assert fram.bus_us == before_us


@given(st.lists(st.tuples(st.integers(0, 300), st.binary(min_size=1, max_size=80)), max_size=MAX_JOBS))
def test_records_are_written_in_the_order_in_which_they_were_queued(jobs: list[tuple[int, bytes]]) -> None:
    fram, plain = Fram(), bytearray(32768)
    writer = Writer(fram)
    for address, data in jobs:
        assert writer.put(0, address, data)
        plain[address : address + len(data)] = data
    # Where two overlap, the first is read back before the second is written.
    writer.flush()
    assert fram.bytes == plain
    assert writer.fault == 0


def test_queue_takes_so_many_and_no_more() -> None:
    writer = Writer(Fram())
    assert writer.has_room(MAX_JOBS)
    assert not writer.has_room(MAX_JOBS + 1)
    for _ in range(MAX_JOBS):
        assert writer.put(1, 0, b"x")
    assert not writer.put(1, 0, b"x")
    assert not writer.has_room()
    writer.step()
    writer.step()
    assert writer.put(1, 0, b"x")


@pytest.mark.requirement("REQ-MEM-6")
def test_byte_that_reads_otherwise_is_written_again_and_then_given_up() -> None:
    fram = Fram()
    fram.stuck[140] = 0xEE
    writer = Writer(fram)
    done: list[int] = []
    writer.put(4, 100, DATA, lambda: done.append(1))
    writer.put(5, 300, DATA)
    writer.flush()
    assert (writer.fault, writer.region) == (faults.MEMORY_WRITE, 4)
    assert done == []
    assert fram.written == ATTEMPTS * len(DATA)
    assert fram.bytes[300] == 0  # nothing more is written
    assert writer.is_idle()
    assert not writer.has_room()
    assert not writer.put(5, 300, DATA)


@pytest.mark.requirement("REQ-MEM-6")
def test_part_that_does_not_answer_is_given_up_after_some_attempts() -> None:
    fram = Fram()
    writer = Writer(fram)
    writer.put(6, 100, DATA)
    writer.step()
    fram.is_absent = True
    for attempt in range(ATTEMPTS):
        assert writer.fault == 0, attempt
        writer.step()
    assert (writer.fault, writer.region) == (faults.MEMORY_ABSENT, 6)


@pytest.mark.parametrize("failures", range(ATTEMPTS))
def test_part_that_answers_again_gets_the_whole_record_anew(failures: int) -> None:
    fram = Fram()
    writer = Writer(fram)
    done: list[int] = []
    for address in (100, 300):
        writer.put(6, address, DATA, lambda: done.append(1))
        writer.step()
        fram.is_absent = True
        for _ in range(failures):
            writer.step()
        fram.is_absent = False
        writer.flush()
        assert fram.bytes[address : address + len(DATA)] == DATA
    assert writer.fault == 0
    assert done == [1, 1]
