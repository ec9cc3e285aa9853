"""Electrodes, skin and converters in plain floats: closes the loop around a Tick. Runs on MicroPython and on CPython.

Uses +, -, *, / only, so that both give the same counts to the last bit. Its gains are Ionto-1's, written here again.
"""

import micropython

from ionto.drive import Drive
from tests.support.tick import Tick

A_NA = (1250.0, 6250.0)
B_NA = 7300.0
V_UV = 12500.0
DAC_UV = (4000.0, 10000.0)
AMPLIFIER_UV = 3.3e6 / 4096 * 16
SERIES_OHM = (2200.0, 470.0)
TICK_S = 500e-6


def falling(x):
    """exp(-x) for x >= 0, within 0.1 % of 1."""
    y = 1.0 / (1.0 + x / 4096.0)
    for _ in range(12):
        y = y * y
    return y


class Skin:
    """`rs_ohm` + `rp_ohm` across `cp_f`, for the whole electrode; a smaller area has more ohms and less farad."""

    def __init__(self, rs_ohm, rp_ohm, cp_f, series_ohm, area=1.0):
        self.whole = (rs_ohm, rp_ohm, cp_f)
        self.series_ohm = series_ohm
        self.skin_v = 0.0
        self.area = area
        self.contact(area)

    def contact(self, area, is_charged=True):
        """Area that is lifted takes its charge along. New area has the old one's voltage, or shares its charge."""
        if area > self.area and not is_charged:
            self.skin_v = self.skin_v * self.area / area
        self.area = area
        if area == 0:
            return
        rs_ohm, rp_ohm, cp_f = self.whole
        self.rs_ohm = rs_ohm / area
        self.total_ohm = self.series_ohm + self.rs_ohm
        self.share = (rp_ohm / area) / (rp_ohm / area + self.total_ohm)
        tau_s = cp_f * area * self.total_ohm * self.share
        self.keep = falling(TICK_S / tau_s) if tau_s > 0 else 0.0


class Loop:
    """One mode's Tick and Drive around a Skin, with noise of up to `noise` counts on A and four times that on B.

    `current_ua` and `voltage_mv` are the truth just before the next reading. `run` keeps minimum, maximum and mean.
    """

    def __init__(self, mode, rs_ohm, rp_ohm, cp_f, noise=1, seed=1, area=1.0, calibration=None):
        self.mode = mode
        self.tick = Tick(mode, calibration)
        self.drive = Drive(self.tick)
        self.drive.arm(mode, self.tick.calibration)
        self.skin = Skin(rs_ohm, rp_ohm, cp_f, SERIES_OHM[mode.range], area)
        self.noise = noise
        self.seed = seed
        self.current_ua = 0.0
        self.voltage_mv = 0.0
        self.mean_ua = self.low_ua = self.high_ua = self.high_mv = 0.0

    def contact(self, area, is_charged=True):
        """Changes the area at once; what flows changes at once too."""
        self.skin.contact(area, is_charged)
        self._flow(self.tick.code * DAC_UV[self.mode.range] * 1e-6)

    def begin(self, target_ua, slope_ua_per_s, settle_ticks=300):
        """Probes, then ramps to `target_ua`."""
        self.drive.probe(target_ua)
        cause = self.run(settle_ticks)
        self.drive.current(target_ua, slope_ua_per_s, slope_ua_per_s)
        return cause

    @micropython.native
    def _random(self):
        seed = (self.seed * 75 + 74) % 65537
        self.seed = seed
        noise = self.noise
        return seed % (2 * noise + 1) - noise

    @micropython.native
    def _flow(self, source_v):
        skin = self.skin
        if not self.tick.k1:
            self.current_ua = 0.0
            self.voltage_mv = 0.0
        elif skin.area == 0:
            self.current_ua = 0.0
            self.voltage_mv = source_v * 1e3
        else:
            current_a = (source_v - skin.skin_v) / skin.total_ohm
            self.current_ua = current_a * 1e6
            self.voltage_mv = (source_v - current_a * skin.series_ohm) * 1e3

    @micropython.native
    def _settle(self, source_v):
        """500 us at `source_v`."""
        skin = self.skin
        if self.tick.k1 and skin.area > 0:
            end_v = source_v * skin.share
            skin.skin_v = end_v + (skin.skin_v - end_v) * skin.keep
        self._flow(source_v)

    @micropython.native
    def step(self):
        """One tick; returns its cause."""
        mode_range = self.mode.range
        a = int(self.current_ua * 1e3 / A_NA[mode_range] + 0.5) + self._random()
        b = int(self.current_ua * 1e3 / B_NA + 0.5) + 4 * self._random()
        v = int(self.voltage_mv * 1e3 / V_UV + 0.5) + self._random()
        a = 0 if a < 0 else 4095 if a > 4095 else a
        b = 0 if b < 0 else 4095 if b > 4095 else b
        v = 0 if v < 0 else 4095 if v > 4095 else v
        cause = self.tick.step(a, v, b)
        self._settle(self.tick.code * DAC_UV[mode_range] * 1e-6)
        return cause

    @micropython.native
    def run(self, ticks):
        """Up to `ticks` ticks; ends early with the cause of a cut, else returns 0."""
        total = 0.0
        low = high = self.current_ua
        high_mv = self.voltage_mv
        done = 0
        cause = 0
        while done < ticks and cause == 0:
            cause = self.step()
            done += 1
            now = self.current_ua
            total += now
            low = now if now < low else low
            high = now if now > high else high
            high_mv = self.voltage_mv if self.voltage_mv > high_mv else high_mv
        self.mean_ua = total / done if done else 0.0
        self.low_ua, self.high_ua, self.high_mv = low, high, high_mv
        return cause

    def mean_of(self, ticks):
        """Mean of the true current over `ticks` more ticks."""
        self.run(ticks)
        return self.mean_ua
