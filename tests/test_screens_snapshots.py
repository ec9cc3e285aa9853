"""Every scene, drawn by MicroPython's own framebuf, looks as it did.

IONTO_UPDATE_SNAPSHOTS=1 writes what was drawn as the new snapshots. A scene that differs is written under
build/snapshots.
"""

import os
from pathlib import Path

import pytest
from PIL import Image

from ionto import screens
from tests.snapshots import fake_framebuf
from tests.snapshots.scenes import SCENES, view_of
from tools import make_font, panel_screens

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOTS = ROOT / "tests" / "snapshots"
ACTUAL = ROOT / "build" / "snapshots"
UPDATE = os.environ.get("IONTO_UPDATE_SNAPSHOTS") == "1"
NAMES = [scene[0] for scene in SCENES]


@pytest.fixture(scope="module")
def frames():
    return panel_screens.render()


def test_scene_names_are_unique():
    assert len(set(NAMES)) == len(NAMES)


def test_snapshots_all_belong_to_a_scene():
    if UPDATE:
        for path in SNAPSHOTS.glob("*.png"):
            if path.stem not in NAMES:
                path.unlink()
        return
    assert sorted(path.stem for path in SNAPSHOTS.glob("*.png")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_scene_drawn_matches_its_snapshot(frames, name):
    drawn = panel_screens.picture(frames[name])
    path = SNAPSHOTS / f"{name}.png"
    if UPDATE:
        drawn.save(path, optimize=True)
        return
    assert path.exists(), f"no snapshot for {name}; IONTO_UPDATE_SNAPSHOTS=1 writes it"
    with Image.open(path) as expected:
        same = expected.convert("1").tobytes() == drawn.tobytes()
    if not same:
        ACTUAL.mkdir(parents=True, exist_ok=True)
        drawn.save(ACTUAL / f"{name}.png")
    assert same, f"screen {name} changed; see build/snapshots/{name}.png. IONTO_UPDATE_SNAPSHOTS=1 accepts it"


def test_scenes_drawn_on_cpython_are_the_same_pixels(frames):
    for scene in SCENES:
        buffer = bytearray(1024)
        screens.draw(fake_framebuf.FrameBuffer(buffer, 128, 64, 0), view_of(scene))
        assert bytes(buffer) == frames[scene[0]], scene[0]


def test_letters_are_those_of_the_drawn_font():
    letters = make_font.read_letters(make_font.SOURCE.read_text(encoding="utf-8"))
    assert make_font.TARGET.read_text(encoding="utf-8") == make_font.module(letters)
