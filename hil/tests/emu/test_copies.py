"""Runs that are forked from a copy of another, or told from memory, are what they would have been on their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hil.emu import nursery
from hil.rig import Rig, RigFailure
from hil.truth import Event

pytestmark = [pytest.mark.emu, pytest.mark.only_emu]

TICK = Path(__file__).parents[1] / "programs" / "tick.py"


def begin(rig: Rig) -> None:
    """What the runs below have in common."""
    rig.advance(200)
    rig.person.at(20, 1.0)
    rig.advance(200)


@pytest.fixture
def make(make_rig: Callable[..., Rig]) -> Callable[[], Rig]:
    """Makes rigs with a program that drives a current as soon as it runs."""
    options = {"load": "hil.person:Resistor", "load_arguments": {"ohm": 4700}}

    def made() -> Rig:
        rig = make_rig(program=TICK, **options)
        rig.mute_expected = True
        return rig

    return made


def end(rig: Rig) -> tuple[list[Event], np.ndarray]:
    """The physical events and samples of a run that lifts in the end. Power off ends the program's output."""
    rig.person.lift()
    rig.advance(20)
    events, samples = list(rig.truth.events), rig.truth.samples.copy()
    rig.board.power_off()
    return events, samples


def test_run_from_a_copy_is_the_same_to_the_last_bit(make: Callable[[], Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    first = make()
    begin(first)
    pid = first._process.pid
    events, samples = end(first)
    second = make()
    begin(second)
    assert second._process.pid == 0  # told from memory so far
    assert second.truth.events == [event for event in events if event.time_us < second.now_us]
    from_copy = end(second)
    assert second._process.pid not in (0, pid)
    apart = nursery.Nursery()
    monkeypatch.setattr(nursery, "_own", [apart])
    try:
        third = make()
        begin(third)
        assert third._process.pid
        alone = end(third)
        third.close()
    finally:
        apart.end()
    assert len(samples) > 100
    assert samples["current_ua"].max() > 100
    for other_events, other_samples in (from_copy, alone):
        assert other_events == events
        assert np.array_equal(other_samples, samples)


def test_run_that_differs_is_not_told_from_memory(make: Callable[[], Rig]) -> None:
    one, other = make(), make()
    begin(one)
    other.advance(200)
    other.person.at(21, 1.0)
    other.advance(100)
    (made_us,), (other_us,) = one.truth.times_us("make"), other.truth.times_us("make")
    assert other_us - made_us == 1000
    for rig in (one, other):
        rig.board.power_off()


def test_failure_comes_back_with_a_run_that_is_told_from_memory(make_rig: Callable[..., Rig], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("from machine import SPI, Pin\nspi = SPI(0)\nspi.write(b'1')\nwhile True:\n    pass\n")
    for _ in range(2):
        rig = make_rig(program=program)
        with pytest.raises(RigFailure, match="SPI transfers with no part"):
            rig.advance(120)
        rig.close()
