"""What was physically so after a fault: when the output ended, how much flowed, and for how long too much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hil.faults.model import OFF_UA
from hil.rig import Rig

_FINE_MS = 0.5
_FINE_STEPS = 30
_APART_US = 2000  # a shorter gap is none
_STAYS_US = 20_000
_LASTS_US = 5000
_CHARGING_US = 10_000  # a skin of 2 uF through the series resistor
_ASTRAY_MV, _ASTRAY_SHARE = 520.0, 0.07  # the rule's, and the spread of a board


@dataclass
class Current:
    """The true current from `start_us` on: times in us, current in uA, negative where a charged skin gives it back."""

    time_us: np.ndarray
    current_ua: np.ndarray
    switched_us: tuple[float, ...] = ()  # when K1 closed or contact was made

    def off_us(self, since_us: float) -> float | None:
        """From `since_us` to when less than OFF_UA flowed and went on to; None: never."""
        low = self.time_us >= since_us
        times, on = self.time_us[low], abs(self.current_ua[low]) >= OFF_UA
        if not on.any():
            return 0.0
        last_us = since_us
        for at_us in times[on]:
            if at_us - last_us > _STAYS_US:
                break
            last_us = at_us
        if last_us == since_us:
            return 0.0
        after = times[times > last_us]
        return None if not len(after) else float(after[0] - since_us)

    def last_on_us(self) -> float:
        """When OFF_UA or more flowed for the last time; 0: never."""
        return float(self.time_us[abs(self.current_ua) >= OFF_UA].max(initial=0.0))

    def longest_above_us(self, ua: float) -> float:
        """The longest unbroken time above `ua`."""
        longest = start_us = last_us = -1.0
        for at_us in self.time_us[abs(self.current_ua) > ua]:
            if start_us < 0 or at_us - last_us > _APART_US / 2:
                start_us = at_us
            last_us = at_us
            longest = max(longest, last_us - start_us)
        return max(0.0, longest)

    def first_above_us(self, ua: float) -> float | None:
        """When `ua` was reached for the first time that it lasted: a contact that is made charges the skin at once."""
        start_us = None
        for at_us, is_above in zip(self.time_us, self.current_ua >= ua, strict=True):
            start_us = (start_us if start_us is not None else at_us) if is_above else None
            if start_us is not None and at_us - start_us >= _LASTS_US:
                return float(start_us)
        return None

    def peak_ua(self) -> float:
        """The largest."""
        return float(self.current_ua.max(initial=0.0))

    def lasting_ua(self) -> float:
        """The largest of which the next sample had no less than half, but for the charging after `switched_us`."""
        counts = np.ones(len(self.time_us), dtype=bool)
        for at_us in self.switched_us:
            counts &= (self.time_us < at_us) | (self.time_us > at_us + _CHARGING_US)
        current = self.current_ua[counts]
        if len(current) < 2:
            return float(current.max(initial=0.0))
        now, then = current[:-1], current[1:]
        return float(np.minimum(now, np.where(then >= now / 2, now, then)).max())

    def back_ua(self) -> float:
        """The largest that the skin has given back."""
        return float(-self.current_ua.min(initial=0.0))

    def charge_uc(self) -> float:
        """What has passed."""
        return float(np.sum(abs(self.current_ua[:-1]) * np.diff(self.time_us))) / 1e6 if len(self.time_us) > 1 else 0.0


class Watch:
    """Looks at a rig from the fault on; where no tick records the current, it asks."""

    def __init__(self, rig: Rig):
        self._rig = rig
        self.start_us = rig.now_us
        self._asked: list[tuple[float, float]] = []
        self._peak_before_ua = rig.truth.max_current_ua()

    def closely(self) -> None:
        """The first milliseconds, in steps that do not depend on ticks."""
        for _ in range(_FINE_STEPS):
            self._rig.advance(_FINE_MS)
            self._asked.append((self._rig.now_us, self._rig.truth.current_ua))

    def on(self, ms: float, step_ms: float = 10.0) -> None:
        """Further, in wider steps."""
        end_us = self._rig.now_us + ms * 1000
        while self._rig.now_us < end_us:
            self._rig.advance(min(step_ms, (end_us - self._rig.now_us) / 1000))
            self._asked.append((self._rig.now_us, self._rig.truth.current_ua))

    def current(self, until_us: float | None = None) -> Current:
        """What has flowed since the fault."""
        end_us = self._rig.now_us if until_us is None else until_us
        samples = self._rig.truth.between(self.start_us, round(end_us))
        asked = [row for row in self._asked if row[0] <= end_us]
        times = np.concatenate([samples["time_us"].astype(float), [row[0] for row in asked]])
        values = np.concatenate([samples["current_ua"].astype(float), [row[1] for row in asked]])
        order = np.argsort(times, kind="stable")
        truth = self._rig.truth
        switched = [at for name in ("make", "area", "k1_closed") for at in truth.times_us(name, self.start_us)]
        return Current(times[order], values[order], tuple(switched))

    def first_astray_us(self, mv_per_code: float) -> float | None:
        """When the amplifier's output had left the DAC's code by more than its rule allows, for some milliseconds."""
        samples = self._rig.truth.between(self.start_us, self._rig.now_us)
        want_mv = samples["dac"] * mv_per_code
        off_mv = abs(samples["amplifier_mv"] - want_mv)
        astray = Current(samples["time_us"].astype(float), off_mv - (_ASTRAY_MV + _ASTRAY_SHARE * want_mv))
        return astray.first_above_us(0.0)

    def first_ignored_us(self, mv_per_code: float) -> float | None:
        """When a DAC that takes no word was asked for something else than it kept, by more than the rule allows."""
        start_us = None
        kept_mv = float(self._rig.truth.between(self.start_us, self._rig.now_us)["dac"][0]) * mv_per_code
        for event in self._rig.truth.named("dac_ignored", round(self.start_us)):
            if start_us is not None and event.time_us - start_us >= _LASTS_US:
                break
            off_mv = abs(event.value) * mv_per_code
            is_astray = off_mv > _ASTRAY_MV + _ASTRAY_SHARE * max(kept_mv, kept_mv + event.value * mv_per_code)
            start_us = (start_us or event.time_us) if is_astray else None
        return start_us

    def peak_ua(self) -> float:
        """The largest true current since the fault, between ticks too where it was the largest of the run."""
        whole_ua = self._rig.truth.max_current_ua()
        sampled_ua = self.current().peak_ua()
        return whole_ua if whole_ua > self._peak_before_ua else sampled_ua
