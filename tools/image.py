"""The device's files as a LittleFS image and as a UF2: what a Pico with official MicroPython boots the controller from.

The image depends on nothing but the files: built twice, it is the same to the last byte.
"""

import argparse
import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from littlefs import LittleFS, LittleFSError, UserContext

# MicroPython's file system on the Pico: rp2 port, 1,408 KiB at the end of 2 MiB of flash.
FLASH_OFFSET = 0xA0000
BLOCK_BYTES = 4096
BLOCKS = 352
PROGRAM_BYTES = 256
DISK_VERSION = 0x00020000

MANIFEST = "manifest.txt"

_FLASH_START = 0x10000000
_UF2_HEAD = (0x0A324655, 0x9E5D5157)
_UF2_END = 0x0AB16F30
_UF2_HAS_FAMILY = 0x2000
_UF2_FAMILY_RP2040 = 0xE48BFF56
_UF2_PAYLOAD = 256


def device_files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by its path on the device."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def build_image(files: dict[str, bytes]) -> bytes:
    """A LittleFS image that holds `files` (path on the device: content). Raises ValueError if they do not fit."""
    context = UserContext(buffsize=BLOCK_BYTES * BLOCKS)
    fs = LittleFS(
        context=context, block_size=BLOCK_BYTES, block_count=BLOCKS, prog_size=PROGRAM_BYTES, disk_version=DISK_VERSION
    )
    folders = sorted({parent.as_posix() for name in files for parent in Path(name).parents} - {"."})
    try:
        for folder in folders:
            fs.mkdir(folder)
        for name in sorted(files):
            with fs.open(name, "wb") as target:
                target.write(files[name])
    except LittleFSError as error:
        raise ValueError(f"the files ({sum(map(len, files.values()))} bytes) do not fit: {error}") from error
    fs.unmount()
    return bytes(context.buffer)


def used_bytes(image: bytes) -> int:
    """Bytes of flash in blocks that hold anything; an erased block is all ones."""
    blank = b"\xff" * BLOCK_BYTES
    return sum(BLOCK_BYTES for at in range(0, len(image), BLOCK_BYTES) if image[at : at + BLOCK_BYTES] != blank)


def build_uf2(image: bytes) -> bytes:
    """A UF2 that writes the whole `image` where MicroPython looks for its files, and nothing else.

    Erased blocks too: a directory is a pair of blocks of which the newer one counts, and one left over from earlier
    files could be the newer.
    """
    count = len(image) // _UF2_PAYLOAD
    out = bytearray()
    for number in range(count):
        at = number * _UF2_PAYLOAD
        address = _FLASH_START + FLASH_OFFSET + at
        head = (*_UF2_HEAD, _UF2_HAS_FAMILY, address, _UF2_PAYLOAD, number, count, _UF2_FAMILY_RP2040)
        out += struct.pack("<8I", *head) + image[at : at + _UF2_PAYLOAD].ljust(476, b"\0")
        out += struct.pack("<I", _UF2_END)
    return bytes(out)


def measured_memory(folder: Path) -> dict[str, int] | str:
    """What the build in `folder` leaves of the chip's RAM, or one line that says why it was not measured.

    Raises ValueError if it was tried and the firmware did not start.
    """
    try:
        from hil.emu.image import micropython_uf2
        from hil.process import RigError
    except ImportError as error:
        return f"not measured: {error}"
    try:
        micropython = micropython_uf2()
    except RigError as error:
        return f"not measured: {error}"
    command = [sys.executable, Path(__file__).with_name("chip_memory.py"), micropython, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return json.loads(done.stdout)


def report(facts: dict[str, Any]) -> str:
    """The size report for a person."""
    free = BLOCK_BYTES * BLOCKS - facts["flash_bytes"]
    lines = [
        f"firmware {facts['version']} build {facts['build']}, message table {facts['message_table_hash']}",
        f"flash: {facts['files']} files, {facts['file_bytes']} bytes in {facts['flash_bytes']} of flash, {free} left",
    ]
    memory = facts["memory"]
    if isinstance(memory, str):
        lines.append(f"RAM after boot: {memory}")
    else:
        lines.append(
            "RAM after boot, in IDLE on the emulated chip: {ram_used_bytes} bytes used, {ram_free_bytes} free, "
            "largest free block {ram_largest_free_bytes}".format(**memory)
        )
        lines.append("start to IDLE {start_to_idle_ms} ms, {manifest_check_ms} of them checksums".format(**memory))
    return "\n".join(lines)


def write_outputs(files: dict[str, bytes], out: Path) -> dict[str, Any]:
    """Writes image and UF2 into `out`; returns what is to be said of them. Raises ValueError."""
    image = build_image(files)
    outputs = {"ionto.littlefs": image, "ionto.uf2": build_uf2(image)}
    out.mkdir(parents=True, exist_ok=True)
    for name, data in outputs.items():
        (out / name).write_bytes(data)
    words = files[MANIFEST].decode().split(maxsplit=8)
    return {
        "version": words[2],
        "build": words[4],
        "message_table_hash": words[6],
        "files": len(files),
        "file_bytes": sum(map(len, files.values())),
        "flash_bytes": used_bytes(image),
        "flash_offset": FLASH_OFFSET,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in outputs.items()},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=Path, required=True, help="folder with the device's files")
    parser.add_argument("--out", type=Path, required=True, help="folder for ionto.littlefs, ionto.uf2 and image.json")
    options = parser.parse_args()
    files = device_files(options.files)
    if MANIFEST not in files:
        print(f"no {MANIFEST} in {options.files}: build it with tools/compile_firmware.py --manifest", file=sys.stderr)
        return 1
    try:
        facts = write_outputs(files, options.out)
        facts["memory"] = measured_memory(options.files)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    (options.out / "image.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    print(report(facts))
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main())
