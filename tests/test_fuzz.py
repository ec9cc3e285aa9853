"""A little of `make fuzz`: random frames at the link, and random hands; hil/tests/test_fuzz_board.py has the rest."""

import pytest

from hil.fuzz import device
from hil.fuzz.frames import Frames
from host_tools.framing import Decoder
from ionto import messages
from tests.support import fuzz_buttons
from tests.support.on_micropython import run


def test_fuzz_frames_are_good_bad_and_the_same_for_the_same_seed() -> None:
    pieces = list(Frames(3).chunks(3000, 240))
    assert pieces == list(Frames(3).chunks(3000, 240))
    assert sum(count for _, count in pieces) == 3000
    decoder = Decoder()
    kinds = {frame.type for piece, _ in pieces for frame in decoder.feed(piece)}
    assert kinds > {
        messages.HELLO,
        messages.STATUS,
        messages.SUBSCRIBE,
        messages.STOP,
        messages.LOWER_LEVEL,
        0x10,
        0x11,
    }
    assert decoder.bad_frames > 1000
    without = [frame for piece, _ in Frames(3, (messages.STOP,)).chunks(3000, 240) for frame in Decoder().feed(piece)]
    assert messages.STOP not in {frame.type for frame in without}


@pytest.mark.requirement("REQ-LNK-2", "REQ-LNK-9")
def test_random_frames_at_link_session_and_memory_raise_nothing_and_drive_nothing() -> None:
    figures = device.run(6000, seed=5)
    assert figures["bad_frames"] > 2000
    assert figures["answered_bytes"] > 50_000


@pytest.mark.requirement("REQ-BTN-1", "REQ-SES-2")
def test_random_hands_from_the_contacts_on_end_with_stop_on_both_runtimes() -> None:
    here, there = fuzz_buttons.fuzz(2, 7), run("fuzz_buttons.py", 12, 7)
    assert here["sessions"] == 2
    assert there["driven"] >= 6  # most come under current
