"""Which of two sequence numbers is newer, and what counts as memory to which nothing was ever written."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ionto import faults
from ionto.store_map import SEQUENCES, is_blank, is_newer
from tests.support.fram import Fram
from tests.support.stores import COUNTERS, opened

HALF = SEQUENCES // 2
NUMBERS = st.integers(0, SEQUENCES - 1)


@pytest.mark.requirement("REQ-MEM-1")
@given(NUMBERS, st.integers(1, HALF - 1))
@example(0, HALF - 1)
@example(SEQUENCES - 1, 1)
def test_sequence_is_newer_than_those_of_the_half_before_it_across_the_wrap(than: int, ahead: int) -> None:
    sequence = (than + ahead) % SEQUENCES
    assert is_newer(sequence, than)
    assert not is_newer(than, sequence)


@given(NUMBERS)
def test_sequence_is_newer_neither_than_itself_nor_than_the_one_as_far_ahead_as_behind(sequence: int) -> None:
    opposite = (sequence + HALF) % SEQUENCES
    assert not is_newer(sequence, sequence)
    assert not is_newer(sequence, opposite)
    assert not is_newer(opposite, sequence)


@pytest.mark.requirement("REQ-MEM-3")
@pytest.mark.parametrize("fill", range(256))
def test_memory_of_one_byte_throughout_is_blank_if_that_is_all_zeros_or_all_ones(fill: int) -> None:
    content = bytes([fill]) * 128
    assert is_blank(content, 128) == (fill in (0x00, 0xFF))
    for at in (0, 1, 127):
        assert not is_blank(content[:at] + bytes([fill ^ 0x10]) + content[at + 1 :], 128)


@pytest.mark.requirement("REQ-MEM-3")
@pytest.mark.parametrize("fill", [0x01, 0x55, 0xFE])
def test_memory_of_another_byte_throughout_is_foreign_and_left_alone(fill: int) -> None:
    fram = Fram(None, fill)
    store = opened(fram)
    assert store.refusal == (faults.MEMORY_FOREIGN, 0)
    store.keep_counters(COUNTERS)
    store.step()
    store.writer.flush()
    assert set(fram.bytes) == {fill}
