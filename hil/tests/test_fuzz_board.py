"""A little of `make fuzz`: random frames at the whole firmware, judged by what flows."""

import pytest

from hil.fuzz import board


@pytest.mark.requirement("REQ-LNK-2", "REQ-LNK-9")
def test_random_frames_in_idle_close_no_relay_and_are_survived():
    figures = board.idle(4000, seed=2)
    assert figures["bad_frames"] > 1000


@pytest.mark.requirement("REQ-LNK-2")
def test_random_frames_under_current_never_raise_it():
    figures = board.under_current(3000, seed=2)
    assert figures["answered_bytes"] > 10_000
