"""`make firmware`: the stamp, the manifest, the size report, and that a build depends on nothing but its sources."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.firmware_image import load_image
from ionto import messages
from ionto.version import BUILD, VERSION
from tests.support.images import with_manifest
from tools import chip_memory, compile_firmware, image

ROOT = Path(__file__).parents[1]
STAMP = {"BUILD": "0123456789ab", "LINK_SUM": "0123456789abcdef", "PANEL_SUM": "fedcba9876543210"}
SOURCES = {"a.py": b"1\n", "b.py": b"2\n"}


def built(out: Path) -> dict[str, bytes]:
    """The device's files as `make firmware` makes them."""
    command = [sys.executable, "tools/compile_firmware.py", "--out", str(out), "--manifest"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return image.device_files(out)


def test_build_twice_is_the_same_and_loads_as_an_image(tmp_path: Path) -> None:
    files = built(tmp_path / "one")
    assert built(tmp_path / "two") == files
    facts = image.write_outputs(files, tmp_path)
    loaded = load_image(tmp_path / "ionto.uf2")
    assert loaded.files == files
    assert facts["version"] == loaded.version == ".".join(map(str, VERSION))
    assert facts["build"] == loaded.build
    assert facts["message_table_hash"] == f"{messages.TABLE_HASH:08x}"
    assert loaded.build.encode() in files["ionto/version.mpy"]
    assert {"boot.py", "main.py"} == {name for name in files if name.endswith(".py")}


def test_sources_are_not_stamped() -> None:
    assert BUILD is None


@pytest.mark.parametrize(
    ("sources", "compiler"),
    [
        (SOURCES, "other"),
        ({**SOURCES, "b.py": b"3\n"}, "c"),
        ({**SOURCES, "c.py": b""}, "c"),
        ({"a.py": b"1\n", "c.py": b"2\n"}, "c"),
        ({"a.py": b"1\n\0b.py\x002\0"}, "c"),
    ],
)
def test_digest_changes_with_everything_that_a_build_is_made_of(sources: dict[str, bytes], compiler: str) -> None:
    assert compile_firmware.build_digest(sources, compiler) != compile_firmware.build_digest(SOURCES, "c")


def test_digest_does_not_depend_on_the_order_of_files() -> None:
    turned = dict(reversed(SOURCES.items()))
    assert compile_firmware.build_digest(turned, "c") == compile_firmware.build_digest(SOURCES, "c")


def test_stamp_takes_the_place_of_none() -> None:
    scope: dict[str, object] = {}
    exec(compile_firmware.stamped((ROOT / "firmware/ionto/version.py").read_text(), **STAMP), scope)
    assert {name: scope[name] for name in STAMP} == STAMP
    assert scope["VERSION"] == VERSION


@pytest.mark.parametrize("source", ["", "BUILD = 1\n", "x = 1\nBUILD = None\n\nBUILD = None\n"])
def test_stamp_without_one_place_for_it_is_an_error(source: str) -> None:
    with pytest.raises(ValueError, match=r"version\.py"):
        compile_firmware.stamped(source, BUILD="0123456789ab")


MEMORY = {
    "ram_used_bytes": 134704,
    "ram_free_bytes": 111184,
    "ram_largest_free_bytes": 22896,
    "manifest_check_ms": 366,
    "start_to_idle_ms": 1784,
}
# As the emulated chip printed it.
PRINTED = """manifest 366 []
idle 1784
heap 134704 111184
stack: 1124 out of 7936
GC: total: 245888, used: 134704, free: 111184
 No. of 1-blocks: 1470, 2-blocks: 296, max blk sz: 256, max free sz: 1431
end of memory
"""


def test_memory_is_read_from_what_the_chip_prints() -> None:
    assert chip_memory.parse(PRINTED.replace("\n", "\r\n")) == MEMORY


@pytest.mark.parametrize("line", ["manifest 366 []", "idle 1784", "heap 134704 111184"])
def test_memory_of_firmware_that_did_not_start_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="did not come to IDLE"):
        chip_memory.parse(PRINTED.replace(line, "Traceback"))


def test_memory_of_files_that_are_not_whole_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"boot\.py has the wrong checksum"):
        chip_memory.parse(PRINTED.replace("366 []", "366 ['boot.py has the wrong checksum']"))


def test_measuring_program_takes_the_starter_s_place_in_the_manifest() -> None:
    files = with_manifest()
    made = chip_memory.image_with_program(files)
    expected = hashlib.sha256(chip_memory.PROGRAM.encode()).hexdigest()
    assert expected.encode() in made
    assert chip_memory.PROGRAM.encode()[:200] in made
    assert hashlib.sha256(files["main.py"]).hexdigest().encode() not in made


def test_report_says_flash_and_ram(tmp_path: Path) -> None:
    words = image.report(image.write_outputs(with_manifest(), tmp_path) | {"memory": MEMORY})
    for expected in (
        "firmware 0.1.0 build 0123456789ab",
        "6 files",
        "111184 free",
        "largest free block 22896",
        "1784 ms",
    ):
        assert expected in words


def test_report_without_micropython_says_that_ram_was_not_measured_and_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IONTO_MICROPYTHON_UF2", raising=False)
    memory = image.measured_memory(tmp_path)
    words = image.report(image.write_outputs(with_manifest(), tmp_path) | {"memory": memory})
    assert "RAM after boot: not measured" in words
    assert "set IONTO_MICROPYTHON_UF2" in words
    assert "bytes used" not in words


def test_image_of_files_without_a_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("1\n")
    command = [sys.executable, "tools/image.py", "--files", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no manifest.txt" in done.stderr
    assert not (tmp_path / "out").exists()


def test_image_json_holds_what_the_report_says(tmp_path: Path) -> None:
    for name, data in with_manifest().items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    command = [sys.executable, "tools/image.py", "--files", str(tmp_path / "files"), "--out", str(tmp_path / "out")]
    environment = {"PATH": "/usr/bin:/bin"}  # no MicroPython for the chip: nothing is measured
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environment)
    facts = json.loads((tmp_path / "out" / "image.json").read_text())
    assert facts["files"] == 6
    assert facts["memory"].startswith("not measured")
    for name, sha256 in facts["sha256"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == sha256
