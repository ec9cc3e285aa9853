"""`ionto report`: a session, a recording or a device over months, as HTML and PDF."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli_db import BoardOption, DbOption, open_db
from host_tools.extras import need
from host_tools.recording_info import RecordingError


class ReportFormat(StrEnum):
    """Files that a report can be."""

    HTML = "html"
    PDF = "pdf"
    BOTH = "both"


def report(
    db: DbOption = None,
    board: BoardOption = None,
    session: Annotated[int | None, typer.Option("--session", metavar="N", help="This session of the log only.")] = None,
    recording: Annotated[
        int | None, typer.Option("--recording", metavar="ID", help="A recording of the database instead of the log.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="NAME", help="Files to write, without ending.")] = Path(
        "report"
    ),
    form: Annotated[ReportFormat, typer.Option("--format", "-f", help="What to write.")] = ReportFormat.BOTH,
    details: Annotated[
        int, typer.Option("--details", min=0, metavar="N", help="Draw the last N sessions one by one.")
    ] = 10,
    force: Annotated[bool, typer.Option("--force", help="Replace files.")] = False,
) -> None:
    """Report what a device has done, from the bench database: read it with `ionto log` first.

    The HTML file needs no network and no other file; its plots zoom and tell their values.

    Example: ionto report --out tuesday --format html
    """
    need("numpy", "matplotlib", *(["plotly"] if form is not ReportFormat.PDF else []))
    # Imported here: they take a second to load, and only this command needs them.
    from host_tools import report_data, report_pdf

    endings = ("html", "pdf") if form is ReportFormat.BOTH else (form.value,)
    files = {ending: out.with_name(f"{out.name}.{ending}") for ending in endings}
    for path in files.values():
        if path.exists() and not force:
            raise RecordingError(f"{path} exists already; --force replaces it")
    to_html = _html() if "html" in files else None
    with open_db(db) as bench:
        if recording is not None:
            view = report_data.recording_view(bench, recording)
            page = to_html.view_html(view) if to_html else ""
            write_pdf = lambda path: report_pdf.view_pdf(view, path)  # noqa: E731
        else:
            found = report_data.device_report(bench, board, details, session)
            page = to_html.device_html(found) if to_html else ""
            write_pdf = lambda path: report_pdf.device_pdf(found, path)  # noqa: E731
    _make_folder(out.parent)
    if "html" in files:
        _write_text(files["html"], page)
    if "pdf" in files:
        write_pdf(files["pdf"])
    for path in files.values():
        print(path)


def _html():
    from host_tools import report_html

    return report_html


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot write to {folder}: {error.strerror or error}") from error


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise RecordingError(f"cannot write {path}: {error.strerror or error}") from error
