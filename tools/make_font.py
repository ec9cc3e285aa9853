"""Turns tools/font.txt into firmware/ionto/font_letters.py; with --check only says whether that file is up to date.

Each letter becomes five columns of a byte at most: bit 0 is the top row, as in framebuf's MONO_VLSB.
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

HEADER = '''"""The letters' pixels. Made by tools/make_font.py from tools/font.txt; change that and run it again."""

COLUMNS = %d  # bytes stored for each letter; bit 0 of a byte is the top row
'''


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
    out = [HEADER % COLUMNS]
    out.append("# Places of the letters that ASCII lacks.")
    out.append("EXTRA = {")
    out += [f'    "{letter}": {order.index(letter)},' for letter in extra]
    out.append("}\n")
    out.append("WIDTHS = (")
    widths = [len(letters[letter][0]) for letter in order]
    for start in range(0, len(widths), 24):
        out.append('    b"' + "".join(f"\\x{w:02x}" for w in widths[start : start + 24]) + '"')
    out.append(")\n")
    out.append("PIXELS = (")
    for letter in order:
        data = "".join(f"\\x{byte:02x}" for byte in columns(letters[letter]))
        out.append(f'    b"{data}"  # {letter}'.rstrip() if letter != " " else f'    b"{data}"  # space')
    out.append(")\n")
    return "\n".join(out)


def main():
    text = module(read_letters(SOURCE.read_text(encoding="utf-8")))
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{TARGET.relative_to(ROOT)} is not what {SOURCE.relative_to(ROOT)} says; run tools/make_font.py")
        return
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
