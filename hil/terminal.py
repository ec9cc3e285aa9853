"""A terminal as a panel: keys as they are pressed, and the display in block characters. Restores what it changed."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from types import TracebackType
from typing import Self

from PIL import Image

_ESCAPES = {b"\x1b[A": "up", b"\x1b[B": "down"}
_HALVES = " ▀▄█"
_BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Terminal:
    """Raw keys and an alternate screen while it is entered; both given back on leaving, by whatever way."""

    def __enter__(self) -> Self:
        self._descriptor = sys.stdin.fileno()
        self._saved = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        sys.stdout.write("\x1b[?1049h\x1b[?25l\x1b[2J")
        sys.stdout.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._saved)
        sys.stdout.write("\x1b[?25h\x1b[?1049l")
        sys.stdout.flush()

    def pressed(self) -> list[str]:
        """Keys pressed since the last call; arrows as `up` and `down`."""
        found = []
        while select.select([self._descriptor], [], [], 0)[0]:
            data = os.read(self._descriptor, 32)
            if not data:
                return [*found, "q"]
            found += [_ESCAPES[data]] if data in _ESCAPES else list(data.decode(errors="ignore"))
        return found

    def show(self, lines: list[str]) -> None:
        """Replaces what is on the screen."""
        rows = shutil.get_terminal_size().lines - 1
        text = "".join(f"{line}\x1b[K\n" for line in lines[:rows])
        sys.stdout.write(f"\x1b[H{text}\x1b[J")
        sys.stdout.flush()


def blocks(image: Image.Image, columns: int) -> list[str]:
    """`image` in half blocks (a character is 1×2 pixels), or in braille (2×4) where that is too wide."""
    return _half_blocks(image) if columns >= image.width + 2 else _braille(image)


def _half_blocks(image: Image.Image) -> list[str]:
    pixels = image.convert("L").tobytes()
    width = image.width
    lines = []
    for y in range(0, image.height, 2):
        upper, lower = pixels[y * width : (y + 1) * width], pixels[(y + 1) * width : (y + 2) * width]
        lines.append("".join(_HALVES[bool(a) + 2 * bool(b)] for a, b in zip(upper, lower, strict=True)))
    return lines


def _braille(image: Image.Image) -> list[str]:
    pixels = image.convert("L").tobytes()
    width = image.width
    lines = []
    for y in range(0, image.height, 4):
        line = ""
        for x in range(0, width, 2):
            bits = sum(
                bit
                for dy, row in enumerate(_BRAILLE_BITS)
                for dx, bit in enumerate(row)
                if pixels[(y + dy) * width + x + dx]
            )
            line += chr(0x2800 + bits)
        lines.append(line)
    return lines
