"""Buttons: what holds for any contacts, at any time of ticks_ms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto.buttons import (
    BUTTONS,
    DOWN,
    MODE,
    MODE_HELD_MS,
    PRESS_DOWN,
    PRESS_MODE,
    PRESS_MODE_HELD,
    PRESS_START,
    PRESS_START_HELD,
    PRESS_UP,
    START,
    START_HELD_MS,
    UP,
    Buttons,
)

pytestmark = pytest.mark.requirement("REQ-BTN-1")

WRAP = 1 << 30
OF_BUTTON = {
    UP: {PRESS_UP},
    DOWN: {PRESS_DOWN},
    MODE: {PRESS_MODE, PRESS_MODE_HELD},
    START: {PRESS_START, PRESS_START_HELD},
}
SHORT = {UP: PRESS_UP, DOWN: PRESS_DOWN, MODE: PRESS_MODE, START: PRESS_START}
HOLDS = {MODE: (PRESS_MODE_HELD, MODE_HELD_MS), START: (PRESS_START_HELD, START_HELD_MS)}

START_MS = st.integers(0, WRAP - 1) | st.integers(WRAP - 3000, WRAP - 1)
# Levels and how long each lasts; rounds of 5 ms see it.
LEVELS = st.lists(st.tuples(st.integers(0, 15), st.integers(1, 300)), max_size=60)
NOISE = st.lists(st.tuples(st.integers(0, 15), st.integers(1, 3)), max_size=80)


def _samples(segments):
    return [raw for raw, rounds in segments for _ in range(rounds)]


def _run(samples, start_ms, round_ms=5):
    """Steps through the samples, after 100 ms of rest; returns [(index, presses)] and the Buttons."""
    buttons = Buttons()
    for index in range(20):
        assert buttons.step((start_ms + index * round_ms) % WRAP, 0) == ()
    start_ms += 20 * round_ms
    said = [buttons.step((start_ms + i * round_ms) % WRAP, raw) for i, raw in enumerate(samples)]
    return said, buttons


@settings(max_examples=100)
@given(LEVELS, START_MS)
def test_any_contacts_no_press_without_20_ms_of_that_level(segments, start_ms):
    samples = _samples(segments)
    said, _ = _run(samples, start_ms)
    for index, presses in enumerate(said):
        assert len(presses) <= 1
        for press in presses:
            bit = next(bit for bit in BUTTONS if press in OF_BUTTON[bit])
            lasting = 0
            longest = 0
            for raw in samples[: index + 1]:
                lasting = lasting + 1 if raw & bit else 0
                longest = max(longest, lasting)
            assert (longest - 1) * 5 >= 20


@settings(max_examples=100)
@given(NOISE, START_MS)
def test_noise_shorter_than_20_ms_gives_nothing_at_all(segments, start_ms):
    # Between two bursts every button is up for a moment, so no level can last.
    samples = _samples([part for segment in segments for part in (segment, (0, 1))])
    said, buttons = _run(samples, start_ms)
    assert not any(said)
    assert buttons.stuck == 0


@settings(max_examples=100)
@given(LEVELS, START_MS)
def test_any_contacts_no_press_while_another_button_is_down(segments, start_ms):
    samples = _samples(segments)
    said, _ = _run(samples, start_ms)
    for index, presses in enumerate(said):
        for press in presses:
            bit = next(bit for bit in BUTTONS if press in OF_BUTTON[bit])
            assert not samples[index] & ~bit, "another contact was closed"


@st.composite
def _clean_presses(draw):
    """Presses one after another, each bouncing for up to 10 ms at both ends: [(bit, ms held)] and samples."""
    presses = draw(st.lists(st.tuples(st.sampled_from(BUTTONS), st.integers(8, 110)), max_size=12))
    samples = []
    for bit, rounds in presses:
        samples += [bit * draw(st.booleans()) for _ in range(2)]
        samples += [bit] * rounds
        samples += [bit * draw(st.booleans()) for _ in range(2)]
        samples += [0] * draw(st.integers(5, 40))
    return presses, samples


@settings(max_examples=100)
@given(_clean_presses(), START_MS)
def test_clean_presses_each_answer_exactly_once(case, start_ms):
    presses, samples = case
    said, _ = _run(samples, start_ms)
    heard = [press for answer in said for press in answer]
    assert heard == [SHORT[bit] for bit, _ in presses]


@settings(max_examples=100)
@given(st.sampled_from((MODE, START)), st.integers(0, 2000), START_MS)
def test_hold_answers_once_with_the_hold_and_never_with_the_short_press(bit, longer_ms, start_ms):
    press, hold_ms = HOLDS[bit]
    said, _ = _run([bit] * ((hold_ms + longer_ms) // 5 + 1) + [0] * 20, start_ms)
    assert [heard for answer in said for heard in answer] == [press]


@settings(max_examples=100)
@given(LEVELS, START_MS, st.sampled_from(BUTTONS))
def test_any_contacts_after_rest_every_button_works(segments, start_ms, bit):
    said, _ = _run(_samples(segments) + [0] * 10 + [bit] * 10 + [0] * 10, start_ms)
    assert [press for answer in said[-20:] for press in answer] == [SHORT[bit]]


@settings(max_examples=100)
@given(LEVELS, START_MS)
def test_any_contacts_same_presses_wherever_ticks_wrap(segments, start_ms):
    samples = _samples(segments)
    assert _run(samples, start_ms)[0] == _run(samples, 0)[0]


@settings(max_examples=100)
@given(st.integers(1, 15), st.integers(5, 1000), START_MS)
def test_down_at_power_on_gives_nothing_and_is_stuck(raw, rounds, start_ms):
    buttons = Buttons()
    for index in range(rounds):
        assert buttons.step((start_ms + 5 * index) % WRAP, raw) == ()
    assert buttons.stuck == raw
