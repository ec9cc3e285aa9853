"""The readings at rest: only after the output has settled, over whole windows, and forgotten when it was on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.sampler import A_CURRENT, B_CURRENT, CAUSE, STATE_WORDS
from ionto.zero import SAMPLES, SETTLE_MS, ZeroWatch

pytestmark = pytest.mark.requirement("REQ-CAL-3")

ROUND_MS = 10


def read(watch: ZeroWatch, a_raw: int, b_raw: int, rounds: int = 1, cause: int = 0, round_ms: int = ROUND_MS) -> None:
    copy = [0] * STATE_WORDS
    copy[A_CURRENT], copy[B_CURRENT], copy[CAUSE] = a_raw, b_raw, cause
    for _ in range(rounds):
        watch.update(round_ms, copy)


def settled() -> ZeroWatch:
    """A watch that counts its next reading; what it read before must not show."""
    watch = ZeroWatch()
    read(watch, 4000, 4000, SETTLE_MS // ROUND_MS - 1)
    return watch


def test_readings_count_once_the_output_has_settled_and_not_before_there_are_enough() -> None:
    watch = settled()
    read(watch, 3, 1, SAMPLES - 1)
    assert watch.zeros() is None
    read(watch, 3, 1)
    assert watch.zeros() == (3, 1)


def test_time_to_settle_is_kept_to_the_millisecond() -> None:
    watch = ZeroWatch()
    read(watch, 3, 1, SETTLE_MS - 1 + SAMPLES - 1, round_ms=1)
    assert watch.zeros() is None
    read(watch, 3, 1, round_ms=1)
    assert watch.zeros() == (3, 1)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 4095)), min_size=SAMPLES, max_size=3 * SAMPLES))
def test_zeros_are_the_means_of_the_last_readings_rounded_to_nearest(readings: list[tuple[int, int]]) -> None:
    watch = settled()
    for a_raw, b_raw in readings:
        read(watch, a_raw, b_raw)
    zeros = watch.zeros()
    assert zeros is not None
    for zero, values in zip(zeros, zip(*readings[-SAMPLES:], strict=True), strict=True):
        assert -0.5 < zero - sum(values) / SAMPLES <= 0.5  # a half goes up


def test_half_a_count_goes_up() -> None:
    watch = settled()
    read(watch, 3, 1, SAMPLES // 2)
    read(watch, 4, 2, SAMPLES // 2)
    assert watch.zeros() == (4, 2)


def test_cause_forgets_all_and_what_follows_settles_anew() -> None:
    watch = settled()
    read(watch, 3, 1, SAMPLES)
    read(watch, 900, 900, cause=1)
    assert watch.zeros() is None
    read(watch, 900, 900, SETTLE_MS // ROUND_MS - 1)  # charged still
    read(watch, 5, 2, SAMPLES)
    assert watch.zeros() == (5, 2)


def test_cause_while_nothing_was_read_changes_nothing() -> None:
    watch = ZeroWatch()
    read(watch, 900, 900, 3, cause=1)
    assert watch.zeros() is None
    read(watch, 900, 900, SETTLE_MS // ROUND_MS - 1)
    read(watch, 2, 2, SAMPLES)
    assert watch.zeros() == (2, 2)


def test_another_range_begins_anew() -> None:
    watch = settled()
    read(watch, 3, 1, SAMPLES)
    watch.reset()
    assert watch.zeros() is None
    read(watch, 900, 900, SETTLE_MS // ROUND_MS - 1)
    read(watch, 7, 0, SAMPLES)
    assert watch.zeros() == (7, 0)


def test_part_is_what_whole_counts_leave_of_the_mean() -> None:
    watch = settled()
    read(watch, 3, 1, SAMPLES - 5)
    assert watch.a_part(3) == 0  # not enough rounds yet
    read(watch, 4, 1, 5)
    assert watch.zeros() == (3, 1)
    assert watch.a_part(3) == 5
    assert watch.a_part(4) == 5 - SAMPLES


def test_part_of_a_zero_that_readings_end_at_is_not_known() -> None:
    watch = settled()
    read(watch, 0, 0, SAMPLES - 5)
    read(watch, 1, 0, 5)
    assert watch.a_part(0) == watch.a_part(-2) == 0
    assert watch.a_part(1) == 5 - SAMPLES
