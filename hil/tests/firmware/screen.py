"""Reads the display as a person would: looks for words among the pixels that are lit."""

from __future__ import annotations

import numpy as np

from hil.rig import Rig
from ionto import font

_LIGHT = 1
_WIDTH = 128


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
    width = font.text_width(text, bold)
    line = bytearray(_WIDTH)
    font.text(line, text, 0, 0, _LIGHT, bold)
    columns = np.frombuffer(line, dtype=np.uint8)[:width]
    return (columns >> np.arange(font.HEIGHT, dtype=np.uint8)[:, None] & 1).astype(bool)
