"""Power is cut after every byte of every write; the next power-on finds the old or the new, never neither."""

import pytest

from tests.support import store_cuts
from tests.support.on_micropython import run


@pytest.fixture(scope="module")
def there() -> dict:
    return run("store_cuts.py")


@pytest.mark.requirement("REQ-MEM-1")
def test_cut_of_a_slot_leaves_the_old_or_the_new_record() -> None:
    assert store_cuts.check_slots() == 1320  # 36 saves of 22 to 66 bytes


@pytest.mark.requirement("REQ-MEM-1")
def test_cut_of_a_ring_record_leaves_the_ring_as_it_was_or_with_the_record() -> None:
    assert store_cuts.check_rings() == 6 * (64 + 32 + 16)


@pytest.mark.requirement("REQ-MEM-1")
def test_cut_of_a_calibration_leaves_none_or_the_old_or_the_new() -> None:
    label_bytes, calibration_bytes = 22 + 3, 22 + 80
    assert store_cuts.check_calibration() == label_bytes + 3 * calibration_bytes


@pytest.mark.requirement("REQ-MEM-5")
def test_cut_anywhere_in_a_session_is_told_at_the_next_power_on() -> None:
    cuts, interrupted = store_cuts.check_session()
    counters_bytes, event_bytes, trace_bytes, session_bytes = 22 + 38, 32, 16, 64
    assert cuts == 3 * counters_bytes + 3 * event_bytes + 3 * trace_bytes + session_bytes
    assert interrupted > session_bytes + 3 * trace_bytes


@pytest.mark.requirement("REQ-MEM-1", "REQ-MEM-5")
def test_micropython_finds_the_same_after_the_same_cuts(there: dict) -> None:
    assert there["implementation"] == "micropython"
    session, interrupted = store_cuts.check_session()
    assert there["cuts"] == {
        "slots": 1320, "rings": 672, "calibration": 331, "session": session, "interrupted": interrupted,
    }  # fmt: skip
