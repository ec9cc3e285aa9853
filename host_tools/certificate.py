"""Certificates of a calibration or a verification: JSON with its content's hash, HTML and PDF of the same content."""

import base64
import hashlib
import html
import io
import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from host_tools.calibration_errors import CalibrationFileError

DUE_DAYS = 365
KINDS = ("calibration", "verification")
_STYLE = (
    "body{font:15px sans-serif;margin:2em;max-width:52em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{padding:.2em .7em;text-align:left;border-bottom:1px solid #ccc}"
)
_NOTE = "Not a medical device. For development and for dummy loads."


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 over the content without its own hash, in a fixed form."""
    body = {name: value for name, value in content.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def make(kind: str, now: datetime, device: dict[str, Any], people: dict[str, str], **results: Any) -> dict[str, Any]:
    """A certificate's content: `kind` is "calibration" or "verification"; the results are as they stand in JSON."""
    content = {
        "kind": kind, "made": now.isoformat(timespec="seconds"),
        "due": (now + timedelta(days=DUE_DAYS)).date().isoformat(), "note": _NOTE,
        "device": device, **people, **results,
    }  # fmt: skip
    return content | {"sha256": content_hash(content)}


def is_genuine(content: dict[str, Any]) -> bool:
    """Whether a certificate read from JSON is as it was made."""
    return content.get("sha256") == content_hash(content)


def text_of(content: dict[str, Any]) -> str:
    """A certificate as it stands in its file and in the bench database."""
    return json.dumps(content, indent=1, ensure_ascii=False)


def read(path: Path) -> dict[str, Any]:
    """A certificate from its JSON file. Raises CalibrationFileError if it is none, or not as it was made."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CalibrationFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CalibrationFileError(f"{path} is no certificate: it is no JSON") from error
    if not isinstance(content, dict) or content.get("kind") not in KINDS or not isinstance(content.get("device"), dict):
        raise CalibrationFileError(f"{path} is no certificate of these tools")
    if not is_genuine(content):
        raise CalibrationFileError(f"{path} is not as it was made: its content does not have its hash")
    return content


def write(content: dict[str, Any], folder: Path) -> list[Path]:
    """Writes JSON, HTML and PDF into `folder`, all or none; their paths. Raises CalibrationFileError."""
    stamp = content["made"].replace(":", "").replace("+0000", "Z")
    stem = f"{content['kind']}-{content['device']['board']}-{stamp}"
    paths = [folder / f"{stem}.{ending}" for ending in ("json", "html", "pdf")]
    parts = [path.with_name(path.name + ".part") for path in paths]
    figure = _figure(content)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parts[0].write_text(text_of(content), encoding="utf-8")
        parts[1].write_text(as_html(content, figure), encoding="utf-8")
        _write_pdf(content, figure, parts[2])
        for part, path in zip(parts, paths, strict=True):
            part.replace(path)
    except OSError as error:
        for one in (*parts, *paths):
            with suppress(OSError):
                one.unlink(missing_ok=True)
        raise CalibrationFileError(f"no certificate can be written into {folder}: {error.strerror}") from error
    return paths


def as_html(content: dict[str, Any], figure: Any) -> str:
    """One page that opens anywhere."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    encoded = base64.b64encode(picture.getvalue()).decode()
    heads = "".join(f"<tr><th>{html.escape(n)}</th><td>{html.escape(v)}</td></tr>" for n, v in _head(content))
    columns, rows = _table(content)
    titles = "".join(f"<th>{html.escape(one)}</th>" for one in columns)
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(one)}</td>" for one in row) + "</tr>" for row in rows)
    return (
        f"<!doctype html><meta charset=utf-8><title>{content['kind']}</title><style>{_STYLE}</style>"
        f"<h1>Ionto: certificate of {content['kind']}</h1><p>{_NOTE}</p><table>{heads}</table>"
        f"<table><tr>{titles}</tr>{cells}</table><img alt='errors of the points' src='data:image/png;base64,{encoded}'>"
    )


def _head(content: dict[str, Any]) -> list[tuple[str, str]]:
    device = content["device"]
    rows = [
        ("Result", content["result"]), ("Board", device["board"]), ("Firmware", device["firmware"]),
        ("Made", content["made"]), ("Due again", content["due"]), ("Technician", content["technician"]),
        ("Meter", content["meter"]), ("Ambient", content["notes"] or "not noted"), ("SHA-256", content["sha256"]),
    ]  # fmt: skip
    return rows


def _table(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    if content["kind"] == "verification":
        rows = [
            [f"{c['range']} {c['kind']}", *(f"{c[name]:.6g}" for name in ("asked", "device", "meter", "allowed")),
             "pass" if c["passed"] else "FAIL"]
            for c in content["checks"]
        ]  # fmt: skip
        return ["quantity", "asked", "device", "meter", "allowed", ""], rows
    rows = [
        [line["range"], line["name"], f"{line['gain']:.6g}", f"{line['zero']:+.2f}", f"{line['worst_percent']:.3f} %"]
        for line in content["lines"]
    ]
    return ["range", "quantity", "gain per count", "offset, counts", "worst residual, of full scale"], rows


def _figure(content: dict[str, Any]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.4), layout="constrained")
    axes = figure.subplots()
    if content["kind"] == "verification":
        parts = [(c["device"] - c["meter"]) / c["allowed"] * 100 for c in content["checks"]]
        axes.bar(range(len(parts)), parts)
        axes.axhline(100, color="red", linewidth=0.8)
        axes.axhline(-100, color="red", linewidth=0.8)
        axes.set_ylabel("error, % of what is allowed")
        axes.set_xticks(range(len(parts)), [f"{c['range']}\n{c['meter']:.3g}" for c in content["checks"]], fontsize=7)
    else:
        for line in content["lines"]:
            axes.plot(line["residuals_percent"], marker="o", markersize=3, label=f"{line['range']} {line['name']}")
        axes.set_ylabel("residual, % of full scale")
        axes.set_xlabel("point")
        axes.legend(fontsize=6, ncols=4)
    axes.grid(alpha=0.3)
    return figure


def _write_pdf(content: dict[str, Any], figure: Any, path: Path) -> None:
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    page = Figure(figsize=(8.27, 11.69))
    columns, rows = _table(content)
    lines = [f"Ionto: certificate of {content['kind']}", _NOTE, ""]
    lines += [f"{name:<12} {value}" for name, value in _head(content)] + [""]
    lines += ["  ".join(f"{cell:<14}" for cell in row) for row in [columns, *rows]]
    page.text(0.07, 0.96, "\n".join(lines), family="monospace", fontsize=7.5, va="top")
    with PdfPages(path) as pdf:
        pdf.savefig(page)
        pdf.savefig(figure)
