"""Firmware images as a host reads them: what is not whole, or not Ionto's, is one clear line."""

import struct
from pathlib import Path

import pytest

from host_tools.firmware_image import ImageError, load_image
from ionto import messages
from ionto.version import VERSION
from tests.support.images import BUILD, FILES, with_manifest, write_uf2
from tools.image import build_image

pytestmark = pytest.mark.requirement("REQ-FIL-2")

UF2_BLOCK_BYTES = 512


def complaint(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        load_image(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_image_both_forms_give_the_files_and_the_stamp(tmp_path: Path) -> None:
    raw = tmp_path / "ionto.littlefs"
    raw.write_bytes(build_image(with_manifest()))
    for path in (raw, write_uf2(tmp_path)):
        image = load_image(path)
        assert image.files == with_manifest()
        assert (image.version, image.build) == (".".join(map(str, VERSION)), BUILD)


def test_image_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "No such file" in complaint(tmp_path / "none.uf2")


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 352 * 4096, b"\xff" * 352 * 4096])
def test_file_that_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert "neither a UF2" in complaint(path) or "file system is damaged" in complaint(path)


@pytest.mark.parametrize("keep", [0.5, 0.999, 0.00001])
def test_truncated_uf2_is_refused(tmp_path: Path, keep: float) -> None:
    path = write_uf2(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: max(40, int(len(data) * keep))])
    assert "not whole" in complaint(path)


def test_uf2_without_its_last_block_is_refused(tmp_path: Path) -> None:
    path = write_uf2(tmp_path)
    path.write_bytes(path.read_bytes()[:-UF2_BLOCK_BYTES])
    assert "5631 of 5632 UF2 blocks" in complaint(path)


def change_every_block(path: Path, at: int, word: int) -> None:
    data = bytearray(path.read_bytes())
    for block in range(0, len(data), UF2_BLOCK_BYTES):
        struct.pack_into("<I", data, block + at, word)
    path.write_bytes(data)


def test_uf2_of_another_chip_is_refused(tmp_path: Path) -> None:
    path = write_uf2(tmp_path)
    change_every_block(path, 28, 0xE48BFF59)
    assert "another chip (UF2 family e48bff59)" in complaint(path)


def test_uf2_of_micropython_itself_is_refused(tmp_path: Path) -> None:
    path = write_uf2(tmp_path)
    change_every_block(path, 12, 0x10000000)
    assert "not Ionto's files: it writes flash at 10000000" in complaint(path)


@pytest.mark.parametrize("at", [4, 16, 20, 508])
def test_uf2_with_a_damaged_block_is_refused(tmp_path: Path, at: int) -> None:
    path = write_uf2(tmp_path)
    data = bytearray(path.read_bytes())
    data[UF2_BLOCK_BYTES * 7 + at] ^= 0x40
    path.write_bytes(data)
    assert "block 7 of the UF2 is damaged" in complaint(path)


def test_image_with_a_wrong_byte_in_a_file_is_refused(tmp_path: Path) -> None:
    files = with_manifest()
    files["ionto/app.mpy"] = files["ionto/app.mpy"][:-1] + b"\0"
    assert "ionto/app.mpy is not as its manifest.txt says" in complaint(write_uf2(tmp_path, files))


@pytest.mark.parametrize("name", sorted(FILES))
def test_image_without_one_of_its_files_is_refused(tmp_path: Path, name: str) -> None:
    files = with_manifest()
    del files[name]
    assert name in complaint(write_uf2(tmp_path, files))


def test_image_with_a_file_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    files = with_manifest() | {"extra.py": b"1"}
    assert "extra.py is not as its manifest.txt says" in complaint(write_uf2(tmp_path, files))


def test_image_without_manifest_is_not_ionto_s(tmp_path: Path) -> None:
    assert "not an Ionto image: it has no manifest.txt" in complaint(write_uf2(tmp_path, FILES))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b"# ionto ", b"# other ", "not one of Ionto's"),
        (b" files 5", b" files 6", "not whole: 5 of 6 files"),
        (b"  boot.py\n", b" boot.py\n", "a line that is no checksum"),
    ],
)
def test_image_with_a_damaged_manifest_is_refused(tmp_path: Path, before: bytes, after: bytes, words: str) -> None:
    files = with_manifest()
    changed = files["manifest.txt"].replace(before, after, 1)
    assert changed != files["manifest.txt"]
    assert words in complaint(write_uf2(tmp_path, files | {"manifest.txt": changed}))


def test_image_of_another_message_table_is_refused(tmp_path: Path) -> None:
    files = with_manifest(table_hash=messages.TABLE_HASH ^ 1)
    said = complaint(write_uf2(tmp_path, files))
    assert f"{messages.TABLE_HASH:08x}" in said
    assert "tools of its own version" in said
