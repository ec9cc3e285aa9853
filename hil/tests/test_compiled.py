"""What a simulated board imports is compiled once, and again when its source changes."""

import subprocess
from pathlib import Path

import pytest

from hil import compiled
from hil.process import micropython_command
from hil.rig import Rig


@pytest.fixture(autouse=True)
def _anew():
    compiled.place.cache_clear()
    yield
    compiled.place.cache_clear()


@pytest.fixture
def root(tmp_path):
    """A clone with three files."""
    for name, text in {"firmware/ionto/a.py": "A = 1\n", "hil/b.py": "B = 1\n", "hil/sim/c.py": "C = 1\n"}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def path_of(root):
    compiled.place.cache_clear()
    return compiled.compiled([str(root / "firmware"), str(root), "/elsewhere"], root)


def imported(root, name):
    """What MicroPython finds as `name`, and where."""
    module, _, attribute = name.rpartition(".")
    code = f"import sys; sys.path[:] = {path_of(root)!r}; from {module} import {attribute} as value"
    code += f"; print(value, sys.modules[{module!r}].__file__)"
    done = subprocess.run([*micropython_command(), "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stdout + done.stderr, ""
    value, place = done.stdout.split()
    return value, place


def test_folders_of_the_clone_come_first_compiled_and_all_stay(root):
    path = path_of(root)
    assert path[2:] == [str(root / "firmware"), str(root), "/elsewhere"]
    assert path[0] == path[1] + "/firmware"
    assert imported(root, "ionto.a.A") == ("1", path[0] + "/ionto/a.mpy")
    assert imported(root, "hil.sim.c.C") == ("1", path[1] + "/hil/sim/c.mpy")


def test_source_that_changes_is_compiled_again_and_others_are_not(root):
    place = imported(root, "hil.b.B")[1]
    before = {one: Path(one).stat().st_ino for one in (place, place.replace("b.mpy", "sim/c.mpy"))}
    (root / "hil" / "b.py").write_text("B = 2\n")
    assert imported(root, "hil.b.B") == ("2", place)
    assert [Path(one).stat().st_ino != inode for one, inode in before.items()] == [True, False]


def test_source_that_goes_is_no_longer_found(root):
    place = imported(root, "hil.b.B")[1]
    (root / "hil" / "b.py").unlink()
    assert "ImportError" in imported(root, "hil.b.B")[0]
    assert not Path(place).exists()


def test_error_in_a_source_is_told_by_micropython_and_mended(root):
    source = root / "hil" / "b.py"
    source.write_text("B = (\n")
    assert "SyntaxError" in imported(root, "hil.b.B")[0]
    source.write_text("B = 3\n")
    assert imported(root, "hil.b.B") == ("3", f"{path_of(root)[1]}/hil/b.mpy")
    source.write_text("B = (\n")
    assert "SyntaxError" in imported(root, "hil.b.B")[0]


def test_another_micropython_or_no_clone_or_no_compiler_runs_the_sources(root, monkeypatch):
    sources = path_of(root)[2:]
    (root / "pyproject.toml").unlink()
    assert path_of(root) == sources
    (root / "pyproject.toml").touch()
    assert path_of(root) != sources
    with monkeypatch.context() as patch:
        patch.setenv("IONTO_MICROPYTHON", micropython_command()[0])
        assert path_of(root) == sources
    with monkeypatch.context() as patch:
        patch.setattr("platform.machine", lambda: "sparc")
        assert path_of(root) == sources
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", str(root / "python"))
        assert path_of(root) == sources


def test_folder_that_cannot_be_written_runs_the_sources(root):
    (root / "build").write_text("a file where the folder would be")
    assert path_of(root) == path_of(root)[-3:]


def test_board_runs_the_same_from_its_sources(monkeypatch):
    """The same person, the same seed: truth and display to the last bit, whatever is imported."""

    def run():
        with Rig(seed=5, area=1.0) as rig:
            rig.advance(1500)
            for _ in range(2):
                rig.buttons.press("START", ms=80, settle_ms=1500)
            rig.advance(500)
            return rig.truth.samples.tobytes(), rig.panel.image().tobytes(), [tuple(e) for e in rig.truth.events]

    fast = run()
    monkeypatch.setenv("IONTO_MICROPYTHON", micropython_command()[0])
    assert run() == fast
