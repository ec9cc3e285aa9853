"""Draws the panel's screens as pictures: `docs/img/screens.png`, and every scene at 4x under build/screens.

The scenes are those of the snapshot tests, drawn by the firmware on MicroPython. Needs Pillow.
IONTO_MICROPYTHON names another MicroPython than the one beside this Python.
"""

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOTS = ROOT / "tests" / "snapshots"
SHEET = ROOT / "docs" / "img" / "screens.png"

WIDTH, HEIGHT = 128, 64
COLUMNS = 4
MARGIN = 10
CAPTION = 14
BACKGROUND = (24, 26, 30)
GLASS = (0, 0, 0)
LIT = (190, 235, 255)
INK = (200, 205, 212)


def micropython():
    """The MicroPython binary: IONTO_MICROPYTHON, or the one installed beside this Python."""
    return os.environ.get("IONTO_MICROPYTHON") or str(Path(sys.executable).parent / "micropython")


def render():
    """Every scene as {name: 1,024 bytes}, drawn on MicroPython."""
    environment = dict(os.environ, MICROPYPATH=f"{ROOT / 'firmware'}:{SNAPSHOTS}:.frozen")
    command = [micropython(), str(SNAPSHOTS / "render.py")]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if out.returncode:
        raise RuntimeError(f"drawing the screens failed:\n{out.stderr or out.stdout}")
    return {name: bytes.fromhex(data) for name, data in (line.split() for line in out.stdout.splitlines())}


def picture(data):
    """A display's 1,024 bytes as a 128x64 one-bit picture, lit pixels white."""
    image = Image.new("1", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), data[(y >> 3) * WIDTH + x] >> (y & 7) & 1)
    return image


def coloured(image, scale):
    """A one-bit picture in the colours of the glass, enlarged."""
    out = Image.new("RGB", image.size, GLASS)
    out.paste(LIT, mask=image)
    return out.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def sheet(frames, scale=2):
    """All frames side by side with their names."""
    cell_w, cell_h = WIDTH * scale + MARGIN, HEIGHT * scale + CAPTION + MARGIN
    rows = -(-len(frames) // COLUMNS)
    out = Image.new("RGB", (COLUMNS * cell_w + MARGIN, rows * cell_h + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(out)
    for index, (name, data) in enumerate(frames.items()):
        x, y = MARGIN + index % COLUMNS * cell_w, MARGIN + index // COLUMNS * cell_h
        draw.text((x, y), name.replace("_", " "), fill=INK)
        out.paste(coloured(picture(data), scale), (x, y + CAPTION))
    return out


def main():
    frames = render()
    SHEET.parent.mkdir(parents=True, exist_ok=True)
    sheet(frames).save(SHEET, optimize=True)
    single = ROOT / "build" / "screens"
    single.mkdir(parents=True, exist_ok=True)
    for name, data in frames.items():
        coloured(picture(data), 4).save(single / f"{name}.png")
    print(f"{SHEET.relative_to(ROOT)}: {len(frames)} screens")


if __name__ == "__main__":
    main()
