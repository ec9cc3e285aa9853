"""The panel: how much it does in a round, and that a missing display stops nothing."""

import itertools

import pytest

from ionto import faults, screens, states
from ionto.panel import FAULT_BLINK_MS, REDRAW_MS, RETRY_MS, Panel
from ionto.sounds import SOUND_KEY
from ionto.view import View
from tests.snapshots import fake_framebuf
from tests.snapshots.scenes import SCENES, view_of

WRAP = 1 << 30
ROUND_MS = 5


class FakeDisplay:
    """A display that keeps what it was sent; `absent` makes it answer with OSError."""

    def __init__(self):
        self.buffer = bytearray(1024)
        self.framebuf = fake_framebuf.FrameBuffer(self.buffer, 128, 64, 0)
        self.glass = bytearray(b"\xaa" * 1024)  # memory after power-on is anything
        self.absent = False
        self.pages = []
        self.attempts = 0
        self.initialised = 0

    def initialise(self):
        self.attempts += 1
        if self.absent:
            raise OSError(5)
        self.initialised += 1

    def show_page(self, page):
        self.attempts += 1
        if self.absent:
            raise OSError(5)
        assert 0 <= page < 8
        self.pages.append(page)
        self.glass[page * 128 : page * 128 + 128] = self.buffer[page * 128 : page * 128 + 128]


class Bench:
    def __init__(self, start_ms=0):
        self.display = FakeDisplay()
        self.led = []
        self.tones = []
        self.panel = Panel(self.display, self.led.append, self.tones.append)
        self.view = View()
        self.view.state = states.IDLE
        self.start_ms = start_ms
        self.time_ms = 0

    def run(self, for_ms):
        """Runs rounds; returns how many pages were sent. No round may touch the display more than once."""
        first = len(self.display.pages)
        for _ in range(0, for_ms, ROUND_MS):
            attempts = self.display.attempts
            self.panel.step((self.start_ms + self.time_ms) % WRAP, self.view)
            assert self.display.attempts - attempts <= 1
            self.time_ms += ROUND_MS
        return len(self.display.pages) - first


def expected(view):
    buffer = bytearray(1024)
    screens.draw(fake_framebuf.FrameBuffer(buffer, 128, 64, 0), view)
    return buffer


@pytest.fixture(params=[0, WRAP - 50, WRAP - 700], ids=lambda start: f"from{start}")
def bench(request):
    return Bench(request.param)


def test_first_screen_is_sent_whole(bench):
    assert bench.run(100) == 8
    assert bench.display.glass == expected(bench.view)


@pytest.mark.requirement("REQ-PAN-1")
def test_every_scene_is_on_the_glass_within_200_ms(bench):
    for scene in SCENES:
        bench.view = view_of(scene)
        bench.run(200)
        assert bench.display.glass == expected(bench.view), scene[0]


@pytest.mark.requirement("REQ-PAN-4")
def test_nothing_changed_one_page_a_second_is_sent_again_in_turn(bench):
    bench.run(200)
    first = len(bench.display.pages)
    assert bench.run(18000) in range(15, 18)  # and twice the settings
    sent = bench.display.pages[first:]
    assert all((after - page) % 8 == 1 for page, after in itertools.pairwise(sent))


@pytest.mark.requirement("REQ-PAN-4")
def test_display_that_answers_but_has_lost_what_it_had_is_set_up_and_whole_again_within_seconds(bench):
    bench.run(200)
    bench.display.glass[:] = b"\x55" * 1024
    bench.display.initialised = 0
    bench.run(12_000)
    assert bench.display.initialised >= 1
    assert bench.display.glass == expected(bench.view)


@pytest.mark.requirement("REQ-PAN-2", "REQ-PAN-4")
def test_display_that_does_not_answer_while_it_is_set_up_again_is_left_alone_and_tried_later(bench):
    while bench.panel._turn < 8:
        bench.run(ROUND_MS)
    bench.display.absent = True
    bench.run(1500)
    assert not bench.panel.display_ok
    bench.display.absent = False
    bench.run(RETRY_MS + 300)
    assert bench.panel.display_ok
    assert bench.display.glass == expected(bench.view)


def test_change_sends_only_pages_that_differ(bench):
    bench.run(200)
    bench.view.refusal = faults.ABOVE_MAXIMUM
    sent = bench.run(200)
    assert 1 <= sent <= 2
    assert set(bench.display.pages[-sent:]) <= {6, 7}


