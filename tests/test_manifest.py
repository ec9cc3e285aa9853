"""What the device finds wrong with its own files before it starts anything, on MicroPython and on CPython."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ionto import manifest, messages
from ionto.version import VERSION
from tests.support import on_micropython
from tests.support.images import BUILD, FILES, with_manifest

pytestmark = pytest.mark.requirement("REQ-FIL-1")

Check = Callable[[Path], list[str]]


def table_hash() -> int:
    return messages.TABLE_HASH


def on_cpython(folder: Path) -> list[str]:
    return manifest.problems(f"{folder}/", VERSION, BUILD, table_hash)


def on_the_device(folder: Path) -> list[str]:
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
    assert check(folder) == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_manifest_file_with_one_wrong_byte_is_named(check: Check, folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)
    assert check(folder) == [f"{name} has the wrong checksum"]


@pytest.mark.parametrize("name", ["ionto/app.mpy", "boot.py"])
def test_manifest_file_that_is_not_there_is_named(check: Check, folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert check(folder) == [f"{name} cannot be read"]


def test_manifest_file_cut_short_is_named(check: Check, folder: Path) -> None:
    (folder / "ionto" / "app.mpy").write_bytes(FILES["ionto/app.mpy"][:512])
    assert check(folder) == ["ionto/app.mpy has the wrong checksum"]


def test_manifest_that_is_not_there_is_a_problem(check: Check, folder: Path) -> None:
    (folder / "manifest.txt").unlink()
    assert check(folder) == ["manifest.txt cannot be read"]


OTHER_BUILD = ["manifest.txt is of another build, or not whole"]


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
    assert check(folder)


def test_manifest_tells_every_file_that_is_wrong(check: Check, folder: Path) -> None:
    (folder / "boot.py").unlink()
    (folder / "main.py").write_bytes(b"")
    (folder / "ionto" / "app.py").write_bytes(b"")
    assert check(folder) == [
        "boot.py cannot be read",
        "main.py has the wrong checksum",
        "ionto/app.py is not in manifest.txt",
    ]


def test_manifest_folder_that_is_not_there_is_told_by_its_files(check: Check, folder: Path) -> None:
    shutil.rmtree(folder / "board")
    assert check(folder) == ["board/pins.mpy cannot be read"]


def test_manifest_message_table_is_asked_for_only_if_its_file_is_whole(folder: Path) -> None:
    def asked() -> int:
        raise AssertionError

    (folder / "boot.py").unlink()
    assert manifest.problems(f"{folder}/", VERSION, BUILD, asked) == ["boot.py cannot be read"]


def test_digest_is_of_what_an_import_takes(folder: Path) -> None:
    place = f"{folder}/"
    found = manifest.digest(place, ["board/pins", "ionto/app", "boot"])
    assert found == manifest.digest(place, ["board/pins", "ionto/app", "boot"])
    assert len(found or "") == 16
    assert found != manifest.digest(place, ["ionto/app", "board/pins", "boot"])
    (folder / "ionto" / "app.py").write_bytes(b"")  # stands before app.mpy
    assert found != manifest.digest(place, ["board/pins", "ionto/app", "boot"])
    assert manifest.digest(place, ["board/pins", "ionto/other"]) is None


def test_files_of_a_damaged_build_are_there_once_and_none_drives_the_output() -> None:
    for files in (manifest.LINK_FILES, manifest.PANEL_FILES):
        assert len(set(files)) == len(files)
        assert all((on_micropython.FIRMWARE / f"{name}.py").exists() for name in files)
        assert not {"board/ionto1", "board/frontend", "ionto/drive", "ionto/sampler", "ionto/regulator"} & set(files)
