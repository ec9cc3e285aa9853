"""What is known to be physically so at a real board: what the load box measures, beside what the board says.

The box measures current and electrode voltage, a hundred means a second and the peak of each. What it cannot know (the
DAC, K1, what happens within a millisecond) skips the test that asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from hil.bench_rig.box import Sample
from hil.bench_rig.clocks import RemoteClock
from hil.bench_rig.lacking import Known, lacking
from host_tools.records import Telemetry

OFF_UA = 50
OFF_MV = 250
LOOK_MS = 80  # a fresh look at the output, longer than the divider's time constant
SAMPLE_US = 10_000
_GAIN = 0.03  # shunt, supply as reference, and the converter's wide codes
_FLOOR_UA = 40


class Samples:
    """Columns by name: `time_us`, `current_ua`, `electrode_mv`, `peak_ua`."""

    def __init__(self, columns: dict[str, np.ndarray]):
        self._columns = columns

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._columns:
            lacking(f"{name} of a real board is not known")
        return self._columns[name]

    def __len__(self) -> int:
        return len(self._columns["time_us"])


class BenchTruth:
    """`current_ua`, `samples`, `between` and `output_is_off()`, from the box; `telemetry`, from the board."""

    def __init__(self, advance: Callable[[float], None]):
        self.now = Known(powered=True, stop_pressed=0, area=0.0)
        self.telemetry: list[tuple[int, Telemetry]] = []
        self.clock = RemoteClock()
        self._rows: list[tuple[float, int, int, int]] = []
        self._start_ms: int | None = None
        self._advance = advance

    def take(self, sample: Sample, arrived_s: float) -> None:
        """A sample of the box."""
        if self._start_ms is None:
            self._start_ms = sample.box_ms
        self.clock.saw(sample.box_ms, arrived_s)
        time_us = (sample.box_ms - self._start_ms) * 1000 - SAMPLE_US / 2
        self._rows.append((time_us, sample.current_ua, sample.electrode_mv, sample.peak_ua))
        self.now["electrode_mv"] = sample.electrode_mv

    def take_told(self, row: Telemetry, arrived_s: float) -> None:
        """A sample of the board's telemetry."""
        self.telemetry.append((self.now_us(arrived_s), row))

    def now_us(self, local_s: float) -> int:
        """Since the box's first sample, by its clock; 0 until then."""
        return round((self.clock.now_ms(local_s) - (self._start_ms or 0)) * 1000)

    @property
    def samples(self) -> Samples:
        """Every sample of the box since the rig was made."""
        names = ("time_us", "current_ua", "electrode_mv", "peak_ua")
        columns = np.array(self._rows, dtype=float).reshape(-1, len(names)).T
        return Samples(dict(zip(names, columns, strict=True)))

    def between(self, start_us: float, end_us: float) -> Samples:
        """Samples with start_us <= time_us < end_us."""
        every = self.samples
        chosen = (every["time_us"] >= start_us) & (every["time_us"] < end_us)
        return Samples({name: every[name][chosen] for name in ("time_us", "current_ua", "electrode_mv", "peak_ua")})

    @property
    def current_ua(self) -> float:
        """The mean of the last samples."""
        return float(np.mean([row[1] for row in self._rows[-4:]])) if self._rows else 0.0

    def max_current_ua(self) -> float:
        """The highest reading of the run; the box reads once a millisecond."""
        return float(max((row[3] for row in self._rows), default=0))

    def uncertainty_ua(self, level_ua: float) -> float:
        """How far a mean of samples may be from the true current at this level."""
        return max(_FLOOR_UA, _GAIN * abs(level_ua))

    def look(self) -> tuple[float, float]:
        """Mean current in µA and electrode voltage in mV, measured from now on. Time passes. Raises AssertionError."""
        count = len(self._rows)
        self._advance(LOOK_MS)
        rows = self._rows[count + 2 :]  # the first ones began before
        assert rows, "the load box has stopped measuring"
        return float(np.mean([row[1] for row in rows])), float(np.mean([row[2] for row in rows[-3:]]))

    def output_is_off(self) -> bool:
        """No current and no voltage at the electrodes. Time passes."""
        current_ua, electrode_mv = self.look()
        return abs(current_ua) < OFF_UA and abs(electrode_mv) < OFF_MV

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        lacking(f"truth.{name} of a real board is not known")


def told(rows: list[tuple[int, Telemetry]]) -> dict[str, Any]:
    """The last of the board's telemetry, for messages."""
    return vars(rows[-1][1]) if rows else {}
