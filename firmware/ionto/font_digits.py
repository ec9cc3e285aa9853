"""Block digits for the figures that must be read from a distance: seven bars a digit, in any size."""

# The bars of each digit: top, upper right, lower right, bottom, lower left, upper left, middle = bits 0 to 6.
_BARS = (0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F)

# (width, height, thickness, gap) of a digit in pixels
BIG = (13, 22, 4, 3)
MEDIUM = (7, 13, 2, 2)


def width(string, size):
    """Width of `string` (digits, ".", ":", "-" and spaces) in pixels, without a gap after the last sign."""
    digit_px, _, thick_px, gap_px = size
    total = 0
    for sign in string:
        total += (thick_px if sign in ".:" else digit_px) + gap_px
    return total - gap_px if total else 0


def number(fb, string, x, y, size, color=1):
    """Draws `string` with its top left at (x, y); returns the x behind it."""
    digit_px, height_px, thick_px, gap_px = size
    for sign in string:
        if sign == ".":
            fb.fill_rect(x, y + height_px - thick_px, thick_px, thick_px, color)
        elif sign == ":":
            fb.fill_rect(x, y + height_px // 4, thick_px, thick_px, color)
            fb.fill_rect(x, y + height_px - height_px // 4 - thick_px, thick_px, thick_px, color)
        elif sign == "-":
            fb.fill_rect(x, y + (height_px - thick_px) // 2, digit_px, thick_px, color)
        elif sign == "1":
            _one(fb, x, y, size, color)
        elif sign != " ":
            _digit(fb, _BARS[ord(sign) - 48], x, y, size, color)
        x += (thick_px if sign in ".:" else digit_px) + gap_px
    return x


def _one(fb, x, y, size, color):
    """A stem with a flag and a foot: two bars at the right would leave a hole before them."""
    digit_px, height_px, thick_px, _ = size
    stem = x + (digit_px - thick_px + 1) // 2
    fb.fill_rect(stem, y, thick_px, height_px, color)
    fb.fill_rect(stem - thick_px + thick_px // 4, y + thick_px // 2, thick_px, thick_px, color)
    fb.fill_rect(x + 1, y + height_px - thick_px, digit_px - 1, thick_px, color)


def _digit(fb, bars, x, y, size, color):
    digit_px, height_px, thick_px, _ = size
    right = x + digit_px - thick_px
    middle = y + (height_px - thick_px) // 2
    bottom = y + height_px - thick_px
    upper_px = middle - y + thick_px
    lower_px = y + height_px - middle
    if bars & 1:
        fb.fill_rect(x, y, digit_px, thick_px, color)
    if bars & 2:
        fb.fill_rect(right, y, thick_px, upper_px, color)
    if bars & 4:
        fb.fill_rect(right, middle, thick_px, lower_px, color)
    if bars & 8:
        fb.fill_rect(x, bottom, digit_px, thick_px, color)
    if bars & 16:
        fb.fill_rect(x, middle, thick_px, lower_px, color)
    if bars & 32:
        fb.fill_rect(x, y, thick_px, upper_px, color)
    if bars & 64:
        fb.fill_rect(x, middle, digit_px, thick_px, color)
    _round_corners(fb, x, y, size, 1 - color)


def _round_corners(fb, x, y, size, background):
    digit_px, height_px, thick_px, _ = size
    for left in (True, False):
        for top in (True, False):
            corner_x = x if left else x + digit_px - 1
            corner_y = y if top else y + height_px - 1
            fb.pixel(corner_x, corner_y, background)
            if thick_px >= 4:
                fb.pixel(corner_x + (1 if left else -1), corner_y, background)
                fb.pixel(corner_x, corner_y + (1 if top else -1), background)
