"""Text for the panel in a small proportional font, drawn into a framebuf letter by letter; nothing is kept.

`fb` is any 128x64 framebuf in MONO_VLSB whose memory viper can write to, as it can to MicroPython's own.
"""

import micropython
from micropython import const

from ionto.font_letters import EXTRA, GLYPHS

HEIGHT = 8
GAP = 1  # between letters

_BOLD = const(1 << 8)
_DARK = const(1 << 9)
_UNSEEN = const(1 << 10)  # only measured
_Y_SHIFT = const(11)
_X_SHIFT = const(18)
_X_BASE = const(512)  # so that text may begin left of the display


def _extra(code):
    """Place of a letter that ASCII lacks; one that the font lacks too is drawn as "?"."""
    return EXTRA.get(chr(code), 31)


@micropython.viper
def _line(target: ptr8, text: ptr8, glyphs: ptr8, how: int) -> int:
    """Draws the letters of `text`, UTF-8, and returns the x behind the last one's gap. What is outside is left out.

    `how` has their number in its low 8 bits, _BOLD and so on, y from _Y_SHIFT on and x + _X_BASE from _X_SHIFT on.
    Bold is a letter over itself, shifted by one; of m and w, which would become blots, only the outer stems.
    """
    letters = how & 0xFF
    bold = 1 if how & _BOLD else 0
    dark = how & _DARK
    unseen = how & _UNSEEN
    y = (how >> _Y_SHIFT) & 0x7F
    x = (how >> _X_SHIFT) - _X_BASE
    shift = y & 7
    row = (y >> 3) * 128
    at = 0
    while letters > 0:
        letters -= 1
        code = text[at]
        at += 1
        if code >= 0xC0:
            is_long = code >= 0xE0
            code = ((code & 0x1F) << 6) | (text[at] & 0x3F)
            at += 1
            if is_long:
                code = ((code & 0x3FF) << 6) | (text[at] & 0x3F)
                at += 1
        place = 31
        if code > 126:
            place = int(_extra(code))
        elif code >= 32:
            place = code - 32
        glyph = place * 6 + 1  # the first of its columns
        columns = glyphs[glyph - 1]
        narrow = 0
        if bold:
            if code == 109 or code == 119:  # m, w
                narrow = 1
            columns += 1 + narrow
        if unseen:
            x += columns + 1
            continue
        last = columns - 1 - bold - narrow  # index of the glyph's own last column
        i = 0
        while i < columns:
            bits = 0
            if narrow:
                if i == 0:
                    bits = glyphs[glyph]
                elif i > last:
                    bits = glyphs[glyph + last]
                else:
                    bits = glyphs[glyph + i - 1]
            else:
                if i <= last:
                    bits = glyphs[glyph + i]
                if bold and i:
                    bits |= glyphs[glyph + i - 1]
            if bits and x >= 0 and x < 128:
                bits <<= shift
                index = row + x
                while bits and index < 1024:
                    if dark:
                        target[index] &= ~(bits & 0xFF) & 0xFF
                    else:
                        target[index] |= bits & 0xFF
                    bits >>= 8
                    index += 128
            x += 1
            i += 1
        x += 1
    return x


def _put(fb, string, how):
    return _line(fb, string, GLYPHS, how)  # type: ignore[arg-type]  (bytes, which are only read)


def text_width(string, bold=False):
    """Width of `string` in pixels, without a gap after the last letter."""
    how = len(string) | _UNSEEN | _X_BASE << _X_SHIFT
    if bold:
        how |= _BOLD
    return _put(GLYPHS, string, how) - GAP if string else 0


def text(fb, string, x, y, color=1, bold=False):
    """Draws `string` with its top left at (x, y), light or (0) dark; returns the x behind it."""
    how = len(string) | y << _Y_SHIFT | (x + _X_BASE) << _X_SHIFT
    if bold:
        how |= _BOLD
    return _put(fb, string, how if color else how | _DARK)


def centred(fb, string, y, color=1, bold=False, left=0, right=128):
    """Draws `string` in the middle between `left` and `right`."""
    text(fb, string, left + (right - left - text_width(string, bold)) // 2, y, color, bold)


def right_aligned(fb, string, right, y, color=1, bold=False):
    """Draws `string` so that it ends before `right`."""
    text(fb, string, right - text_width(string, bold), y, color, bold)


def wrap(string, width_px, bold=False):
    """The words of `string` as a list of lines no wider than `width_px`. A single word that is wider stays whole."""
    space_px = text_width(" ", bold) + 2 * GAP
    lines = []
    words = []
    used_px = 0
    for word in string.split():
        word_px = text_width(word, bold)
        if words and used_px + space_px + word_px > width_px:
            lines.append(" ".join(words))
            words = []
            used_px = 0
        used_px += word_px + space_px if words else word_px
        words.append(word)
    if words:
        lines.append(" ".join(words))
    return lines
