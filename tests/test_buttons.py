"""Buttons: single cases of presses, holds, repeats, contradictions and stuck buttons."""

import itertools

import pytest

from ionto.buttons import BUTTONS, DOWN, MODE, START, UP, Buttons
from ionto.session_table import (
    PRESS_DOWN,
    PRESS_MODE,
    PRESS_MODE_HELD,
    PRESS_START,
    PRESS_START_HELD,
    PRESS_UP,
)

pytestmark = pytest.mark.requirement("REQ-BTN-1")

WRAP = 1 << 30
ROUND_MS = 5


class Finger:
    """Runs a Buttons in rounds of 5 ms and keeps what it said, with the time of each press since power-on."""

    def __init__(self, start_ms=0, settled=True):
        self.buttons = Buttons()
        self.start_ms = start_ms
        self.time_ms = 0
        self.presses = []
        if settled:
            self.run(0, 100)
            self.time_ms = 0
            self.start_ms += 100

    def run(self, raw, for_ms, round_ms=ROUND_MS):
        """Holds the raw level for `for_ms`; returns the presses of that time."""
        first = len(self.presses)
        for _ in range(0, for_ms, round_ms):
            got = self.buttons.step((self.start_ms + self.time_ms) % WRAP, raw)
            assert len(got) <= 1
            self.presses += [(press, self.time_ms) for press in got]
            self.time_ms += round_ms
        return [press for press, _ in self.presses[first:]]


@pytest.fixture(params=[0, WRAP - 150, WRAP - 1000, WRAP - 5000], ids=lambda start: f"from{start}")
def finger(request):
    return Finger(request.param)


def test_buttons_before_the_first_round_are_up_and_not_held():
    fresh = Buttons()
    assert (fresh.level, fresh.stuck, fresh.start_hold_ms) == (0, 0, 0)


@pytest.mark.parametrize(("bit", "press"), [(UP, PRESS_UP), (DOWN, PRESS_DOWN)])
def test_up_and_down_pressed_answer_on_the_way_down_once(finger, bit, press):
    assert finger.run(bit, 200) == [press]
    assert finger.presses[0][1] == 20
    assert finger.run(0, 200) == []


@pytest.mark.parametrize(("bit", "press"), [(MODE, PRESS_MODE), (START, PRESS_START)])
def test_mode_and_start_short_answer_on_the_way_up_once(finger, bit, press):
    assert finger.run(bit, 500) == []
    assert finger.run(0, 200) == [press]


@pytest.mark.parametrize(("bit", "press", "hold_ms"), [(MODE, PRESS_MODE_HELD, 1000), (START, PRESS_START_HELD, 3000)])
def test_mode_and_start_held_answer_once_and_not_on_release(finger, bit, press, hold_ms):
    assert finger.run(bit, hold_ms) == []
    assert finger.run(bit, 5000) == [press]
    assert finger.presses[0][1] == hold_ms
    assert finger.run(0, 200) == []


@pytest.mark.parametrize(("bit", "press", "hold_ms"), [(MODE, PRESS_MODE, 1000), (START, PRESS_START, 3000)])
def test_release_just_before_the_hold_is_a_short_press(finger, bit, press, hold_ms):
    assert finger.run(bit, hold_ms - ROUND_MS) == []
    assert finger.run(0, 200) == [press]


@pytest.mark.parametrize(
    ("bit", "short", "held", "hold_ms"),
    [(MODE, PRESS_MODE, PRESS_MODE_HELD, 1000), (START, PRESS_START, PRESS_START_HELD, 3000)],
)
def test_press_after_a_hold_answers_as_any_other(finger, bit, short, held, hold_ms):
    assert finger.run(bit, hold_ms + 100) == [held]
    assert finger.run(0, 100) == []
    assert finger.run(bit, 200) == []
    assert finger.run(0, 100) == [short]
    assert finger.run(bit, hold_ms + 100) == [held]


def test_gap_shorter_than_20_ms_leaves_a_hold_as_it_is(finger):
    assert finger.run(START, 2000) == []
    assert finger.run(0, 15) == []
    assert finger.run(START, 1000) == [PRESS_START_HELD]
    assert finger.presses[0][1] == 3000


def test_up_held_repeats_after_600_ms_every_250_ms(finger):
    assert finger.run(UP, 1400) == [PRESS_UP] * 5
    assert [time for _, time in finger.presses] == [20, 600, 850, 1100, 1350]


def test_up_held_with_late_rounds_gives_no_burst(finger):
    assert finger.run(UP, 200) == [PRESS_UP]
    assert finger.run(UP, 6000, round_ms=2000) == [PRESS_UP] * 2


def test_bouncing_press_answers_once(finger):
    for raw in (UP, 0, UP, 0):
        assert finger.run(raw, 5) == []
    assert finger.run(UP, 100) == [PRESS_UP]
    for raw in (0, UP, 0, UP):
        assert finger.run(raw, 5) == []
    assert finger.run(0, 100) == []


def test_level_shorter_than_20_ms_is_nothing(finger):
    for _ in range(10):
        assert finger.run(START, 15) == []
        assert finger.run(0, 15) == []
    assert finger.run(0, 100) == []


