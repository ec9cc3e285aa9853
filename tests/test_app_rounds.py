"""The main loop's rounds: the collector has its turn between two of them, and is not taken for a loop that hangs."""

import itertools

import pytest

from ionto import app as module
from ionto.app import COLLECT_ROUNDS, ROUND_MS, App


class Over(Exception):
    """Enough rounds."""


class Clock:
    """Time that moves on by what is slept and by what each round takes."""

    def __init__(self, round_ms: int) -> None:
        self.now_ms = 0
        self.round_ms = round_ms

    def ticks_ms(self) -> int:
        return self.now_ms

    def ticks_add(self, at_ms: int, ms: int) -> int:
        return at_ms + ms

    def ticks_diff(self, end_ms: int, start_ms: int) -> int:
        return end_ms - start_ms

    def sleep_ms(self, ms: int) -> None:
        self.now_ms += ms


class Loop(App):
    """App.run with rounds that only say that they were there."""

    def __init__(self, clock: Clock, rounds: int) -> None:
        self.said: list[str] = []
        self.times_ms: list[int] = []
        self.drive = self
        self.clock = clock
        self.left = rounds

    def attend(self) -> None:
        self.said.append("attend")

    def start(self) -> None:
        self.said.append("start")

    def step(self, now_ms: int) -> None:
        if not self.left:
            raise Over
        self.left -= 1
        self.said.append("round")
        self.times_ms.append(now_ms)
        self.clock.now_ms += self.clock.round_ms


def run(monkeypatch: pytest.MonkeyPatch, round_ms: int, rounds: int) -> Loop:
    clock = Clock(round_ms)
    loop = Loop(clock, rounds)
    monkeypatch.setattr(module.gc, "collect", lambda: loop.said.append("collect"))
    with pytest.raises(Over):
        loop.run(clock)
    return loop


@pytest.mark.requirement("REQ-TRP-16")
def test_collector_comes_after_every_64th_round_between_two_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, 3, 2 * COLLECT_ROUNDS + 5).said
    turn = ["round"] * COLLECT_ROUNDS + ["attend", "collect", "attend"]
    assert COLLECT_ROUNDS == 64
    assert said == ["start"] + turn + turn + ["round"] * 5


@pytest.mark.parametrize(("round_ms", "wanted_ms"), [(3, ROUND_MS), (10, 10), (14, 14)])
def test_rounds_begin_every_10_ms_or_as_soon_as_the_one_before_is_over(
    monkeypatch: pytest.MonkeyPatch, round_ms: int, wanted_ms: int
) -> None:
    times_ms = run(monkeypatch, round_ms, 40).times_ms
    assert {later - earlier for earlier, later in itertools.pairwise(times_ms)} == {wanted_ms}


class Part:
    """Stands for session, panel, link, keeper, drive and board: says what was called."""

    def __init__(self, said: list[str], happened: bool) -> None:
        self.said = said
        self.happened = happened

    def __getattr__(self, name: str) -> object:
        return lambda *_: self.said.append(name) or self


@pytest.mark.requirement("REQ-TRP-16")
@pytest.mark.parametrize("happened", [False, True])
def test_every_part_of_a_round_that_may_take_long_stands_between_two_signs_of_life(happened: bool) -> None:
    said: list[str] = []
    app = App.__new__(App)
    for name in ("session", "panel", "link", "keeper", "drive", "board", "inputs", "view"):
        setattr(app, name, Part(said, happened))
    app.selftest = app._last_ms = None
    app._uptime_ms = 0
    for name in ("_measure", "_fill", "_obey_once", "obey", "_tell"):
        setattr(app, name, getattr(Part(said, happened), name))
    app.step(0)
    wanted = ["_measure", "_fill", "step", "obey", "step", "attend", "step", "attend", "step", "feed_watchdog"]
    if happened:
        wanted[3:4] = ["_obey_once", "obey", "attend", "_tell", "attend"]
    assert said == wanted
