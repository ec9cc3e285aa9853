"""What a simulated board is made of: its spread from a seed, the files it runs, where it finds modules."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

from hil.process import ROOT, RigError
from hil.sim import facts

FIRMWARE = ROOT / "firmware"


def draw_spread(seed: int, sigma: float) -> dict[str, float]:
    """One board's factors and offsets, `sigma` times the spread of its parts. 0 is the nominal board."""
    source = random.Random(f"board {seed}")
    spread = {name: 1 + sigma * one * source.gauss() for name, one in facts.SPREAD.items()}
    spread |= {name: sigma * one * source.gauss() for name, one in facts.SPREAD_OFFSETS_LSB.items()}
    return spread | {"ch2_gain": 1.0, "ground_lsb": 0.0}  # only a defect moves these


def firmware_files(folder: Path) -> list[str]:
    """boot.py and main.py, in order. Raises RigError that names what is missing."""
    files = [folder / name for name in ("boot.py", "main.py")]
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        raise RigError(f"no firmware to run: {', '.join(missing)} missing")
    return [str(path) for path in files]


def search_path(extra: Sequence[str], firmware: Path) -> list[str]:
    """Where the board's process finds modules: the shims first, loads of one's own last."""
    own = [ROOT / "hil" / "sim" / "shims", firmware, ROOT, Path.cwd()]
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [str(p) for p in own] + [str(Path(p).resolve()) for p in [*extra, *inherited] if p]