def test_two_at_once_give_nothing_until_all_are_up(finger):
    assert finger.run(UP | DOWN, 2000) == []
    assert finger.run(UP, 2000) == []
    assert finger.run(UP | START, 200) == []
    assert finger.run(0, 100) == []
    assert finger.run(UP, 100) == [PRESS_UP]


def test_second_button_within_the_debounce_time_gives_nothing(finger):
    assert finger.run(UP, 10) == []
    assert finger.run(UP | DOWN, 500) == []
    assert finger.run(0, 100) == []


@pytest.mark.parametrize("gap_ms", [0, 5, 10, 15, 20])
@pytest.mark.parametrize("second", [UP, MODE])
def test_second_button_before_the_first_has_settled_up_gives_nothing_until_all_are_up(finger, gap_ms, second):
    press = {UP: PRESS_UP, MODE: PRESS_MODE}[second]
    assert finger.run(START, 500) == []
    assert finger.run(0, gap_ms) == []
    assert finger.run(second, 2000) == []
    assert finger.run(0, 100) == []
    assert finger.run(second, 100) + finger.run(0, 100) == [press]


def test_second_button_once_the_first_has_settled_up_counts(finger):
    assert finger.run(START, 500) == []
    assert finger.run(0, 25) == [PRESS_START]
    assert finger.run(UP, 100) == [PRESS_UP]


def test_second_button_while_start_is_held_ends_the_hold(finger):
    assert finger.run(START, 1000) == []
    assert finger.run(START | MODE, 500) == []
    assert finger.buttons.start_hold_ms == 0
    assert finger.run(START, 5000) == []
    assert finger.run(0, 100) == []


def test_glitch_of_another_button_leaves_a_hold_as_it_is(finger):
    assert finger.run(START, 2000) == []
    assert finger.run(START | UP, 5) == []
    assert finger.run(START, 1000) == [PRESS_START_HELD]


def test_button_down_since_power_on_is_stuck_until_released(finger):
    fresh = Finger(finger.start_ms, settled=False)
    assert fresh.run(START, 5000) == []
    assert fresh.buttons.stuck == START
    assert fresh.buttons.start_hold_ms == 0
    assert fresh.run(0, 100) == []
    assert fresh.buttons.stuck == 0
    assert fresh.run(START, 100) == []
    assert fresh.run(0, 100) == [PRESS_START]


def test_noise_at_power_on_does_not_take_the_first_press(finger):
    fresh = Finger(finger.start_ms, settled=False)
    assert fresh.run(DOWN, 20) == []
    assert fresh.run(MODE, 5) == []
    assert fresh.run(MODE | UP, 10) == []
    assert fresh.run(UP, 100) == [PRESS_UP]


def test_button_held_for_more_than_30_s_is_stuck_and_stops_repeating(finger):
    finger.run(UP, 30000 + ROUND_MS)
    assert finger.buttons.stuck == 0
    finger.run(UP, ROUND_MS)
    assert finger.buttons.stuck == UP
    assert finger.run(UP, 3000) == []
    assert finger.run(0, 100) == []
    assert finger.buttons.stuck == 0
    assert finger.run(UP, 100) == [PRESS_UP]


def test_stuck_button_does_not_keep_the_others_from_working(finger):
    finger.run(UP, 31000)
    assert finger.run(UP | DOWN, 100) == [PRESS_DOWN]
    assert finger.run(UP, 100) == []
    assert finger.run(UP | START, 100) == []
    assert finger.run(UP, 100) == [PRESS_START]


def test_stuck_button_let_go_with_another_leaves_all_of_them_working(finger):
    finger.run(MODE, 31000)
    assert finger.run(MODE | START, 500) == []
    assert finger.run(0, 100) == []
    assert finger.run(UP, 100) == [PRESS_UP]


def test_stuck_button_stays_stuck_after_ticks_wrapped(finger):
    finger.run(MODE, 31000)
    finger.start_ms += WRAP - 10000
    assert finger.run(MODE, 1000) == []
    assert finger.buttons.stuck == MODE


def test_button_left_alone_for_a_whole_wrap_works_as_before(finger):
    finger.start_ms += WRAP - 10
    assert finger.run(START, 500) == []
    assert finger.run(0, 100) == [PRESS_START]


def test_start_hold_ms_counts_while_held_and_is_zero_otherwise(finger):
    assert finger.buttons.start_hold_ms == 0
    finger.run(START, 20)
    for held_ms in range(20, 4000, ROUND_MS):
        finger.run(START, ROUND_MS)
        assert finger.buttons.start_hold_ms == held_ms
    finger.run(0, 5)
    assert finger.buttons.start_hold_ms == 0
    finger.run(MODE, 500)
    assert finger.buttons.start_hold_ms == 0


def test_level_shows_debounced_bits(finger):
    finger.run(MODE | DOWN, 20)
    assert finger.buttons.level == 0
    finger.run(MODE | DOWN, 5)
    assert finger.buttons.level == MODE | DOWN


@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(BUTTONS, 2)])
def test_level_of_each_button_has_20_ms_of_its_own(finger, first, second):
    finger.run(first, 10)
    finger.run(first | second, 15)
    assert finger.buttons.level == first
    finger.run(first | second, 10)
    assert finger.buttons.level == first | second
