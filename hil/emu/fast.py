"""Spares the emulated chip's compiled core what it does through Python on every instruction. Half the time is left.

What the code does, and how many cycles it takes, stays the same: what is replaced here does the same in less time, or
is for parts that Ionto-1 does not use.

- Before every access to memory the core looks up whether its method is overridden in Python: the attribute, a bound
  method made for it, the function in that. Where the attribute already is the core's own function, nothing is made.
- Every branch asks a compiled method of the limited API, which is slower to call than a plain function.
- Every call tells `bl_taken`, which does nothing.
- Every instruction steps the PIO blocks.
"""

from __future__ import annotations

import operator
from typing import Any

_ACCESSES = ("read_uint8", "read_uint16", "read_uint32", "write_uint8", "write_uint16", "write_uint32")


class _Bus:
    """The chip for the DMA, which calls its accesses from Python."""

    def __init__(self, chip: Any):
        self._chip = chip
        for name in _ACCESSES:
            setattr(self, name, getattr(chip, name))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chip, name)


def is_taken(core: Any, condition: int) -> bool:
    """Whether a branch with this condition (ARMv6-M, A6.3) is taken: 0 to 15, the odd ones negate the even."""
    if condition < 2:
        result = core.z
    elif condition < 4:
        result = core.c
    elif condition < 6:
        result = core.n
    elif condition < 8:
        result = core.v
    elif condition < 10:
        result = core.c and not core.z
    elif condition < 12:
        result = core.n == core.v
    elif condition < 14:
        result = core.n == core.v and not core.z
    else:
        return True
    return not result if condition & 1 else result


def _without_pio(chip: Any) -> None:
    """The blocks are there for a reset only; code that uses one fails."""
    blocks = chip.pio
    reset = chip.reset

    def reset_all(*arguments: Any, **options: Any) -> None:
        chip.pio = blocks
        reset(*arguments, **options)
        chip.pio = []

    chip.reset = reset_all
    chip.pio = []


def _plain_accesses(chip: Any) -> None:
    bus = _Bus(chip)
    chip.dma.rp2040 = bus
    for channel in chip.dma.channels:
        channel.rp2040 = bus
    for name in _ACCESSES:
        setattr(chip, name, vars(type(chip))[name])


def speed_up(chip: Any) -> None:
    """Changes `chip`, an RP2040 of rp2040py."""
    _without_pio(chip)
    chip.core.bl_taken = operator.is_  # takes two arguments and does nothing, in C
    if not type(chip).__module__.startswith("rp2040py.native"):
        return
    _plain_accesses(chip)
    core: Any = type(chip.core)
    step = vars(core)["execute_instruction"]
    if not isinstance(step, staticmethod):
        core.execute_instruction = staticmethod(step)
        core.check_condition = is_taken
