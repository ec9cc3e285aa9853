"""The physical truth of a run: a sample for every tick, an event for every break, relay and reset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hil.sim import facts

SAMPLE = np.dtype(
    [
        ("time_us", "<i8"),
        ("current_ua", "<f4"),
        ("electrode_mv", "<f4"),
        ("amplifier_mv", "<f4"),
        ("dac", "<u2"),
        ("k1", "?"),
        ("k2", "?"),
        ("heartbeat", "?"),
        ("latch_ok", "?"),
        ("k1_request", "?"),
    ]
)
_RAW = np.dtype(
    [(name, "<i4") for name in ("low", "high", "current_na", "electrode_10uv", "amplifier_mv")]
    + [("dac", "<u2"), ("flags", "<u2")]
)


class Event(NamedTuple):
    """Something physical, with its own time."""

    time_us: int
    name: str
    value: int


class Truth:
    """`samples` (numpy, dtype SAMPLE), `events`, and figures made from them. Currents in µA, times in µs."""

    def __init__(self, path: Path, flush: Callable[[], None], every: int):
        self.events: list[Event] = []
        self.now: dict[str, Any] = {}
        self._path = path
        self._flush = flush
        self._every = every
        self._cache: np.ndarray | None = None

    def _absorb(self, report: dict[str, Any]) -> None:
        self.now = report["board"]
        self._cache = None
        new = [Event(*row) for row in report["events"]]
        if new:
            self.events.extend(new)
            self.events.sort(key=lambda event: event.time_us)

    @property
    def samples(self) -> np.ndarray:
        """Every recorded tick. Raises ValueError if the rig was made without recording."""
        if not self._every:
            raise ValueError("this rig records no samples: make it with record_truth=1")
        if self._cache is None:
            self._flush()
            self._cache = _decode(np.fromfile(self._path, dtype=_RAW))
        return self._cache

    def after(self, rows: int) -> np.ndarray:
        """The samples after the first `rows`: for a run of hours, whose samples nobody reads all at once."""
        self._flush()
        return _decode(np.fromfile(self._path, dtype=_RAW, offset=rows * _RAW.itemsize))

    def between(self, start_us: int, end_us: int) -> np.ndarray:
        """Samples with start_us <= time_us < end_us."""
        low, high = np.searchsorted(self.samples["time_us"], [start_us, end_us])
        return self.samples[low:high]

    def named(self, name: str, since_us: int = 0) -> list[Event]:
        """Events of one name, in order."""
        return [event for event in self.events if event.name == name and event.time_us >= since_us]

    def times_us(self, name: str, since_us: int = 0) -> list[int]:
        return [event.time_us for event in self.named(name, since_us)]

    @property
    def current_ua(self) -> float:
        """Now."""
        return self.now["current_na"] / 1000

    @property
    def k1_closed(self) -> bool:
        """Now."""
        return bool(self.now["flags"] & facts.FLAG_K1)

    @property
    def amplifier_mv(self) -> int:
        """Now."""
        return self.now["amplifier_mv"]

    def output_is_off(self) -> bool:
        """K1 is open, the drive at zero, and nothing flows."""
        return not self.k1_closed and self.now["dac"] == 0 and self.amplifier_mv < 50 and self.current_ua == 0

    def uncertainty_ua(self, level_ua: float) -> float:
        """How far a mean of samples may be from the true current at this level: not at all."""
        del level_ua
        return 0.0

    def max_current_ua(self) -> float:
        """The highest true current of the run, between ticks too; recorded samples are not needed."""
        return self.now["max_current_na"] / 1000

    def longest_over_latch_us(self) -> int:
        """The longest unbroken time of the run with more than the latch's threshold, either way, by the plant's steps.

        The threshold is the one that RANGE and TRIP ask for, of a nominal board. Needs neither ticks nor samples.
        """
        return self.now["longest_over_us"]

    def duration_over(self, ua: float) -> float:
        """Seconds for which the current was above `ua`."""
        samples = self.samples
        if len(samples) < 2:
            return 0.0
        spans_us = np.diff(samples["time_us"])
        return float(spans_us[samples["current_ua"][:-1] > ua].sum()) / 1e6

    def largest_step_ua(self, window_ms: float = 10) -> float:
        """The largest rise of the current within `window_ms`."""
        return self.step_ua(self.samples, window_ms)

    @staticmethod
    def step_ua(samples: np.ndarray, window_ms: float = 10) -> float:
        """The same within some of the samples."""
        if not len(samples):
            return 0.0
        current = samples["current_ua"]
        period_us = max(1, int(np.median(np.diff(samples["time_us"])))) if len(samples) > 1 else 1
        size = max(1, int(window_ms * 1000 / period_us)) + 1
        padded = np.concatenate([np.full(size - 1, current[0]), current])
        lowest = np.lib.stride_tricks.sliding_window_view(padded, size).min(axis=1)
        return float((current - lowest).max())

    def _paired_us(self, end_name: str) -> list[int]:
        pairs = []
        for start in self.named("break"):
            end = next((e for e in self.events if e.time_us >= start.time_us and e.name in (end_name, "make")), None)
            if end is not None and end.name == end_name:
                pairs.append(end.time_us - start.time_us)
        return pairs

    def break_to_zero_us(self) -> list[int]:
        """For every break that was not made good before: time until the drive was at zero."""
        return self._paired_us("drive_at_zero")

    def break_to_k1_open_us(self) -> list[int]:
        """For every break that was not made good before: time until K1 opened."""
        return self._paired_us("k1_open")

    def violations(self) -> list[Event]:
        """What must never happen: relays switched under current and the like."""
        return [event for event in self.events if event.name.startswith("violation:")]


def _decode(raw: np.ndarray) -> np.ndarray:
    samples = np.empty(len(raw), dtype=SAMPLE)
    samples["time_us"] = raw["low"].astype(np.int64) | (raw["high"].astype(np.int64) << 31)
    samples["current_ua"] = raw["current_na"] / 1e3
    samples["electrode_mv"] = raw["electrode_10uv"] / 1e2
    samples["amplifier_mv"] = raw["amplifier_mv"]
    samples["dac"] = raw["dac"]
    for name, flag in (
        ("k1", facts.FLAG_K1),
        ("k2", facts.FLAG_K2),
        ("heartbeat", facts.FLAG_HEARTBEAT),
        ("latch_ok", facts.FLAG_LATCH_OK),
        ("k1_request", facts.FLAG_K1_REQUEST),
    ):
        samples[name] = (raw["flags"] & flag) != 0
    return samples
