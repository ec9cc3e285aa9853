"""Figures of the chip's time, from notes of ticks that are made up."""

from __future__ import annotations

from typing import Any

import pytest

from hil.bench import emu_ticks
from hil.emu.ticks import ADC_MARK, FIELDS
from hil.sim import facts

PHASE_US = 137.5


def answer(
    numbers: list[int], late_us: dict[int, float] | None = None, edges: list[list[float]] | None = None
) -> dict[str, Any]:
    """Ticks of these numbers: read 37 µs after they were due, DAC after 145, left after 150; some of them late."""
    rows = []
    for number in numbers:
        due_us = 500 * number + PHASE_US
        shift_us = (late_us or {}).get(number, 0.0)
        at_us = [due_us, due_us + 1, *(due_us + part + shift_us for part in (37, 145, 148, 150))]
        rows.append([1000 * us for us in at_us] + [7])
    return {"fields": FIELDS, "ticks": rows, "feeds": [1e6, 11e6, 52e6, 60e6], "edges": edges or []}


def test_step_is_from_due_to_the_end_of_the_interrupt() -> None:
    ticks = emu_ticks.read(answer(list(range(10)), {4: 20.0}))
    assert list(ticks.due_us) == [500 * number + PHASE_US for number in range(1, 9)]
    assert ticks.left_us.max() == pytest.approx(170)
    assert ticks.left_us.min() == pytest.approx(150)
    assert ticks.missed == 0


def test_due_time_is_that_of_the_grid_where_another_alarm_came_before() -> None:
    found = answer(list(range(10)))
    found["ticks"][5][0] -= 90_000.0  # the alarm of a sleep, in whose interrupt the tick was found due
    ticks = emu_ticks.read(found)
    assert ticks.left_us.max() == pytest.approx(150)


def test_jitter_is_of_the_time_between_two_readings() -> None:
    assert emu_ticks.read(answer(list(range(10)), {4: 12.0})).jitter_us() == pytest.approx(12)
    both_ways = emu_ticks.read(answer(list(range(10)), {4: 12.0, 5: -5.0}))
    assert both_ways.jitter_us() == pytest.approx(17)


def test_missed_ticks_are_counted() -> None:
    assert emu_ticks.read(answer([0, 1, 2, 5, 6, 8, 9, 10])).missed == 3


def test_longest_gap_between_feeds() -> None:
    ticks = emu_ticks.read(answer(list(range(5))))
    assert emu_ticks.longest_gap(ticks.feeds_us) == pytest.approx(41_000)


def test_profile_has_a_part_for_every_edge_and_sorts_ticks_by_kind() -> None:
    edges: list[list[float]] = []
    for number in range(10):
        due_ns = 1000 * (500 * number + PHASE_US)
        edges += [[due_ns + 16_000, facts.CS_ADC, 0], [due_ns + 47_000, facts.CS_ADC, 1]]
        if number == 3:
            edges.append([due_ns + 60_000, ADC_MARK + 2, 1])
        edges += [[due_ns + 148_000, facts.HEARTBEAT, number & 1], [due_ns + 200_000, facts.LED, 1]]
    usual, other = emu_ticks.profile(answer(list(range(10)), edges=edges))
    assert (usual["ticks"], other["ticks"]) == (7, 1)
    parts = [(part["until"], part["mean_us"], part["worst_us"]) for part in usual["parts"]]
    assert parts == [("A [", 16, 16), ("A ]", 31, 31), ("heartbeat", 101, 101), ("end", 2, 2)]
    assert [part["until"] for part in other["parts"]] == ["A [", "A ]", "B 2", "heartbeat", "end"]
