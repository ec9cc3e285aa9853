"""Certificates of a calibration or a verification: JSON with its content's hash, HTML and PDF of the same content."""

import hashlib
import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from host_tools import certificate_pages as pages
from host_tools.calibration_errors import CalibrationFileError

DUE_DAYS = 365
KINDS = ("calibration", "verification")
_WHOLE = {"kind", "made", "due", "note", "device", "technician", "notes", "result", "meter", "sha256"}
NOTE = "Not a medical device. For development and for dummy loads."


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 over the content without its own hash, in a fixed form."""
    body = {name: value for name, value in content.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def make(kind: str, now: datetime, device: dict[str, Any], people: dict[str, str], **results: Any) -> dict[str, Any]:
    """A certificate's content: `kind` is "calibration" or "verification"; the results are as they stand in JSON."""
    content = {
        "kind": kind, "made": now.isoformat(timespec="seconds"),
        "due": (now + timedelta(days=DUE_DAYS)).date().isoformat(), "note": NOTE,
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
    if not (isinstance(content, dict) and content.keys() >= _WHOLE and content["kind"] in KINDS):
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
    figure = pages.figure(content)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parts[0].write_text(text_of(content), encoding="utf-8")
        parts[1].write_text(pages.as_html(content, figure), encoding="utf-8")
        pages.write_pdf(content, figure, parts[2])
        for part, path in zip(parts, paths, strict=True):
            part.replace(path)
    except OSError as error:
        for one in (*parts, *paths):
            with suppress(OSError):
                one.unlink(missing_ok=True)
        raise CalibrationFileError(f"no certificate can be written into {folder}: {error.strerror}") from error
    return paths
