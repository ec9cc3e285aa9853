"""What was physically so after a fault: looks at a rig from the fault on, whether ticks run or not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hil.faults.current import Current
from hil.rig import Rig

_FINE_MS = 0.5
_FINE_STEPS = 30
_NEAR_MS, _NEAR_STEP_MS = 120.0, 2.0
_ASTRAY_MV, _ASTRAY_SHARE = 520.0, 0.07  # the rule's, and the spread of a board
_LASTS_US = 5000


def _nobody() -> None:
    """Nobody has to be heard of."""


class Watch:
    """Looks at a rig from the fault on; where no tick records the current, it asks. `keep` is called every 100 ms."""

    def __init__(self, rig: Rig, keep: Callable[[], object] = _nobody):
        self._rig = rig
        self._keep = keep
        self.start_us = rig.now_us
        self._kept_us = rig.now_us
        self._asked: list[tuple[float, float]] = []
        self._peak_before_ua = rig.truth.max_current_ua()

    def _step(self, ms: float) -> None:
        self._rig.advance(ms)
        self._asked.append((self._rig.now_us, self._rig.truth.current_ua))

    def closely(self) -> None:
        """The first milliseconds, in steps that do not depend on ticks."""
        for _ in range(_FINE_STEPS):
            self._step(_FINE_MS)

    def on(self, ms: float, step_ms: float = 10.0) -> None:
        """Further, in wider steps."""
        end_us = self._rig.now_us + ms * 1000
        while self._rig.now_us < end_us:
            is_near = self._rig.now_us < self.start_us + _NEAR_MS * 1000
            self._step(min(_NEAR_STEP_MS if is_near else step_ms, (end_us - self._rig.now_us) / 1000))
            if self._rig.now_us > self._kept_us + 100_000:
                self._keep()
                self._kept_us = self._rig.now_us

    def current(self, until_us: float | None = None) -> Current:
        """What has flowed since the fault: by ticks, by what was asked, and none from where K1 opened."""
        truth = self._rig.truth
        end_us = self._rig.now_us if until_us is None else until_us
        samples = truth.between(self.start_us, round(end_us))
        rows = [row for row in self._asked if row[0] <= end_us]
        rows += [(at, 0.0) for at in truth.times_us("k1_open", self.start_us) if at <= end_us]
        times = np.concatenate([samples["time_us"].astype(float), [row[0] for row in rows]])
        values = np.concatenate([samples["current_ua"].astype(float), [row[1] for row in rows]])
        order = np.argsort(times, kind="stable")
        switched = [at for name in ("make", "area", "k1_closed") for at in truth.times_us(name, self.start_us)]
        return Current(times[order], values[order], tuple(switched))

    def first_astray_us(self, mv_per_code: float, start_us: float, end_us: float) -> float | None:
        """When the amplifier's output had left the DAC's code by more than its rule allows."""
        samples = self._rig.truth.between(round(start_us), round(end_us))
        want_mv = samples["dac"] * mv_per_code
        is_astray = abs(samples["amplifier_mv"] - want_mv) > _ASTRAY_MV + _ASTRAY_SHARE * want_mv
        return float(samples["time_us"][is_astray][0]) if is_astray.any() else None

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
