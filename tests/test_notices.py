"""Notices: what a person should know before a session stands at the bottom of IDLE, and nowhere else."""

import pytest

from ionto import faults, states
from tests.snapshots.drawing import STATES, Texts, draw, look_at, view_with


@pytest.mark.requirement("REQ-MEM-5")
@pytest.mark.parametrize("number", [number for number, _ in faults.NOTICES])
@pytest.mark.parametrize("state", STATES)
def test_notice_is_shown_in_idle_alone(number: int, state: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts(monkeypatch)
    plain = draw(view_with(state=state))
    texts.boxes.clear()
    shown = draw(view_with(state=state, notice=number))
    assert (shown != plain) == (state == states.IDLE)
    assert (faults.notice_text(number) in texts.words()) == (state == states.IDLE)


def test_refusal_covers_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts(monkeypatch)
    draw(view_with(state=states.IDLE, notice=1, refusal=faults.ABOVE_MAXIMUM))
    assert "above the maximum" in texts.words()
    assert faults.notice_text(1) not in texts.words()


def test_notice_that_comes_or_goes_changes_what_is_seen() -> None:
    assert look_at(view_with(notice=1)) != look_at(view_with(notice=0))


def test_notices_have_texts_of_their_own_and_an_unknown_one_is_named() -> None:
    texts = [faults.notice_text(number) for number, _ in faults.NOTICES]
    assert len(set(texts)) == len(texts)
    numbers = [faults.NOTICE_INTERRUPTED, faults.NOTICE_MEMORY, faults.NOTICE_CALIBRATION_DUE]
    assert [number for number, _ in faults.NOTICES] == numbers == [1, 2, 3]
    assert faults.notice_text(9) == "unknown notice 9"
