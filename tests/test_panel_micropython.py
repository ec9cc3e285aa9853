"""Buttons, panel, sounds and the display's driver run on MicroPython as they do on CPython."""

import os
import subprocess
from pathlib import Path

from tools import panel_screens

ROOT = Path(__file__).resolve().parent.parent


def test_panel_on_micropython_runs_every_scene():
    path = f"{ROOT / 'firmware'}:{panel_screens.SNAPSHOTS}:.frozen"
    out = subprocess.run(
        [panel_screens.micropython(), str(panel_screens.SNAPSHOTS / "panel_on_micropython.py")],
        env=dict(os.environ, MICROPYPATH=path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (out.stdout, out.stderr, out.returncode) == ("ok\n", "", 0)
