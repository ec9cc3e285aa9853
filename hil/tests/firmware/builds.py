"""A build of the firmware as it stands on a device, for the simulated board: sources in place of compiled files."""

from __future__ import annotations

import shutil
from pathlib import Path

from hil.board_config import FIRMWARE
from tools.compile_firmware import stamped, sums, write_manifest

DIGEST = "0123456789ab"


def write_build(folder: Path) -> Path:
    """Copies the firmware into `folder`, with its stamp and its manifest. Returns the folder."""
    shutil.copytree(FIRMWARE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    version = folder / "ionto" / "version.py"
    version.write_text(stamped(version.read_text(), BUILD=DIGEST, **sums(folder)))
    write_manifest(folder, DIGEST, "no compiler")
    return folder


def files_of(folder: Path) -> list[str]:
    """The files that its manifest lists."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
