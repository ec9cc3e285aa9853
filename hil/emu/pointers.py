"""Viper's pointers for the simulated board's modules under CPython: 32 bits, read unsigned, written modulo 2**32."""

from __future__ import annotations

import builtins
from array import array
from typing import Any


class Words:
    """`ptr32` of an array of 32-bit words."""

    __slots__ = ("_view",)

    def __init__(self, words: array[int]):
        self._view = memoryview(words).cast("B").cast("I")

    def __getitem__(self, index: int) -> int:
        return self._view[index]

    def __setitem__(self, index: int, value: int) -> None:
        self._view[index] = value & 0xFFFFFFFF


_made: dict[int, tuple[Any, Words]] = {}  # keeps the array alive, so that its id stays its own


def ptr32(words: array[int]) -> Words:
    """The pointer to `words`; the same one every time."""
    found = _made.get(id(words))
    if found is None:
        found = _made[id(words)] = (words, Words(words))
    return found[1]


def install() -> None:
    """Makes the names that viper code uses known to every module."""
    for name, value in {"ptr32": ptr32, "ptr8": lambda data: data}.items():
        setattr(builtins, name, value)
