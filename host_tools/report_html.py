"""A report as one HTML file that opens anywhere: plots that zoom and tell their values, and no network."""

from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from host_tools import describe
from host_tools.report_data import DeviceReport, SessionView, when_text

_BLUE, _VERMILION, _GREEN, _PURPLE = "#0072B2", "#D55E00", "#007A5A", "#9B5283"
_SPANS = {"PAUSED": "#E69F00", "REVERSING": "#CC79A7", "FAULT": "#D55E00"}
_LIMIT = "#56B4E9"
_STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; color: #1a1a1a; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; margin: .5rem 0; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .4rem; }
dl { display: grid; grid-template-columns: max-content 1fr max-content 1fr; gap: .15rem 1.2rem; }
dt { color: #555; } dd { margin: 0; }
.note { color: #555; } .scroll { overflow-x: auto; max-height: 34rem; overflow-y: auto; }
table { border-collapse: collapse; font-size: .9rem; } thead th { position: sticky; top: 0; background: #fff; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
th:nth-child(2), td:nth-child(2), .text { text-align: left; }
@media (max-width: 40rem) { dl { grid-template-columns: max-content 1fr; } }
@media print { .scroll { max-height: none; } }
"""
_WARNING = "Not a medical device: for development and for dummy loads."


def device_html(report: DeviceReport) -> str:
    """The page of a device or of one of its sessions."""
    parts = [_head(report.title, report.facts if len(report.sessions) > 1 else [])]
    parts += [f'<p class="note">{escape(note)}</p>' for note in report.notes]
    with_script: list[go.Figure] = []
    if len(report.sessions) > 1:
        parts += ["<h2>Across sessions</h2>", _figure_html(_trend(report), with_script)]
        if report.faults:
            items = "".join(f"<li>{escape(name)}: {count:,}</li>" for name, count in report.faults)
            parts.append(f"<h2>Faults</h2><ul>{items}</ul>")
    for view in reversed(report.details):
        parts += [_session(view, with_script)]
    if len(report.sessions) > 1:
        parts += ["<h2>All sessions</h2>", _table(report)]
    return _page(report.title, parts)


def view_html(view: SessionView) -> str:
    """The page of one recording."""
    return _page(view.title, [_head(view.title, []), _session(view, [], heading=False)])


def _page(title: str, parts: list[str]) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head>\n<body>{body}</body></html>\n'


def _head(title: str, facts: list[tuple[str, str]]) -> str:
    return f'<h1>{escape(title)}</h1><p class="note">{_WARNING}</p>' + _facts_html(facts)


def _facts_html(facts: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts) + "</dl>"


def _figure_html(figure: go.Figure, before: list[go.Figure]) -> str:
    """A figure; the first of a page brings the script that draws them all."""
    before.append(figure)
    config = {"displaylogo": False, "responsive": True}
    return str(figure.to_html(full_html=False, include_plotlyjs=len(before) == 1, config=config))


def _session(view: SessionView, before: list[go.Figure], *, heading: bool = True) -> str:
    title = f"<h2>{escape(view.title)}</h2>" if heading else ""
    if not len(view.time_s):
        return title + _facts_html(view.facts) + '<p class="note">Its trace was overwritten before it was read.</p>'
    source = f'<p class="note">Drawn from {escape(view.source)}.</p>'
    return title + _facts_html(view.facts) + _figure_html(session_figure(view), before) + source


def session_figure(view: SessionView) -> go.Figure:
    """Current, voltage and resistance over the session's minutes."""
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.05)
    minutes = view.time_s / 60
    curves = (
        ("current", view.current_ua / 1000, _BLUE, "mA"),
        ("voltage", view.voltage_mv / 1000, _VERMILION, "V"),
        ("resistance", view.resistance_ohm / 1000, _GREEN, "kΩ"),
    )
    for row, (name, values, color, unit) in enumerate(curves, 1):
        hover = f"%{{x:.2f}} min: %{{y:.3g}} {unit}<extra>{name}</extra>"
        line = {"color": color, "width": 1.6}
        figure.add_trace(go.Scatter(x=minutes, y=values, name=name, line=line, hovertemplate=hover), row=row, col=1)
        figure.update_yaxes(title_text=f"{name} ({unit})", rangemode="tozero", row=row, col=1)
    named: set[str] = set()
    for begin_s, end_s, name in view.spans:
        color = _SPANS.get(name, _LIMIT)
        label = {"annotation_text": name, "annotation_font_size": 10} if name not in named else {}
        named.add(name)
        place: dict[str, Any] = {"row": 1, "col": 1, **label}
        figure.add_vrect(
            begin_s / 60, max(end_s, begin_s + 1) / 60, fillcolor=color, opacity=0.22, line_width=0,
            annotation_position="top left", **place,
        )  # fmt: skip
    if view.marks:
        x = [time_s / 60 for time_s, _ in view.marks]
        texts = [text for _, text in view.marks]
        marker = {"symbol": "triangle-down", "size": 9, "color": _PURPLE}
        y = [0] * len(x)
        events = go.Scatter(x=x, y=y, text=texts, mode="markers", name="events", marker=marker, cliponaxis=False,
                            hovertemplate="%{x:.2f} min: %{text}<extra></extra>")  # fmt: skip
        figure.add_trace(events, row=1, col=1)
    figure.update_xaxes(title_text="minutes since the first ramp began", row=3, col=1)
    return _dressed(figure, 620)


def _trend(report: DeviceReport) -> go.Figure:
    """Level, charge and resistance of each session, faults pointed out."""
    rows = report.sessions
    dated = all(row["utc"] for row in rows)
    x = [row["utc"] if dated else row["session"] for row in rows]
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.05)
    texts = [f"session {row['session']}, {row['mode']}, {row['end']} {row['fault']}" for row in rows]
    curves = (
        (1, "level", [row["level_ua"] / 1000 for row in rows], _BLUE, "mA"),
        (2, "charge", [row["charge_ua_s"] / 60000 for row in rows], _VERMILION, "mA·min"),
        (3, "lowest resistance", [_kilo(row["min_resistance_ohm"]) for row in rows], _GREEN, "kΩ"),
    )
    for at, name, values, color, unit in curves:
        hover = f"%{{text}}<br>%{{y:.3g}} {unit}<extra>{name}</extra>"
        trace = go.Scatter(x=x, y=values, text=texts, name=name, mode="lines+markers", hovertemplate=hover,
                           line={"color": color, "width": 1}, marker={"size": 5})  # fmt: skip
        figure.add_trace(trace, row=at, col=1)
        figure.update_yaxes(title_text=f"{name} ({unit})", rangemode="tozero", row=at, col=1)
    faulty = [(at, row["level_ua"] / 1000, text) for at, row, text in zip(x, rows, texts, strict=True) if row["fault"]]
    if faulty:
        marker = {"symbol": "x", "size": 11, "color": "#000000"}
        at, level, text = zip(*faulty, strict=True)
        trace = go.Scatter(x=at, y=level, text=text, mode="markers", name="fault", marker=marker,
                           hovertemplate="%{text}<extra></extra>")  # fmt: skip
        figure.add_trace(trace, row=1, col=1)
    figure.update_xaxes(title_text="time (UTC)" if dated else "session", row=3, col=1)
    return _dressed(figure, 620)


def _dressed(figure: go.Figure, height: int) -> go.Figure:
    legend = {"orientation": "h", "y": 1.06, "x": 0}
    figure.update_layout(
        height=height, template="plotly_white", margin={"l": 70, "r": 20, "t": 40, "b": 50}, legend=legend
    )
    return figure


def _kilo(value: int | None) -> float | None:
    return None if value is None else value / 1000


def _table(report: DeviceReport) -> str:
    names = ("session", "began (UTC)", "mode", "end", "fault", "level", "treated", "charge", "lowest resistance",
             "contact lost")  # fmt: skip
    head = "".join(f"<th>{name}</th>" for name in names)
    body: list[str] = []
    for row in reversed(report.sessions):
        cells = (
            str(row["session"]),
            when_text(row),
            row["mode"],
            row["end"],
            row["fault"],
            describe.milliamps(row["level_ua"]),
            describe.minutes_seconds(row["treated_s"]),
            describe.charge(row["charge_ua_s"]),
            describe.ohms(row["min_resistance_ohm"]),
            str(row["cuts"]),
        )
        body.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
