"""Certificates in the bench database: each once, whatever it comes from."""

import json
from datetime import datetime
from typing import Any

from host_tools import certificate
from host_tools.bench_db import BenchDb, utc_text
from host_tools.bench_tables import document

PASSED = ("calibrated", "passed")


def keep_calibration(db: BenchDb, content: dict[str, Any], payload: bytes) -> int:
    """Keeps what was written to a device, with its points and lines; its number."""
    body = {name: content[name] for name in ("device", "meter", "notes", "points", "lines", "factors")}
    return db.add_document(
        "calibrations", certificate.text_of(body), _made(content), board_id=content["device"]["board"],
        technician=content["technician"], payload=payload,
    )  # fmt: skip


def calibration_of(db: BenchDb, board_id: str, payload: bytes) -> int | None:
    """The calibration that this record in the device is, if it was made with this database."""
    query = "SELECT max(id) FROM calibrations WHERE board_id = ? AND payload = ?"
    number = db.value(query, board_id, payload) if payload else None
    return None if number is None else int(number)


def keep(db: BenchDb, content: dict[str, Any], calibration: int | None = None) -> tuple[int, bool]:
    """Keeps a certificate once; its number, and whether it is new."""
    before = db.value("SELECT count(*) FROM certificates")
    number = db.add_document(
        "certificates", certificate.text_of(content), _made(content), board_id=content["device"]["board"],
        kind=content["kind"], due_utc=utc_text(datetime.fromisoformat(content["due"] + "T00:00:00+00:00")),
        technician=content["technician"], passed=int(content["result"] in PASSED), calibration_id=calibration,
    )  # fmt: skip
    return number, db.value("SELECT count(*) FROM certificates") > before


def kept(db: BenchDb, number: int) -> dict[str, Any] | None:
    """The certificate of that number, or None."""
    row = document(db, "certificates", number)
    return None if row is None else json.loads(row["content"])


def _made(content: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(content["made"])