def test_change_every_round_redraws_at_most_every_100_ms(bench, monkeypatch):
    draws = []
    original = screens.draw
    monkeypatch.setattr(screens, "draw", lambda fb, view: (draws.append(bench.time_ms), original(fb, view)))
    bench.view.state = states.HOLD
    for _ in range(200):
        bench.view.current_ua += 20
        bench.run(ROUND_MS)
    assert 9 <= len(draws) <= 10
    assert all(later - earlier >= REDRAW_MS for earlier, later in itertools.pairwise(draws))


def test_nothing_changed_redraws_once_a_second(bench, monkeypatch):
    draws = []
    original = screens.draw
    monkeypatch.setattr(screens, "draw", lambda fb, view: (draws.append(bench.time_ms), original(fb, view)))
    bench.run(10000)
    assert len(draws) == 10


@pytest.mark.requirement("REQ-PAN-1")
def test_half_drawn_page_is_never_sent(bench):
    bench.run(200)
    before = expected(bench.view)
    bench.view.state = states.HOLD
    after = expected(bench.view)
    for _ in range(60):
        bench.run(ROUND_MS)
        for start in range(0, 1024, 128):
            page = bench.display.glass[start : start + 128]
            assert page in (before[start : start + 128], after[start : start + 128])


@pytest.mark.requirement("REQ-PAN-2")
def test_display_absent_is_tried_every_2_s_and_counted(bench):
    bench.display.absent = True
    bench.run(20 * RETRY_MS)
    assert not bench.panel.display_ok
    assert 19 <= bench.panel.failures <= 21
    assert bench.display.attempts == bench.panel.failures


@pytest.mark.requirement("REQ-PAN-2")
def test_display_that_comes_back_is_set_up_and_sent_whole(bench):
    bench.run(200)
    bench.display.absent = True
    bench.view.state = states.HOLD
    bench.run(1000)
    bench.display.absent = False
    bench.display.glass[:] = b"\x55" * 1024
    bench.run(RETRY_MS + 200)
    assert bench.panel.display_ok
    assert bench.display.initialised == 1
    assert bench.display.glass == expected(bench.view)


@pytest.mark.requirement("REQ-PAN-2")
def test_display_absent_led_and_sounds_go_on(bench):
    bench.display.absent = True
    bench.view.current_ua = 1000
    bench.panel.play(SOUND_KEY)
    bench.run(200)
    assert bench.led == [True]
    assert bench.tones == [880, 0]


@pytest.mark.requirement("REQ-PAN-3")
def test_led_is_lit_above_50_ua(bench):
    bench.view.current_ua = 50
    bench.run(10)
    bench.view.current_ua = 51
    bench.run(10)
    bench.view.current_ua = 0
    bench.run(10)
    assert bench.led == [False, True, False]


def test_led_blinks_slowly_when_armed_and_fast_in_fault():
    bench = Bench()
    bench.view.state = states.ARMED
    bench.run(10000)
    assert 19 <= len(bench.led) <= 21
    bench.led.clear()
    bench.view.state = states.FAULT
    bench.run(10000)
    assert 10000 // FAULT_BLINK_MS * 2 - 1 <= len(bench.led) <= 10000 // FAULT_BLINK_MS * 2 + 1


def test_led_is_off_in_other_states(bench):
    for state in set(range(len(states.STATES))) - {states.ARMED, states.FAULT}:
        bench.view.state = state
        bench.run(2000)
    assert bench.led == [False]


def test_show_fault_now_sends_every_page_at_once(bench):
    bench.run(200)
    bench.display.pages.clear()
    bench.panel.show_fault_now(faults.INTERNAL)
    assert bench.display.pages == list(range(8))
    shown = View()
    shown.state, shown.fault = states.FAULT, faults.INTERNAL
    assert bench.display.glass == expected(shown)


def test_show_fault_now_survives_a_display_that_is_absent(bench):
    bench.display.absent = True
    bench.panel.show_fault_now(faults.INTERNAL)
    assert bench.panel.failures == 8


def test_show_fault_now_survives_anything_that_fails(bench, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(screens, "draw", fail)
    bench.panel.show_fault_now(faults.INTERNAL)
    assert bench.display.pages == list(range(8))
    assert bench.panel.failures == 1


def test_step_after_show_fault_now_shows_the_view_again(bench):
    bench.run(200)
    bench.panel.show_fault_now(faults.INTERNAL)
    bench.run(1200)
    assert bench.display.glass == expected(bench.view)


def test_fault_in_the_view_sounds(bench):
    bench.view.fault = faults.OVERVOLTAGE
    bench.run(100)
    assert bench.tones
