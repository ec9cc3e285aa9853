"""A true current over time, and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hil.faults.model import OFF_UA

_STAYS_US = 20_000
_LASTS_US = 5000
_CHARGING_US = 10_000  # a skin of 2 uF through the series resistor
_PROBE_US = 110_000  # a probe rises to its 1.5 V in a tenth of a second
_GRID_US = 2000
_RISE_US = 100_000


class Episode(NamedTuple):
    """A time with OFF_UA or more; `end_us` is None if it lasts to the end."""

    start_us: float
    end_us: float | None


@dataclass
class Current:
    """The true current from the fault on: times in us, current in uA, negative where a charged skin gives it back."""

    time_us: np.ndarray
    current_ua: np.ndarray
    switched_us: tuple[float, ...] = ()  # when K1 closed or contact was made

    def episodes(self, since_us: float = 0.0) -> list[Episode]:
        """The times with OFF_UA or more, either way, from `since_us` on; a pause of less than 20 ms is none."""
        kept = self.time_us >= since_us
        times = self.time_us[kept]
        on = np.flatnonzero(abs(self.current_ua[kept]) >= OFF_UA)
        if not len(on):
            return []
        found = []
        for group in np.split(on, np.flatnonzero(np.diff(times[on]) > _STAYS_US) + 1):
            last = int(group[-1]) + 1
            found.append(Episode(float(times[group[0]]), float(times[last]) if last < len(times) else None))
        return found

    def between(self, start_us: float, end_us: float | None = None) -> Current:
        """A part of it."""
        kept = (self.time_us >= start_us) & (self.time_us <= (np.inf if end_us is None else end_us))
        return Current(self.time_us[kept], self.current_ua[kept], self.switched_us)

    def off_us(self, since_us: float) -> float | None:
        """From `since_us` to when less than OFF_UA flowed and went on to; None: never."""
        first = next(iter(self.episodes(since_us)), None)
        if first is None or first.start_us - since_us > _STAYS_US:
            return 0.0
        return None if first.end_us is None else first.end_us - since_us

    def last_on_us(self, least_ua: float = OFF_UA) -> float:
        """When `least_ua` or more flowed for the last time; 0: never."""
        return float(self.time_us[abs(self.current_ua) >= least_ua].max(initial=0.0))

    def first_above_us(self, ua: float) -> float | None:
        """When `ua` was reached for the first time that it lasted: a contact that is made charges the skin at once."""
        since_us = None
        for at_us, is_above in zip(self.time_us, self.current_ua >= ua, strict=True):
            since_us = (since_us if since_us is not None else at_us) if is_above else None
            if since_us is not None and at_us - since_us >= _LASTS_US:
                return float(since_us)
        return None

    def peak_ua(self) -> float:
        """The largest."""
        return float(self.current_ua.max(initial=0.0))

    def lasting_ua(self, since_us: float = 0.0) -> float:
        """The largest of which the next sample had no less than half, but for the charging after `switched_us`."""
        counts = self.time_us >= since_us
        for at_us in self.switched_us:
            counts &= (self.time_us < at_us) | (self.time_us > at_us + _CHARGING_US)
        current = self.current_ua[counts]
        if len(current) < 2:
            return float(current.max(initial=0.0))
        now, then = current[:-1], current[1:]
        return float(np.minimum(now, np.where(then >= now / 2, now, then)).max())

    def rise_ua(self) -> float:
        """The largest rise within 100 ms, but for what follows `switched_us`; looked at every 2 ms."""
        if len(self.time_us) < 2 or self.time_us[-1] - self.time_us[0] < 2 * _RISE_US:
            return 0.0
        grid_us = np.arange(self.time_us[0], self.time_us[-1], _GRID_US)
        current = self.current_ua[np.searchsorted(self.time_us, grid_us, side="right") - 1].clip(min=0.0)
        lowest = np.lib.stride_tricks.sliding_window_view(current, _RISE_US // _GRID_US).min(axis=1)
        ends_us = grid_us[_RISE_US // _GRID_US - 1 :]
        counts = np.ones(len(ends_us), dtype=bool)
        for at_us in self.switched_us:
            counts &= (ends_us < at_us) | (ends_us > at_us + _PROBE_US + _RISE_US)
        rises = (current[_RISE_US // _GRID_US - 1 :] - lowest)[counts]
        return float(rises.max(initial=0.0))

    def back_ua(self) -> float:
        """The largest that the skin has given back."""
        return float(-self.current_ua.min(initial=0.0))

    def charge_uc(self) -> float:
        """What has passed."""
        return float(np.sum(abs(self.current_ua[:-1]) * np.diff(self.time_us))) / 1e6 if len(self.time_us) > 1 else 0.0
