"""What the emulated chip is spared changes nothing of what it does."""

from __future__ import annotations

import inspect
import itertools
import subprocess
import sys
from typing import Any

import pytest
from rp2040py.rp2040 import RP2040

from hil.emu import fast
from hil.emu.image import micropython_uf2
from hil.process import ROOT

CONDITION = inspect.getattr_static(type(RP2040().core), "check_condition")

# The chip's first 40 ms, MicroPython's start, with and without.
SCRIPT = """
import hashlib, sys
sys.path[0:1] = ["hil/emu/shims", "."]
from pathlib import Path
from unittest.mock import Mock
from hil.emu import chip, pointers
pointers.install()
if sys.argv[1] == "slow":
    chip.speed_up = lambda made: None
made = chip.Chip(Path(sys.argv[2]), b"")
made.kernel.board = made.kernel.stage = made.kernel.interlock = made.kernel.truth = Mock(powered=True, overloaded=0)
made.start(1)
made.run_until(40_000)
core = made.rp2040.core
print(core.cycles, [core.registers[n] for n in range(16)], hashlib.sha256(bytes(made.rp2040.sram)).hexdigest())
"""


@pytest.mark.parametrize("condition", range(16))
def test_branch_is_taken_by_the_same_flags(condition: int) -> None:
    core: Any = RP2040().core
    for core.n, core.z, core.c, core.v in itertools.product((False, True), repeat=4):
        assert bool(fast.is_taken(core, condition)) == bool(CONDITION(core, condition))


def _start(kind: str) -> str:
    command = [sys.executable, "-c", SCRIPT, kind, str(micropython_uf2())]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.emu
@pytest.mark.only_emu
def test_chip_has_the_same_cycles_registers_and_memory() -> None:
    plain, spared = _start("slow"), _start("fast")
    assert spared == plain
    assert int(spared.split()[0]) > 500_000
