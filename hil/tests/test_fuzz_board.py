"""A little of `make fuzz`: random frames at the whole firmware, judged by what flows."""

import pytest

from hil.fuzz import board, board_service
from hil.fuzz.answers import GRANTED, REFUSALS, Answers, unexpected, words
from ionto import messages
from ionto import messages_service as ms

FRAMES = 4000
READING = (messages.HELLO, messages.STATUS, messages.SUBSCRIBE)
MEMORY = (ms.READ_INFO, ms.READ, ms.READ_RAW)
SERVICE = range(ms.SERVICE_OFF, ms.SERVICE_SETTINGS + 1)
# The requests that each part grants, however few its frames.
IN_IDLE = (*READING, *MEMORY, messages.LOWER_LEVEL)
UNDER_CURRENT = (*READING, messages.LOWER_LEVEL, messages.STOP)
IN_SERVICE = (*READING, *MEMORY, *SERVICE)


def met(answers, granted, never_refused=()):
    """Every grant that this part can give was given, and every request refused; no refusal that is none of its."""
    assert [words((kind, GRANTED)) for kind in granted if (kind, GRANTED) not in answers.met] == []
    refused = {kind for kind, outcome in answers.met if outcome}
    assert set(REFUSALS) - refused == set(never_refused)
    assert unexpected(answers.met) == []


def test_every_request_is_granted_by_one_of_the_parts():
    assert {*IN_IDLE, *UNDER_CURRENT, *IN_SERVICE} == set(REFUSALS)


@pytest.mark.requirement("REQ-LNK-2", "REQ-LNK-9", "REQ-SRV-4")
def test_random_frames_in_idle_close_no_relay_and_are_survived():
    answers = Answers()
    figures = board.idle(FRAMES, 2, answers)
    assert figures["bad_frames"] > 1000
    met(answers, IN_IDLE)


@pytest.mark.requirement("REQ-LNK-2", "REQ-LNK-9", "REQ-SRV-4")
def test_random_frames_under_current_lower_it_for_good():
    answers = Answers()
    figures = board.under_current(FRAMES, 2, answers)
    assert figures["bad_frames"] > 1000
    met(answers, UNDER_CURRENT, never_refused=(messages.STOP,))  # the one that was sent was granted


@pytest.mark.requirement("REQ-SRV-2", "REQ-SRV-3", "REQ-LNK-9")
def test_random_frames_in_service_drive_within_its_limits_and_only_while_the_host_lives():
    answers = Answers()
    figures = board_service.run(FRAMES, 2, answers)
    assert figures["driven"] > 0
    met(answers, IN_SERVICE)


def test_ceiling_falls_with_the_ramp_to_the_level_in_force_and_never_rises():
    ceiling = board.Ceiling(1000, 100)
    assert ceiling.ua(0) == 1000 * 1.03 + 60
    ceiling.granted(messages.LOWER_LEVEL, 900)
    ceiling.granted(messages.SUBSCRIBE, 100)
    assert ceiling.ua(100) == 1000 * 1.03 + 60
    assert ceiling.ua(10_000) == pytest.approx(990.5 * 1.03 + 60)
    assert ceiling.ua(0) == 900 * 1.03 + 60
    with pytest.raises(AssertionError, match="raised"):
        ceiling.granted(messages.LOWER_LEVEL, 901)
