"""Reads the display as a person would: looks for words among the pixels that are lit."""

from __future__ import annotations

import numpy as np

from hil.rig import Rig
from ionto.font_letters import COLUMNS, EXTRA, PIXELS, WIDTHS

_ROWS = 8
_NO_BOLD = "mw"


def shows(rig: Rig, *texts: str) -> bool:
    """True if every one of `texts` stands somewhere on the display, light or dark, plain or bold, on one line."""
    lit = np.array(rig.panel.image().convert("1"), dtype=bool)
    return all(_find(lit, text) for text in texts)


def _find(lit: np.ndarray, text: str) -> bool:
    return any(_is_in(lit, pixels) or _is_in(~lit, pixels) for pixels in (_draw(text, False), _draw(text, True)))


def _is_in(lit: np.ndarray, pixels: np.ndarray) -> bool:
    if pixels.shape[1] > lit.shape[1]:
        return False
    windows = np.lib.stride_tricks.sliding_window_view(lit, pixels.shape)
    return bool((windows == pixels).all(axis=(2, 3)).any())


def _draw(text: str, bold: bool) -> np.ndarray:
    """The pixels of a line of text, from its first column to its last."""
    columns: list[int] = []
    for letter in text:
        place = EXTRA.get(letter, ord(letter) - 32)
        own = list(PIXELS[place * COLUMNS : place * COLUMNS + WIDTHS[place]])
        if bold and letter not in _NO_BOLD:
            own = [a | b for a, b in zip([*own, 0], [0, *own], strict=True)]
        columns += [*own, 0]
    columns.pop()
    bits = [[bool(column >> row & 1) for column in columns] for row in range(_ROWS)]
    return np.array(bits, dtype=bool)
