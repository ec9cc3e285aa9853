"""Pictures of a recording: currents, electrode voltage and resistance over time, with states and events.

Colours are those of Okabe and Ito, which people with any colour vision can tell apart; lines differ in style as well.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator

from host_tools import describe
from host_tools.plot_marks import Label, Marker, markers_of, place
from host_tools.recording_info import RecordingError
from host_tools.recording_load import Recording

WIDTH_PX = 1600
HEIGHT_PX = 1120
_DPI = 100

_BLACK, _BLUE, _VERMILION, _GREEN, _GREY = "#000000", "#0072B2", "#D55E00", "#007A5A", "#666666"

# Tint and hatch of each state; states that only wait are left white.
_STATE_LOOKS: dict[str, tuple[str, str]] = {
    "CONFIRM": ("#f2f2f2", ""),
    "ARMING": ("#fbf3c4", ""),
    "ARMED": ("#f7e68a", ""),
    "RAMP_UP": ("#b5d7ee", ""),
    "HOLD": ("#e3f0f9", ""),
    "RAMP_DOWN": ("#b5d7ee", ".."),
    "REVERSING": ("#ead5e3", "\\\\"),
    "PAUSED": ("#f6d9b8", "//"),
    "DONE": ("#dff0e8", ""),
    "SERVICE": ("#e6e6e6", "++"),
    "FAULT": ("#f3b8a4", "xx"),
}
_LEVEL_STATES = ("ARMED", "RAMP_UP", "HOLD", "RAMP_DOWN", "PAUSED", "REVERSING", "SERVICE")
_MARK_COLORS = {0: _BLUE, 1: _VERMILION}  # extra markers and faults stand out
_LABEL_ROWS = 5
_LABEL_POINTS = 9
_LABEL_GAP_PX = 8


def plot_recording(recording: Recording, png_path: Path | str, extra_markers: Sequence[Marker] = ()) -> None:
    """Writes the picture of a recording as a PNG of WIDTH_PX by HEIGHT_PX.

    `extra_markers` are moments to point out beside the recording's own events, on its time line.
    Raises RecordingError if the recording has no rows or the file cannot be written.
    """
    if recording.rows == 0:
        raise RecordingError(f"{recording.path} has no rows to plot")
    start_s = recording.numbers["time_s"][0]
    time_min = (recording.numbers["time_s"] - start_s) / 60
    figure, (labels, current, voltage, resistance) = _figure()
    span_min = max(float(time_min[-1]), 1 / 600)
    for axes in (current, voltage, resistance):
        axes.set_xlim(0, span_min)
        axes.grid(True, color="#d9d9d9", linewidth=0.6)
    _shade_states(figure, (current, voltage, resistance), recording, time_min)
    _draw_current(current, recording, time_min)
    _draw_voltage(voltage, recording, time_min)
    _draw_resistance(resistance, recording, time_min)
    _draw_markers(figure, labels, (current, voltage, resistance), recording, extra_markers)
    _title(figure, recording)
    try:
        figure.savefig(png_path, format="png", dpi=_DPI)
    except OSError as error:
        raise RecordingError(f"cannot write {png_path}: {error.strerror or error}") from error


def _figure() -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(WIDTH_PX / _DPI, HEIGHT_PX / _DPI), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(4, 1, sharex=True, gridspec_kw={"height_ratios": (1.0, 3.2, 2.2, 2.2), "hspace": 0.09})
    figure.subplots_adjust(left=0.065, right=0.985, top=0.925, bottom=0.055)
    axes[0].axis("off")
    axes[-1].set_xlabel("minutes since the recording began")
    return figure, list(axes)


def _draw_current(axes: Axes, recording: Recording, time_min: np.ndarray) -> None:
    numbers = recording.numbers
    # A level counts once there may be current; browsing through the modes in IDLE would only stretch the axis.
    set_ua = np.where(np.isin(recording.texts["state"], _LEVEL_STATES), numbers["level_ua"], np.nan)
    axes.plot(time_min, set_ua / 1000, color=_BLACK, linestyle=(0, (5, 3)), linewidth=1.4, label="set")
    axes.plot(time_min, numbers["setpoint_ua"] / 1000, color=_VERMILION, linestyle=":", linewidth=1.6, label="ramp")
    axes.plot(time_min, numbers["current_ua"] / 1000, color=_BLUE, linewidth=1.8, label="delivered")
    axes.set_ylabel("current (mA)")
    axes.set_ylim(bottom=0, top=max(_highest(set_ua, numbers["current_ua"]) / 1000, 0.1) * 1.15)
    axes.legend(loc="upper left", ncols=3, framealpha=0.9, fontsize=10)


def _draw_voltage(axes: Axes, recording: Recording, time_min: np.ndarray) -> None:
    values = recording.numbers["voltage_mv"]
    axes.plot(time_min, values / 1000, color=_VERMILION, linewidth=1.6)
    axes.set_ylabel("electrode voltage (V)")
    axes.set_ylim(bottom=0, top=max(_highest(values) / 1000, 1.0) * 1.1)


def _draw_resistance(axes: Axes, recording: Recording, time_min: np.ndarray) -> None:
    values = recording.numbers["resistance_ohm"] / 1000
    axes.set_yscale("log")
    axes.plot(time_min, np.where(values > 0, values, np.nan), color=_GREEN, linewidth=1.6)
    axes.set_ylabel("resistance (kΩ)")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    known = values[values > 0]
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 10.0)
    axes.set_ylim(low / 1.5, high * 1.5)
    axes.yaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if not known.size:
        axes.text(0.5, 0.5, "no contact in this recording", transform=axes.transAxes, ha="center", color=_GREY)


def _highest(*columns: np.ndarray) -> float:
    return max((float(np.nanmax(column)) for column in columns if not np.isnan(column).all()), default=0.0)


def _shade_states(figure: Figure, plots: Sequence[Axes], recording: Recording, time_min: np.ndarray) -> None:
    shown: dict[str, None] = {}
    last = len(time_min) - 1
    for state, run in groupby(range(len(time_min)), key=lambda index: recording.texts["state"][index]):
        first, *rest = run
        end = min((rest[-1] if rest else first) + 1, last)
        if state in _STATE_LOOKS:
            tint, hatch = _STATE_LOOKS[state]
            shown[state] = None
            for axes in plots:
                axes.axvspan(
                    time_min[first], time_min[end], facecolor=tint, hatch=hatch, edgecolor="#ffffff", linewidth=0
                )
    patches = [
        Patch(facecolor=_STATE_LOOKS[s][0], hatch=_STATE_LOOKS[s][1], edgecolor="#ffffff", label=s.replace("_", " "))
        for s in _STATE_LOOKS
        if s in shown
    ]
    if patches:
        figure.legend(
            handles=patches,
            loc="upper left",
            bbox_to_anchor=(0.06, 0.968),
            ncols=len(patches),
            fontsize=9,
            frameon=False,
        )


def _draw_markers(
    figure: Figure, strip: Axes, plots: Sequence[Axes], recording: Recording, extra_markers: Sequence[Marker]
) -> None:
    """Lines through every plot at each mark, and labels in the strip above them as far as there is room."""
    start_s, end_s = recording.numbers["time_s"][0], recording.numbers["time_s"][-1]
    own = markers_of(recording.events, merge_s=max((end_s - start_s) / 60, 1.0))
    marks = [mark for mark in (*own, *extra_markers) if start_s <= mark.time_s <= end_s]
    minutes = [(mark.time_s - start_s) / 60 for mark in marks]
    for at_min in minutes:
        for axes in plots:
            axes.axvline(at_min, color=_GREY, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1.5)
    width_px = strip.get_window_extent().width
    px_per_min = width_px / strip.get_xlim()[1]
    labels = [
        Label(at_min * px_per_min, _width_px(figure, mark.text) + _LABEL_GAP_PX, mark.rank)
        for at_min, mark in zip(minutes, marks, strict=True)
    ]
    placed = place(labels, width_px, _LABEL_ROWS)
    strip.set_ylim(0, _LABEL_ROWS)
    for item in placed:
        at_min, bottom = minutes[item.index], item.row + 0.15
        color = _MARK_COLORS.get(marks[item.index].rank, _BLACK)
        strip.plot([at_min, at_min], [0, bottom + 0.7], color=_GREY, linewidth=0.8, clip_on=False)
        left_min = (item.left + _LABEL_GAP_PX / 2) / px_per_min
        strip.text(left_min, bottom, marks[item.index].text, fontsize=_LABEL_POINTS, color=color, va="bottom")
    if len(placed) < len(marks):
        more = f"{len(marks) - len(placed)} more marks without a label: see events.csv"
        strip.text(1.0, 1.02, more, transform=strip.transAxes, fontsize=8, color=_GREY, ha="right", va="bottom")


def _width_px(figure: Figure, text: str) -> float:
    probe = figure.text(0, 0, text, fontsize=_LABEL_POINTS)
    width_px = probe.get_window_extent().width
    probe.remove()
    return width_px


def _title(figure: Figure, recording: Recording) -> None:
    info = recording.info
    parts = [f"mode {info.mode}" if info.mode else "", info.device_text, info.started_utc or ""]
    figure.text(0.065, 0.985, "Ionto recording", fontsize=15, weight="bold", va="top")
    figure.text(0.2, 0.983, "   ·   ".join(part for part in parts if part), fontsize=10, color=_GREY, va="top")
    note = describe.calibration_note(info.calibration or "")
    if note:
        figure.text(0.985, 0.983, note, fontsize=10, color=_VERMILION, va="top", ha="right")
