"""Text for the panel in a small proportional font, drawn into a framebuf.

A string becomes a strip of pixels once, and is then one `blit` for as long as it is kept; putting the letters of a
whole screen together takes the chip many times as long. `allow` says how many letters may be put together before
`Unfinished` is raised: what is done by then is kept, so whoever draws again gets further. Works on anything that has
framebuf's `blit` with a list as its source.
"""

from ionto.font_letters import COLUMNS, EXTRA, PIXELS, WIDTHS

HEIGHT = 8
GAP = 1  # between letters
_MONO_VLSB = 0  # framebuf.MONO_VLSB, without importing framebuf
_NARROW_GAPS = "mw"  # shifted over themselves, these would become blots: only their outer stems are doubled
_KEPT = 64  # strips; more than two screens have
_WRAPPED_KEPT = 16

# {string: [pixels, width, height, format]}, apart for light, dark, light bold, dark bold.
_strips = ({}, {}, {}, {})
_wrapped = {}  # {(string, width, bold): lines}

_allowed = None  # letters; None: any number


class Unfinished(Exception):
    """More letters were needed than `allow` allowed; the drawing is half done."""


def allow(letters):
    """Lets that many letters be put together from now on, or any number (None)."""
    global _allowed
    _allowed = letters


def _charge(letters):
    """Counts letters that are about to be put together; at least one string may, so that every try gets further."""
    global _allowed
    if _allowed is not None:
        if _allowed <= 0:
            raise Unfinished
        _allowed -= letters


def _place(letter):
    """Index of a letter in the tables; a letter that the font lacks is drawn as "?"."""
    number = ord(letter)
    if 32 <= number <= 126:
        return number - 32
    return EXTRA.get(letter, 31)


def letters_width(string, bold=False):
    """Width of `string` in pixels, without a gap after the last letter."""
    total = 0
    for letter in string:
        total += WIDTHS[_place(letter)] + GAP
        if bold:
            total += 2 if letter in _NARROW_GAPS else 1
    return total - GAP if total else 0


def _bolder(letter, columns):
    """A letter's columns over themselves, shifted by one."""
    if letter in _NARROW_GAPS:
        return columns[:1] + columns + columns[-1:]
    padded = columns + b"\0"
    return bytes([padded[index] | (padded[index - 1] if index else 0) for index in range(len(padded))])


def _render(string, dark, bold):
    pixels = bytearray(letters_width(string, bold))
    x = 0
    for letter in string:
        place = _place(letter)
        columns = PIXELS[place * COLUMNS : place * COLUMNS + WIDTHS[place]]
        if bold:
            columns = _bolder(letter, columns)
        pixels[x : x + len(columns)] = columns
        x += len(columns) + GAP
    if dark:
        for column in range(len(pixels)):
            pixels[column] ^= 255
    return [pixels, len(pixels), HEIGHT, _MONO_VLSB]


def _strip(string, dark, bold):
    kept = _strips[(2 if bold else 0) + (1 if dark else 0)]
    strip = kept.get(string)
    if strip is None:
        if len(kept) >= _KEPT:
            kept.clear()
        _charge(len(string))
        strip = _render(string, dark, bold)
        kept[string] = strip
    return strip


def _blit(fb, strip, x, y, dark):
    if strip[1]:
        fb.blit(strip, x, y, 1 if dark else 0)  # the last is the colour that leaves the display as it was
    return x + strip[1] + GAP


def text(fb, string, x, y, color=1, bold=False):
    """Draws `string` with its top left at (x, y), light or (0) dark; returns the x behind it."""
    return _blit(fb, _strip(string, not color, bold), x, y, not color)


def centred(fb, string, y, color=1, bold=False, left=0, right=128):
    """Draws `string` in the middle between `left` and `right`."""
    strip = _strip(string, not color, bold)
    _blit(fb, strip, left + (right - left - strip[1]) // 2, y, not color)


def right_aligned(fb, string, right, y, color=1, bold=False):
    """Draws `string` so that it ends before `right`."""
    strip = _strip(string, not color, bold)
    _blit(fb, strip, right - strip[1], y, not color)


def text_width(string, color=1, bold=False):
    """Width in pixels of a `string` that is going to be drawn in that colour and weight."""
    return _strip(string, not color, bold)[1]


def wrap(string, width_px, bold=False):
    """The words of `string` as a list of lines no wider than `width_px`. A single word that is wider stays whole."""
    key = (string, width_px, bold)
    lines = _wrapped.get(key)
    if lines is None:
        if len(_wrapped) >= _WRAPPED_KEPT:
            _wrapped.clear()
        _charge(len(string) // 2)
        lines = _wrapped[key] = _wrap(string, width_px, bold)
    return lines


def _wrap(string, width_px, bold):
    space_px = letters_width(" ", bold) + 2 * GAP
    lines = []
    words = []
    used_px = 0
    for word in string.split():
        word_px = letters_width(word, bold)
        if words and used_px + space_px + word_px > width_px:
            lines.append(" ".join(words))
            words = []
            used_px = 0
        used_px += word_px + space_px if words else word_px
        words.append(word)
    if words:
        lines.append(" ".join(words))
    return lines
