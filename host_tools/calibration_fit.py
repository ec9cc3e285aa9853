"""From measured points to the factors of a board: straight lines by least squares, and the reasons to refuse one.

[REQ-CAL-5]
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from host_tools.calibration_errors import CalibrationRefused
from ionto import limits
from ionto.calibration import NOMINAL, RangeCalibration, bounds

MIN_POINTS = 5
MAX_RESIDUAL_PERCENT = 0.5  # of full scale
# What the chip's own converter measures: it is a plausibility check, and jumps by some counts at four codes.
MAX_RESIDUAL_B_PERCENT = 1.0
MIN_SPAN_PERCENT = 50  # of full scale, between the lowest and the highest point
MIN_GAP_PERCENT = 3  # between two points
# What the parts of a sound Ionto-1 can be off, in percent of nominal; sense B is the coarser one.
GAIN_PERCENT = {"a": 3.0, "b": 5.0, "v": 3.0, "dac": 3.0, "amp": 3.0, "series": 3.0}
OFFSET_COUNTS = {"a": 8.0, "b": 14.0, "v": 8.0}
DAC_OFFSET_CODES = 8.0
AGREE_PERCENT = 1.0  # A and B, each by its own line
AGREE_A = 60e-6
TOLERANCE_PERCENT = 2.0
TOLERANCE = {"voltage": 0.100, "current": 30e-6}  # V, A
MODES = (limits.MODES[limits.FACE], limits.MODES[limits.HANDS])  # by range
RANGE_NAMES = ("FACE", "BODY")


@dataclass(frozen=True)
class Point:
    """One point: what was asked for (mV or uA), what the meter said (V or A), and the mean raw counts meanwhile."""

    kind: str  # "voltage" or "current"
    range: int
    asked: int
    meter: float
    a_raw: float
    v_raw: float
    b_raw: float
    dac: float
    amplifier: float


@dataclass(frozen=True)
class Check:
    """One point of a verification: what the device said, by its calibration, against the meter. In V or A."""

    kind: str
    range: int
    asked: float
    device: float
    meter: float

    @property
    def allowed(self) -> float:
        """How far device and meter may be apart."""
        return max(TOLERANCE[self.kind], abs(self.meter) * TOLERANCE_PERCENT / 100)

    @property
    def passed(self) -> bool:
        """What the device said, and a current that was asked for, are both what the meter says."""
        off = [self.device - self.meter] + ([self.asked - self.meter] if self.kind == "current" else [])
        return max(abs(one) for one in off) <= self.allowed


@dataclass(frozen=True)
class Line:
    """`true = gain * (raw - zero)` for one quantity, with what the points are off it, in percent of full scale."""

    name: str
    gain: float
    zero: float
    residuals_percent: tuple[float, ...]

    @property
    def worst_percent(self) -> float:
        """The largest residual."""
        return max(abs(one) for one in self.residuals_percent)


@dataclass(frozen=True)
class Fit:
    """The lines of one range, and the factors that the device takes."""

    range: int
    lines: tuple[Line, ...]
    row: RangeCalibration


def check_meter(kind: str, asked: float, meter: float, full_scale: float) -> None:
    """Refuses a reading that cannot be of this point: reversed leads, wrong range or unit. In V or A."""
    unit = "V" if kind == "voltage" else "A"
    said = f"the meter says {meter:.6g} {unit} where about {asked:.6g} {unit} flow or stand"
    if not math.isfinite(meter) or abs(meter) > 1e30:
        raise CalibrationRefused("the meter overranges: choose a higher range, and look at how it is connected")
    if meter < -0.2 * asked:
        raise CalibrationRefused(f"{said}: are its leads swapped?")
    for factor in (1e3, 1e-3, 1e6, 1e-6):
        if abs(meter - asked * factor) < 0.2 * asked * factor:
            raise CalibrationRefused(f"{said}: the wrong range or unit, by {factor:g}?")
    if abs(meter) < 0.02 * asked:
        raise CalibrationRefused(f"{said}: is it connected, and set to {'volts' if kind == 'voltage' else 'amperes'}?")
    if abs(meter - asked) > 0.15 * asked + 0.01 * full_scale:
        raise CalibrationRefused(f"{said}: wrong meter range, wrong load, or a defective board")


def fit_range(range_: int, points: Sequence[Point]) -> Fit:
    """The factors of one range from its points. Raises CalibrationRefused."""
    volts = [point for point in points if point.range == range_ and point.kind == "voltage"]
    amps = [point for point in points if point.range == range_ and point.kind == "current"]
    mode, nominal = MODES[range_], NOMINAL[range_]
    full_v, full_a = mode.max_electrode_mv / 1e3, mode.max_ua / 1e6
    for some, full, unit in ((volts, full_v, "V"), (amps, full_a, "A")):
        _check_spread(range_, some, full, unit)
    meter_v, meter_a = [p.meter for p in volts], [p.meter for p in amps]
    a = _line("a", [p.a_raw for p in amps], meter_a, full_a)
    b = _line("b", [p.b_raw for p in amps], meter_a, full_a)
    v = _line("v", [p.v_raw for p in volts], meter_v, full_v)
    dac = _line("dac", [p.dac for p in volts], meter_v, full_v)
    amp = _line("amp", [p.amplifier for p in volts], meter_v, full_v)
    drops = [dac.gain * (p.dac - dac.zero) - v.gain * (p.v_raw - v.zero) for p in amps]
    series = _line("series", meter_a, drops, full_v)
    lines = (a, b, v, dac, amp, series)
    for line in lines:
        _check_line(range_, line, nominal)
    _check_agreement(range_, a, b, amps)
    return Fit(range_, lines, _row(range_, lines))


def _check_spread(range_: int, points: Sequence[Point], full_scale: float, unit: str) -> None:
    where = f"{RANGE_NAMES[range_]} range, {'voltage' if unit == 'V' else 'current'}"
    if len(points) < MIN_POINTS:
        raise CalibrationRefused(f"{where}: {len(points)} points, at least {MIN_POINTS} are needed")
    found = sorted(point.meter for point in points)
    if found[-1] - found[0] < full_scale * MIN_SPAN_PERCENT / 100:
        raise CalibrationRefused(
            f"{where}: the points are too close: they span {found[-1] - found[0]:.4g} {unit}, "
            f"at least {full_scale * MIN_SPAN_PERCENT / 100:.4g} {unit} are needed"
        )
    gap = min(high - low for low, high in pairwise(found))
    if gap < full_scale * MIN_GAP_PERCENT / 100:
        raise CalibrationRefused(
            f"{where}: two points are too close: {gap:.4g} {unit} apart, "
            f"{full_scale * MIN_GAP_PERCENT / 100:.4g} {unit} are needed"
        )


def _line(name: str, raw: Sequence[float], true: Sequence[float], full_scale: float) -> Line:
    import numpy as np  # when it is needed: every start of the command would wait for it

    x, y = np.asarray(raw, dtype=float), np.asarray(true, dtype=float)
    if np.ptp(x) == 0:
        raise CalibrationRefused(f"{name}: the device reads the same at every point ({x[0]:g}): a stuck reading")
    gain, intercept = (float(one) for one in np.polyfit(x, y, 1))
    off = (y - (gain * x + intercept)) / full_scale * 100
    return Line(name, gain, -intercept / gain if gain else 0.0, tuple(float(one) for one in off))


_FIELD = {
    "a": ("a_na_per_lsb", 1e9), "b": ("b_na_per_lsb", 1e9), "v": ("v_uv_per_lsb", 1e6), "dac": ("dac_uv_per_lsb", 1e6),
    "amp": ("amp_uv_per_lsb", 1e6), "series": ("series_mohm", 1e3),
}  # fmt: skip


def _check_line(range_: int, line: Line, nominal: RangeCalibration) -> None:
    field, scale = _FIELD[line.name]
    where = f"{RANGE_NAMES[range_]} range, {line.name}"
    want = getattr(nominal, field) / scale
    off_percent = (line.gain / want - 1) * 100
    if abs(off_percent) > GAIN_PERCENT[line.name]:
        raise CalibrationRefused(
            f"{where}: gain is {off_percent:+.2f} % from nominal, "
            f"{GAIN_PERCENT[line.name]:g} % is what its parts can be"
        )
    most = OFFSET_COUNTS.get(line.name, DAC_OFFSET_CODES)
    if line.name in ("a", "b", "v", "dac") and abs(line.zero) > most:
        raise CalibrationRefused(f"{where}: offset is {line.zero:+.1f} counts, {most:g} are allowed")
    allowed = MAX_RESIDUAL_B_PERCENT if line.name in ("b", "amp") else MAX_RESIDUAL_PERCENT
    if line.worst_percent > allowed:
        raise CalibrationRefused(
            f"{where}: a point is {line.worst_percent:.2f} % of full scale off the line, {allowed:g} % are allowed"
        )


def _check_agreement(range_: int, a: Line, b: Line, points: Sequence[Point]) -> None:
    for point in points:
        by_a, by_b = a.gain * (point.a_raw - a.zero), b.gain * (point.b_raw - b.zero)
        if abs(by_a - by_b) > AGREE_A + abs(by_a) * AGREE_PERCENT / 100:
            raise CalibrationRefused(
                f"{RANGE_NAMES[range_]} range: sense A and B disagree: {by_a * 1e3:.3f} mA and {by_b * 1e3:.3f} mA"
            )


def _row(range_: int, lines: Sequence[Line]) -> RangeCalibration:
    """The factors as the device takes them. A zero beyond what it takes is brought to the nearest that it does."""
    values: dict[str, int] = {}
    for line in lines:
        field, scale = _FIELD[line.name]
        values[field] = round(line.gain * scale)
        if line.name in ("a", "b", "v"):
            low, high = bounds(NOMINAL[range_], f"{line.name}_zero_raw")
            values[f"{line.name}_zero_raw"] = max(low, min(high, round(line.zero)))
    return RangeCalibration(**values)
