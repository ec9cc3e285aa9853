"""Block digits for the figures that must be read from a distance: seven bars a digit, in any size.

Each sign of a size is put together once and then kept; drawing it is one `blit`.
"""

# The bars of each digit: top, upper right, lower right, bottom, lower left, upper left, middle = bits 0 to 6.
_BARS = (0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F)
_MONO_VLSB = 0  # framebuf.MONO_VLSB, without importing framebuf

# (width, height, thickness, gap) of a digit in pixels
BIG = (13, 22, 4, 3)
MEDIUM = (7, 13, 2, 2)

_signs = {}  # {(sign, size): [pixels, width, height, format]}


def width(string, size):
    """Width of `string` (digits, "." and ":") in pixels, without a gap after the last sign."""
    digit_px, _, thick_px, gap_px = size
    total = 0
    for sign in string:
        total += (thick_px if sign in ".:" else digit_px) + gap_px
    return total - gap_px if total else 0


def number(fb, string, x, y, size):
    """Draws `string` with its top left at (x, y); returns the x behind it."""
    for sign in string:
        key = (sign, size)
        drawn = _signs.get(key)
        if drawn is None:
            drawn = _signs[key] = _render(sign, size)
        fb.blit(drawn, x, y, 0)
        x += drawn[1] + size[3]
    return x


def _render(sign, size):
    """One sign as a source for blit. Raises ValueError for a sign that is not drawn here."""
    digit_px, height_px, thick_px, _ = size
    columns = [0] * (thick_px if sign in ".:" else digit_px)  # bit 0 is the top row
    if sign == ".":
        _fill(columns, 0, height_px - thick_px, thick_px, thick_px)
    elif sign == ":":
        _fill(columns, 0, height_px // 4, thick_px, thick_px)
        _fill(columns, 0, height_px - height_px // 4 - thick_px, thick_px, thick_px)
    elif sign == "1":
        _one(columns, size)
    else:
        _bars(columns, _BARS[int(sign)], size)
        _round_corners(columns, height_px, thick_px)
    pixels = bytearray([column >> 8 * page & 255 for page in range((height_px + 7) // 8) for column in columns])
    return [pixels, len(columns), height_px, _MONO_VLSB]


def _fill(columns, x, y, width_px, height_px):
    for column in range(x, x + width_px):
        columns[column] |= ((1 << height_px) - 1) << y


def _one(columns, size):
    """A stem with a flag and a foot: two bars at the right would leave a hole before them."""
    digit_px, height_px, thick_px, _ = size
    stem = (digit_px - thick_px + 1) // 2
    _fill(columns, stem, 0, thick_px, height_px)
    _fill(columns, stem - thick_px + thick_px // 4, thick_px // 2, thick_px, thick_px)
    _fill(columns, 1, height_px - thick_px, digit_px - 1, thick_px)


def _bars(columns, bars, size):
    digit_px, height_px, thick_px, _ = size
    right = digit_px - thick_px
    middle = (height_px - thick_px) // 2
    bottom = height_px - thick_px
    places = (
        (0, 0, digit_px, thick_px),
        (right, 0, thick_px, middle + thick_px),
        (right, middle, thick_px, height_px - middle),
        (0, bottom, digit_px, thick_px),
        (0, middle, thick_px, height_px - middle),
        (0, 0, thick_px, middle + thick_px),
        (0, middle, digit_px, thick_px),
    )
    for bit, (x, y, width_px, bar_px) in enumerate(places):
        if bars >> bit & 1:
            _fill(columns, x, y, width_px, bar_px)


def _round_corners(columns, height_px, thick_px):
    corners = 1 | 1 << (height_px - 1)
    columns[0] &= ~corners
    columns[-1] &= ~corners
    if thick_px >= 4:
        columns[0] &= ~(corners << 1 | corners >> 1)
        columns[-1] &= ~(corners << 1 | corners >> 1)
        columns[1] &= ~corners
        columns[-2] &= ~corners
