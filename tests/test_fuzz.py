"""A little of `make fuzz`: random frames at the link, and random hands; hil/tests/test_fuzz_board.py has the rest."""

import pytest

from hil.fuzz import device
from hil.fuzz.answers import GRANTED, REFUSALS, Answers, expected, missing, unexpected
from hil.fuzz.frames import REQUESTS, Frames
from host_tools.framing import Decoder, encode
from ionto import faults, messages
from ionto import messages_service as ms
from tests.support import fuzz_buttons
from tests.support.on_micropython import run


def test_fuzz_frames_are_good_bad_and_the_same_for_the_same_seed() -> None:
    pieces = list(Frames(3).chunks(3000, 240))
    assert pieces == list(Frames(3).chunks(3000, 240))
    assert sum(count for _, count in pieces) == 3000
    decoder = Decoder()
    kinds = {frame.type for piece, _ in pieces for frame in decoder.feed(piece)}
    assert kinds > set(REQUESTS)
    assert decoder.bad_frames > 1000
    without = [frame for piece, _ in Frames(3, (messages.STOP,)).chunks(3000, 240) for frame in Decoder().feed(piece)]
    assert messages.STOP not in {frame.type for frame in without}


def test_expected_answers_cover_every_request_of_the_table() -> None:
    assert set(REFUSALS) == set(REQUESTS)
    assert {(kind, code) for kind in REQUESTS for code in (GRANTED, faults.BAD_LENGTH)} < expected()


def test_answers_are_counted_by_request_and_outcome() -> None:
    answers = Answers()
    heard: list[tuple[int, int]] = []
    answers.granted = lambda request, value: heard.append((request, value))
    row = messages.message(messages.OK)
    assert row is not None
    lowered = encode(messages.OK, 1, messages.pack(row, (messages.LOWER_LEVEL, 500)))
    answers.feed(lowered[:5])
    answers.feed(lowered[5:] + lowered)  # a request that was repeated
    answers.feed(encode(messages.REFUSED, 2, bytes((ms.READ, faults.NOT_IN_STATE, 255)) + bytes(8)))
    assert dict(answers.met) == {(messages.LOWER_LEVEL, GRANTED): 2, (ms.READ, faults.NOT_IN_STATE): 1}
    assert heard == [(messages.LOWER_LEVEL, 500)]
    assert "READ granted" in missing(answers.met)
    assert "READ refused, not possible in this state" not in missing(answers.met)
    assert unexpected([(messages.STATUS, faults.NOT_IN_STATE)]) == ["STATUS refused, not possible in this state"]
    with pytest.raises(AssertionError, match="damaged"):
        answers.feed(b"\x05\x01\x00")


@pytest.mark.requirement("REQ-LNK-2", "REQ-LNK-4", "REQ-LNK-9", "REQ-SRV-2", "REQ-SRV-3", "REQ-SRV-4")
def test_random_frames_in_every_state_are_granted_and_refused_in_every_way_and_drive_nothing_more() -> None:
    answers = Answers()
    figures = device.run(15_000, 1, answers)
    assert figures["frames"] == 15_000
    assert figures["bad_frames"] > 5000
    assert figures["stopped"] >= 5  # treatments
    assert figures["driven"] >= 2  # power-ons in SERVICE in which a current was reached
    assert missing(answers.met) == []
    assert unexpected(answers.met) == []


@pytest.mark.requirement("REQ-BTN-1", "REQ-SES-2")
def test_random_hands_from_the_contacts_on_end_with_stop_on_both_runtimes() -> None:
    here, there = fuzz_buttons.fuzz(2, 7), run("fuzz_buttons.py", 12, 7)
    assert here["sessions"] == 2
    assert there["driven"] >= 6  # most come under current
