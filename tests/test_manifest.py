"""What the device finds wrong with its own files before it starts anything, on MicroPython and on CPython."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ionto import manifest, messages
from ionto.version import VERSION
from tests.support import on_micropython
from tests.support.images import BUILD, FILES, with_manifest

pytestmark = pytest.mark.requirement("REQ-FIL-1")

Check = Callable[[Path], str | None]


def on_cpython(folder: Path) -> str | None:
    return manifest.problem(f"{folder}/", VERSION, BUILD, messages.TABLE_HASH)


def on_the_device(folder: Path) -> str | None:
    return on_micropython.run("manifest_check.py", folder, BUILD)


@pytest.fixture(params=[on_cpython, on_the_device], ids=["cpython", "micropython"])
def check(request: pytest.FixtureRequest) -> Check:
    return request.param


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in with_manifest().items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return tmp_path


def test_manifest_of_whole_files_is_no_problem(check: Check, folder: Path) -> None:
    assert check(folder) is None


@pytest.mark.parametrize("name", sorted(FILES))
def test_manifest_file_with_one_wrong_byte_is_named(check: Check, folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)
    assert check(folder) == f"{name} has the wrong checksum"


@pytest.mark.parametrize("name", ["ionto/app.mpy", "boot.py"])
def test_manifest_file_that_is_not_there_is_named(check: Check, folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert check(folder) == f"{name} cannot be read"


def test_manifest_file_cut_short_is_named(check: Check, folder: Path) -> None:
    (folder / "ionto" / "app.mpy").write_bytes(FILES["ionto/app.mpy"][:512])
    assert check(folder) == "ionto/app.mpy has the wrong checksum"


def test_manifest_that_is_not_there_is_a_problem(check: Check, folder: Path) -> None:
    (folder / "manifest.txt").unlink()
    assert check(folder) == "manifest.txt cannot be read"


OTHER_BUILD = "manifest.txt is of another build, or not whole"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"build {BUILD}", "build 0123456789ac"),
        (f"messages {messages.TABLE_HASH:08x}", "messages 00000000"),
        ("ionto " + ".".join(map(str, VERSION)), "ionto 0.0.9"),
        ("files 5", "files 4"),
        ("# ionto", "#  ionto"),
    ],
)
def test_manifest_that_says_something_else_than_the_code_is_a_problem(
    check: Check, folder: Path, before: str, after: str
) -> None:
    path = folder / "manifest.txt"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    assert check(folder) == OTHER_BUILD


@pytest.mark.parametrize("lines", [0, 1, 3, 6])
def test_manifest_cut_after_a_line_is_a_problem(check: Check, folder: Path, lines: int) -> None:
    path = folder / "manifest.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:lines]))
    assert check(folder) == OTHER_BUILD


def test_manifest_of_bytes_that_are_no_text_is_a_problem(check: Check, folder: Path) -> None:
    (folder / "manifest.txt").write_bytes(b"\xff\xfe\x00\x80" * 20)
    assert check(folder) is not None
