"""Figures of the sampling tick on the emulated chip, from what hil/emu/ticks.py noted. Times in µs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hil.emu.ticks import ADC_MARK, FIELDS
from hil.sim import facts
from ionto import limits

MHZ = 125
_NAMES = {facts.CS_ADC: "A", facts.CS_DAC: "DAC", facts.K1: "K1", facts.HEARTBEAT: "heartbeat"}


@dataclass(frozen=True)
class Ticks:
    """What one stretch of time showed.

    Attributes:
        due_us: of each tick, on the grid that the timer keeps.
        sampled_us, dac_us, left_us: from `due_us` to the conversion of the current, to the DAC's new code, to the end
            of the interrupt.
        missed: ticks of the grid that did not come.
        feeds_us: when the watchdog was fed.
    """

    due_us: np.ndarray
    sampled_us: np.ndarray
    dac_us: np.ndarray
    left_us: np.ndarray
    missed: int
    feeds_us: np.ndarray

    def jitter_us(self) -> float:
        """The farthest that the time between two conversions of the current is from the tick's period."""
        return float(abs(np.diff(self.due_us + self.sampled_us) - limits.TICK_US).max())


def longest_gap(times_us: np.ndarray) -> float:
    """The longest time between two of them."""
    return float(np.diff(times_us).max())


def feeds(answer: dict[str, Any]) -> np.ndarray:
    """When the watchdog was fed."""
    return np.array(answer["feeds"]) / 1000


def read(answer: dict[str, Any]) -> Ticks:
    """From the answer to `ticks`. The rows at either end may be of a tick that was cut in two, and are left out."""
    rows = np.array(answer["ticks"])[1:-1] / 1000
    column = dict(zip(FIELDS, rows.T, strict=True))
    phase_us = float(np.median(column["due"] % limits.TICK_US))
    # The interrupt of another alarm may go on to the tick's: the grid says when that was due.
    number = np.floor((column["sampled"] - phase_us) / limits.TICK_US)
    due_us = number * limits.TICK_US + phase_us
    sampled_us, dac_us, left_us = (column[name] - due_us for name in ("sampled", "dac", "left"))
    missed = int(number[-1] - number[0] + 1 - len(number))
    return Ticks(due_us, sampled_us, dac_us, left_us, missed, feeds(answer))


def profile(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The mean and longest time of each part of a tick, in order, for ticks with the same edges.

    A part is named after what ends it: `A [` and `A ]` are a chip select's falling and rising edge, `B 0` the start of
    the chip's own conversion of that channel.
    """
    edges = [(at / 1000, _name(number, level)) for at, number, level in answer["edges"]]
    kinds: dict[tuple[str, ...], list[Sequence[float]]] = defaultdict(list)
    ticks = read(answer)
    for due_us, left_us in zip(ticks.due_us, ticks.due_us + ticks.left_us, strict=True):
        own = [(at_us, name) for at_us, name in edges if due_us <= at_us <= left_us and name]
        times_us = [due_us, *(at_us for at_us, _ in own), left_us]
        kinds[(*(name for _, name in own), "end")].append(np.diff(times_us).tolist())
    return [_kind(names, kinds[names]) for names in sorted(kinds, key=lambda names: -len(kinds[names]))]


def _kind(names: tuple[str, ...], rows: Sequence[Sequence[float]]) -> dict[str, Any]:
    columns = np.array(rows).T
    parts = [
        {"until": name, "mean_us": round(float(column.mean()), 2), "worst_us": round(float(column.max()), 2)}
        for name, column in zip(names, columns, strict=True)
    ]
    return {"ticks": len(rows), "parts": parts}


def _name(number: int, level: int) -> str:
    if number >= ADC_MARK:
        return f"B {number - ADC_MARK}"
    if number in (facts.CS_ADC, facts.CS_DAC):
        return f"{_NAMES[number]} {']' if level else '['}"
    return _NAMES.get(number, "")
