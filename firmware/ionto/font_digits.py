"""Block digits for the figures that must be read from a distance, in two sizes. `fb` is what font.py takes."""

import micropython
from micropython import const

from ionto import font_letters

# (pixels; width, height, thickness, gap of a digit in pixels)
BIG = (font_letters.BIG,) + font_letters.BIG_SIZE
MEDIUM = (font_letters.MEDIUM,) + font_letters.MEDIUM_SIZE

_PAGES_SHIFT = const(6)
_Y_SHIFT = const(9)
_X_SHIFT = const(16)


def width(string, size):
    """Width of `string` (digits, "." and ":") in pixels, without a gap after the last sign."""
    _, digit_px, _, thick_px, gap_px = size
    total = 0
    for sign in string:
        total += (thick_px if sign in ".:" else digit_px) + gap_px
    return total - gap_px if total else 0


def number(fb, string, x, y, size):
    """Draws `string` with its top left at (x, y), where it must be on the display; returns the x behind it.

    Raises ValueError for what is not a digit, "." or ":".
    """
    pixels, digit_px, height_px, thick_px, gap_px = size
    pages = (height_px + 7) // 8
    how = pages << _PAGES_SHIFT | y << _Y_SHIFT
    for sign in string:
        if sign in ".:":
            at = (10 * digit_px + (thick_px if sign == ":" else 0)) * pages
            columns = thick_px
        else:
            at = int(sign) * digit_px * pages
            columns = digit_px
        _sign(fb, pixels, at, columns | how | x << _X_SHIFT)
        x += columns + gap_px
    return x


@micropython.viper
def _sign(target: ptr8, pixels: ptr8, at: int, how: int):
    """Draws one sign, light. `how` has its columns in the low 6 bits, its pages, y and x above them."""
    columns = how & 0x3F
    pages = (how >> _PAGES_SHIFT) & 7
    y = (how >> _Y_SHIFT) & 0x7F
    x = how >> _X_SHIFT
    index = (y >> 3) * 128 + x
    end = columns
    if x + columns > 128:
        end = 128 - x
    i = 0
    while i < end:
        bits = 0
        page = pages
        while page > 0:
            page -= 1
            bits = (bits << 8) | pixels[at + page * columns + i]
        bits <<= y & 7
        place = index + i
        while bits and place < 1024:
            target[place] |= bits & 0xFF
            bits >>= 8
            place += 128
        i += 1
