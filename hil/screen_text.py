"""The display's picture as text, for a terminal."""

from __future__ import annotations

from PIL import Image

_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"  # bit 0: top left, 1: top right, 2: bottom left, 3: bottom right
_HALVES = " ▀▄█"


def quadrants(image: Image.Image) -> list[str]:
    """Lines of characters that each show 2×2 pixels: 64 columns by 32 lines for the 128×64 display."""
    lit = image.convert("1").load()
    assert lit is not None
    return [
        "".join(
            _QUADRANTS[sum((1 << bit) for bit in range(4) if lit[x + (bit & 1), y + (bit >> 1)])]
            for x in range(0, image.width, 2)
        )
        for y in range(0, image.height, 2)
    ]


def halves(image: Image.Image) -> list[str]:
    """Lines of characters that each show 1×2 pixels, square in most terminals: 128 columns by 32 lines."""
    lit = image.convert("1").load()
    assert lit is not None
    return [
        "".join(_HALVES[bool(lit[x, y]) + 2 * bool(lit[x, y + 1])] for x in range(image.width))
        for y in range(0, image.height, 2)
    ]


def framed(lines: list[str]) -> list[str]:
    """The lines in a box."""
    width = max(len(line) for line in lines)
    return [f"╭{'─' * width}╮", *(f"│{line}│" for line in lines), f"╰{'─' * width}╯"]
