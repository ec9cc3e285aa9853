"""How a certificate looks: the same tables and pictures as HTML and as PDF."""

import base64
import html
import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from host_tools import describe

_STYLE = (
    "body{font:15px sans-serif;margin:2em;max-width:56em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{padding:.2em .7em;text-align:left;border-bottom:1px solid #ccc}td+td{font-variant-numeric:tabular-nums}"
)
# What each line of a calibration is, the unit of a count, and how many of them are one of the SI's.
_LINES = {
    "a": ("current, sense A", "µA", 1e6), "b": ("current, sense B", "µA", 1e6), "v": ("voltage", "mV", 1e3),
    "dac": ("DAC", "mV", 1e3), "amp": ("amplifier sense", "mV", 1e3), "series": ("series resistor", "Ω", 1.0),
}  # fmt: skip


class Table(NamedTuple):
    """A table as texts."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def as_html(content: dict[str, Any], picture: Any) -> str:
    """One page that opens anywhere."""
    buffer = io.BytesIO()
    picture.savefig(buffer, format="png", dpi=110)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    heads = "".join(f"<tr><th>{html.escape(n)}</th><td>{html.escape(v)}</td></tr>" for n, v in _head(content))
    tables = "".join(_html_table(table) for table in _tables(content))
    return (
        f"<!doctype html><meta charset=utf-8><title>{content['kind']}</title><style>{_STYLE}</style>"
        f"<h1>Ionto: certificate of {content['kind']}</h1><p>{html.escape(content['note'])}</p><table>{heads}</table>"
        f"{tables}<img alt='errors of the points' src='data:image/png;base64,{encoded}'>"
    )


def _html_table(table: Table) -> str:
    titles = "".join(f"<th>{html.escape(one)}</th>" for one in table.columns)
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(one)}</td>" for one in row) + "</tr>" for row in table.rows)
    return f"<h2>{html.escape(table.title)}</h2><table><tr>{titles}</tr>{cells}</table>"


def write_pdf(content: dict[str, Any], picture: Any, path: Path) -> None:
    """The same on two pages. Raises OSError."""
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    lines = [f"Ionto: certificate of {content['kind']}", content["note"], ""]
    for name, value in _head(content):
        lines += textwrap.wrap(value, 90, initial_indent=f"{name:<13}", subsequent_indent=" " * 13)
    for table in _tables(content):
        widths = [max(map(len, column)) + 2 for column in zip(table.columns, *table.rows, strict=True)]
        lines += ["", table.title, ""]
        for row in (table.columns, *table.rows):
            lines.append("".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)))
    page = Figure(figsize=(8.27, 11.69))
    page.text(0.07, 0.96, "\n".join(lines), family="monospace", fontsize=7.5, va="top", parse_math=False)
    with PdfPages(path) as pdf:
        pdf.savefig(page)
        pdf.savefig(picture)


def _head(content: dict[str, Any]) -> list[tuple[str, str]]:
    device = content["device"]
    return [
        ("Result", content["result"]), ("Board", device["board"]), ("Firmware", device["firmware"]),
        ("Made", content["made"]), ("Due again", content["due"]), ("Technician", content["technician"]),
        ("Meter", content["meter"]), ("Ambient", content["notes"] or "not noted"), ("SHA-256", content["sha256"]),
    ]  # fmt: skip


def _tables(content: dict[str, Any]) -> list[Table]:
    if content["kind"] == "verification":
        return [_checks(content)]
    lines = [
        (line["range"], _LINES[line["name"]][0], _count(line), _zero(line), f"{line['worst_percent']:.3f} %")
        for line in content["lines"]
    ]
    columns = ("range", "quantity", "a count, or the resistor", "offset in counts", "worst residual, of full scale")
    return [Table("Lines", columns, lines), _points(content)]


def _checks(content: dict[str, Any]) -> Table:
    rows = []
    for check in content["checks"]:
        texts = [describe.reading(check["kind"], check[name]) for name in ("asked", "device", "meter", "allowed")]
        rows.append((check["range"], check["kind"], *texts, "pass" if check["passed"] else "FAIL"))
    return Table("Points", ("range", "quantity", "asked", "device", "meter", "allowed", ""), rows)


def _points(content: dict[str, Any]) -> Table:
    rows = []
    for point in content["points"]:
        asked = point["asked"] / (1e3 if point["kind"] == "voltage" else 1e6)
        raws = [f"{point[name]:.2f}" for name in ("a_raw", "b_raw", "v_raw", "dac", "amplifier")]
        texts = [describe.reading(point["kind"], value) for value in (asked, point["meter"])]
        rows.append((("FACE", "BODY")[point["range"]], point["kind"], *texts, *raws))
    columns = ("range", "quantity", "asked", "meter", "sense A", "sense B", "voltage", "DAC", "amplifier")
    return Table("Points, and the counts at each", columns, rows)


def _count(line: dict[str, Any]) -> str:
    _, unit, scale = _LINES[line["name"]]
    return f"{line['gain'] * scale:.5g} {unit}"


def _zero(line: dict[str, Any]) -> str:
    return "" if line["name"] == "series" else f"{line['zero']:+.2f}"


def figure(content: dict[str, Any]) -> Any:
    """The errors of the points: of a verification in parts of what is allowed, of a calibration by range."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(8, 3.6), layout="constrained")
    if content["kind"] == "verification":
        _draw_checks(picture.subplots(), content["checks"])
        return picture
    for axes, range_ in zip(picture.subplots(1, 2, sharey=True), ("FACE", "BODY"), strict=True):
        for line in content["lines"]:
            if line["range"] == range_:
                residuals = line["residuals_percent"]
                axes.plot(range(1, len(residuals) + 1), residuals, marker="o", label=_LINES[line["name"]][0])
        axes.set(title=range_, xlabel="point", ylabel="residual, % of full scale" if range_ == "FACE" else "")
        axes.grid(alpha=0.3)
    picture.legend(*picture.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, fontsize=7)
    return picture


def _draw_checks(axes: Any, checks: list[dict[str, Any]]) -> None:
    parts = [(check["device"] - check["meter"]) / check["allowed"] * 100 for check in checks]
    axes.bar(range(len(parts)), parts)
    for limit in (100, -100):
        axes.axhline(limit, color="red", linewidth=0.8)
    texts = [f"{check['range']}\n{describe.reading(check['kind'], check['meter'])}" for check in checks]
    axes.set_xticks(range(len(parts)), texts, fontsize=7, rotation=60)
    axes.set_ylabel("device against meter,\n% of what is allowed")
    axes.grid(alpha=0.3)
