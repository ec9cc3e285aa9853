"""Certificates: the same content as JSON, HTML and PDF, and a hash that sees any change."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from host_tools import certificate

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CHECKS = [
    {"kind": "current", "range": "BODY", "asked": 5e-3, "device": 5.01e-3, "meter": 5e-3, "allowed": 1e-4,
     "passed": True},
]  # fmt: skip
LINES = [
    {"range": "FACE", "name": "a", "gain": 1.25e-6, "zero": 0.4, "residuals_percent": [0.01, -0.01],
     "worst_percent": 0.01},
]  # fmt: skip

POINTS = [
    {"kind": "current", "range": 0, "asked": 1500, "meter": 1.4971e-3, "a_raw": 1200.25, "b_raw": 205.5, "v_raw": 240.0,
     "dac": 1500.0, "amplifier": 480.0},
]  # fmt: skip


def made(kind: str) -> dict:
    results = {"checks": CHECKS} if kind == "verification" else {"lines": LINES, "points": POINTS}
    return certificate.make(
        kind, NOW, {"board": "53494d", "firmware": "0.1.0"}, {"technician": "A. <b>Tester</b>", "notes": "23 °C"},
        meter="DMM", result="passed", **results,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["calibration", "verification"])
def test_certificate_is_written_three_times_with_one_content(kind: str, tmp_path: Path) -> None:
    paths = certificate.write(made(kind), tmp_path / "new")
    assert [path.suffix for path in paths] == [".json", ".html", ".pdf"]
    content = json.loads(paths[0].read_text(encoding="utf-8"))
    assert certificate.is_genuine(content)
    assert content["due"] == "2027-03-01"
    page = paths[1].read_text(encoding="utf-8")
    assert content["sha256"] in page
    assert "A. &lt;b&gt;Tester&lt;/b&gt;" in page
    assert ("5.0100 mA" if kind == "verification" else "1.4971 mA") in page
    assert kind == "verification" or "1.25 µA" in page
    assert "http" not in page, "opens without a network"
    assert paths[2].read_bytes().startswith(b"%PDF")


def test_any_change_of_the_content_is_seen() -> None:
    content = made("calibration")
    assert certificate.is_genuine(content)
    for name in content:
        assert not certificate.is_genuine(content | {name: "other"}), name
