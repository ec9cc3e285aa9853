"""Turns tools/font.txt into firmware/ionto/font_letters.py; with --check only says whether that file is up to date.

Each letter becomes its width and five columns of a byte at most: bit 0 is the top row, as in framebuf's MONO_VLSB. The
big figures are not drawn but built: seven bars a digit.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "font.txt"
TARGET = ROOT / "firmware" / "ionto" / "font_letters.py"

ROWS = 8
COLUMNS = 5
SIGNS = {"SPACE": " ", "OHM": "Ω", "DOT": "·", "UP_ARROW": "▲", "DOWN_ARROW": "▼", "BOX": "□"}
FIRST, LAST = 32, 126  # letters found by their number; the rest are looked up

HEADER = '''"""Pixels of letters and figures. Made from tools/font.txt by tools/make_font.py: change and run these."""
'''

# The bars of each digit: top, upper right, lower right, bottom, lower left, upper left, middle = bits 0 to 6.
BARS = (0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F)
PER_LINE = 26  # bytes
SIZES = (("BIG", (13, 22, 4, 3)), ("MEDIUM", (7, 13, 2, 2)))  # width, height, thickness, gap of a digit in pixels


def read_letters(text):
    """The letters drawn in `text`, as {letter: [row, …]}. Raises ValueError for art that is not rectangular."""
    letters = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("= "):
            names = line[2:].split()
            rows = [row.split() for row in lines[number + 1 : number + 1 + ROWS]]
            for index, name in enumerate(names):
                art = [row[index] for row in rows]
                if len({len(row) for row in art}) != 1 or len(art[0]) > COLUMNS or set("".join(art)) - set("#."):
                    raise ValueError(f"letter {name} below line {number + 1} is not {ROWS} equal rows of # and .")
                letters[SIGNS.get(name, name)] = art
    return letters


def columns(art):
    """A letter's columns, left to right, padded with empty ones."""
    used = [sum((row[x] == "#") << y for y, row in enumerate(art)) for x in range(len(art[0]))]
    return used + [0] * (COLUMNS - len(used))


def module(letters):
    """The text of font_letters.py."""
    order = [chr(number) for number in range(FIRST, LAST + 1)]
    missing = [letter for letter in order if letter not in letters]
    if missing:
        raise ValueError(f"no art for {' '.join(missing)}")
    extra = sorted(set(letters) - set(order))
    order += extra
    out = [HEADER]
    out.append("# Places of the letters that ASCII lacks.")
    out.append("EXTRA = {")
    out += [f'    "{letter}": {order.index(letter)},' for letter in extra]
    out.append("}\n")
    out.append("# Six bytes a letter: its width and its columns, bit 0 at the top.")
    out.append("GLYPHS = (")
    for letter in order:
        data = escaped([len(letters[letter][0]), *columns(letters[letter])])
        out.append(f'    b"{data}"  # {letter}'.rstrip() if letter != " " else f'    b"{data}"  # space')
    out.append(")\n")
    for name, size in SIZES:
        out.append("# 0 to 9, point and colon: for each the columns' upper bytes, then those below.")
        out.append(f"{name}_SIZE = {size}  # width, height, thickness and gap of a digit in pixels")
        out.append(f"{name} = (")
        for sign in "0123456789.:":
            data = figure(sign, size)
            rows = [data[start : start + PER_LINE] for start in range(0, len(data), PER_LINE)]
            out += [f'    b"{escaped(row)}"' + (f"  # {sign}" if row is rows[0] else "") for row in rows]
        out.append(")\n")
    return "\n".join(out)


def escaped(data):
    """Bytes as they stand in a literal."""
    return "".join(f"\\x{byte:02x}" for byte in data)


def figure(sign, size):
    """The bytes of a digit, "." or ":" in one of SIZES."""
    digit_px, height_px, thick_px, _ = size
    columns = [0] * (thick_px if sign in ".:" else digit_px)
    if sign == ".":
        _fill(columns, 0, height_px - thick_px, thick_px, thick_px)
    elif sign == ":":
        _fill(columns, 0, height_px // 4, thick_px, thick_px)
        _fill(columns, 0, height_px - height_px // 4 - thick_px, thick_px, thick_px)
    elif sign == "1":
        _one(columns, size)
    else:
        _bars(columns, BARS[int(sign)], size)
        _round_corners(columns, height_px, thick_px)
    return [column >> 8 * page & 255 for page in range((height_px + 7) // 8) for column in columns]


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


def main():
    text = module(read_letters(SOURCE.read_text(encoding="utf-8")))
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{TARGET.relative_to(ROOT)} is not what {SOURCE.relative_to(ROOT)} says; run tools/make_font.py")
        return
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
