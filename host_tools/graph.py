"""A small line graph as text: braille dots, two by four to a character cell, one colour a series.

Pure: samples and a size in, `rich` text out. Later series are drawn over earlier ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # bit of a dot, by row and column in its cell
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Series:
    """A line: its points (x, y) in order of x, y `None` where the line is interrupted, and its `rich` style.

    A dashed line can be told from a solid one without colours.
    """

    points: Sequence[tuple[float, float | None]]
    style: str
    dashed: bool = False


@dataclass(frozen=True)
class Axes:
    """What the edges of a graph stand for: `x_min` and `x_max` left and right, 0 and `y_max` below and above."""

    x_min: float
    x_max: float
    y_max: float


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `value` (> 0)."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * step for step in _NICE if power * step >= value)


class _Canvas:
    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.bits = [[0] * width for _ in range(height)]
        self.styles = [[""] * width for _ in range(height)]

    def dot(self, x: int, y: int, style: str) -> None:
        row, column = y // 4, x // 2
        self.bits[row][column] |= _DOTS[y % 4][x % 2]
        self.styles[row][column] = style

    def line(self, start: tuple[int, int], end: tuple[int, int], series: Series) -> None:
        (x0, y0), (x1, y1) = start, end
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            x, y = x0 + (x1 - x0) * step // steps, y0 + (y1 - y0) * step // steps
            if not series.dashed or (x + y) % 6 < 3:
                self.dot(x, y, series.style)


def draw(series: Sequence[Series], axes: Axes, width: int, height: int) -> list[Text]:
    """The graph as `height` lines of `width` characters, without axes. Points outside the axes are left out."""
    canvas = _Canvas(width, height)
    for line in series:
        _draw_series(canvas, line, axes)
    return [
        Text.assemble(*((chr(_BRAILLE | bits) if bits else " ", style) for bits, style in zip(*row, strict=True)))
        for row in zip(canvas.bits, canvas.styles, strict=True)
    ]


def _draw_series(canvas: _Canvas, series: Series, axes: Axes) -> None:
    before: tuple[int, int] | None = None
    for x, y in series.points:
        if y is None or not axes.x_min <= x <= axes.x_max:
            before = None
            continue
        right, low = canvas.width * 2 - 1, canvas.height * 4 - 1
        share = (x - axes.x_min) / (axes.x_max - axes.x_min)
        here = (round(share * right), low - round(min(max(y / axes.y_max, 0.0), 1.0) * low))
        canvas.line(before or here, here, series)
        before = here


def draw_with_axes(series: Sequence[Series], axes: Axes, width: int, height: int, unit: str) -> list[Text]:
    """The graph with a scale in `unit` on the left and seconds before now below, `height` lines in all.

    Gives no lines when there is no room for a graph that could be read.
    """
    labels = [f"{axes.y_max:g} {unit}", f"{axes.y_max / 2:g}", "0"]
    margin = max(len(label) for label in labels) + 1
    inner_width, inner_height = width - margin - 1, height - 2
    if inner_width < 10 or inner_height < 2:
        return []
    rows = {0: labels[0], inner_height - 1: labels[2]}
    if inner_height >= 5:
        rows[inner_height // 2] = labels[1] if inner_height % 2 else ""
    lines = [
        Text.assemble(
            (rows.get(index, "").rjust(margin - 1) + " ", "dim"), ("┤" if rows.get(index) else "│", "dim"), line
        )
        for index, line in enumerate(draw(series, axes, inner_width, inner_height))
    ]
    span = f"-{axes.x_max - axes.x_min:g} s"
    return [
        *lines,
        Text(" " * margin + "└" + "─" * inner_width, "dim"),
        Text(" " * (margin + 1) + span + "now".rjust(inner_width - len(span)), "dim"),
    ]
