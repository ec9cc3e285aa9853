"""Text for the panel: a small proportional font and block digits in any size, drawn into a framebuf.

Works on anything that has framebuf's `blit` (with a list as its source) and `fill_rect`.
"""

from ionto.font_letters import COLUMNS, EXTRA, PIXELS, WIDTHS

HEIGHT = 8
GAP = 1  # between letters
_NARROW_GAPS = "mw"  # drawn twice, these would become blots
_MONO_VLSB = 0  # framebuf.MONO_VLSB, without importing framebuf

# One letter at a time is copied here and blitted from here: nothing is allocated for each letter but a slice.
_letter = bytearray(COLUMNS)
_source = [_letter, COLUMNS, HEIGHT, _MONO_VLSB]


def _place(letter):
    """Index of a letter in the tables; a letter that the font lacks is drawn as "?"."""
    number = ord(letter)
    if 32 <= number <= 126:
        return number - 32
    return EXTRA.get(letter, 31)


def text_width(string, bold=False):
    """Width of `string` in pixels as `text` draws it, without a gap after the last letter."""
    total = 0
    for letter in string:
        total += WIDTHS[_place(letter)] + GAP
        if bold and letter not in _NARROW_GAPS:
            total += 1
    return total - GAP if total else 0


def text(fb, string, x, y, color=1, bold=False):
    """Draws `string` with its top left at (x, y); returns the x behind it."""
    key = 0 if color else 1  # the pixels that are left as they were
    for letter in string:
        place = _place(letter)
        start = place * COLUMNS
        _letter[:] = PIXELS[start : start + COLUMNS]
        if not color:
            for column in range(COLUMNS):
                _letter[column] ^= 255
        _source[1] = WIDTHS[place]
        fb.blit(_source, x, y, key)
        if bold and letter not in _NARROW_GAPS:
            fb.blit(_source, x + 1, y, key)
            x += 1
        x += _source[1] + GAP
    return x


def centred(fb, string, y, color=1, bold=False, left=0, right=128):
    """Draws `string` in the middle between `left` and `right`."""
    text(fb, string, left + (right - left - text_width(string, bold)) // 2, y, color, bold)


def right_aligned(fb, string, right, y, color=1, bold=False):
    """Draws `string` so that it ends before `right`."""
    text(fb, string, right - text_width(string, bold), y, color, bold)


def wrap(string, width_px, bold=False):
    """The words of `string` as a list of lines no wider than `width_px`. A single word that is wider stays whole."""
    lines = []
    line = ""
    for word in string.split():
        longer = line + " " + word if line else word
        if line and text_width(longer, bold) > width_px:
            lines.append(line)
            line = word
        else:
            line = longer
    if line:
        lines.append(line)
    return lines
