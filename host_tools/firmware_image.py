"""A firmware image as `make firmware` writes it, UF2 or LittleFS: its files, each proven by its own manifest."""

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from littlefs import LittleFS, LittleFSError, UserContext

from host_tools.errors import IontoError
from ionto.messages import TABLE_HASH

MANIFEST = "manifest.txt"
STARTER = "main.py"
BLOCK_BYTES = 4096
BLOCKS = 352
FLASH_START = 0x10000000
FILES_ADDRESS = FLASH_START + 0xA0000  # where official MicroPython for the Pico keeps its files

_UF2_BLOCK_BYTES = 512
_UF2_PAYLOAD_BYTES = 256
_UF2_HEAD = (0x0A324655, 0x9E5D5157)
_UF2_END = 0x0AB16F30
_UF2_HAS_FAMILY = 0x2000
_RP2040 = 0xE48BFF56
_HEADER = re.compile(r"# ionto (\d+\.\d+\.\d+) build ([0-9a-f]+) messages ([0-9a-f]{8}) files (\d+)")
_CHECKSUM = re.compile(r"([0-9a-f]{64})  (\S+)")


class ImageError(IontoError):
    """A file that is no firmware image, or not a whole one."""


@dataclass(frozen=True)
class FirmwareImage:
    """The files of one build by their path on the device, manifest included, and what the manifest says of them."""

    version: str
    build: str
    files: dict[str, bytes]

    @property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file as hexadecimal digits."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}


def load_image(path: Path) -> FirmwareImage:
    """Reads a UF2 or a LittleFS image. Raises ImageError that says what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror}") from error
    try:
        if data[:4] == struct.pack("<I", _UF2_HEAD[0]):
            data = _from_uf2(data)
        return _checked(_files(data))
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from error


def _from_uf2(data: bytes) -> bytes:
    """What a UF2 writes, if it is the whole of the device's files."""
    out = bytearray()
    total = struct.unpack_from("<I", data, 24)[0] if len(data) >= _UF2_BLOCK_BYTES else 0
    for number, at in enumerate(range(0, len(data) - _UF2_BLOCK_BYTES + 1, _UF2_BLOCK_BYTES)):
        head = struct.unpack_from("<8I", data, at)
        end = struct.unpack_from("<I", data, at + _UF2_BLOCK_BYTES - 4)[0]
        if head[:2] != _UF2_HEAD or end != _UF2_END or head[4] != _UF2_PAYLOAD_BYTES or head[5:7] != (number, total):
            raise ImageError(f"block {number} of the UF2 is damaged")
        if not head[2] & _UF2_HAS_FAMILY or head[7] != _RP2040:
            raise ImageError(f"made for another chip (UF2 family {head[7]:08x}), not for the RP2040")
        if head[3] != FILES_ADDRESS + len(out):
            raise ImageError(f"not Ionto's files: it writes flash at {head[3]:08x}, as MicroPython's own UF2 does")
        out += data[at + 32 : at + 32 + _UF2_PAYLOAD_BYTES]
    blocks = len(data) / _UF2_BLOCK_BYTES
    if blocks != total or len(out) != BLOCK_BYTES * BLOCKS:
        raise ImageError(f"not whole: {blocks:g} of {total or BLOCK_BYTES * BLOCKS // _UF2_PAYLOAD_BYTES} UF2 blocks")
    return bytes(out)


def _files(data: bytes) -> dict[str, bytes]:
    """The files of a LittleFS image."""
    if len(data) != BLOCK_BYTES * BLOCKS:
        raise ImageError(
            f"neither a UF2 nor a file system for the Pico: it has {len(data)} bytes, not {BLOCK_BYTES * BLOCKS}"
        )
    context = UserContext(buffsize=len(data))
    context.buffer[:] = data
    try:
        fs = LittleFS(context=context, mount=False, block_size=BLOCK_BYTES, block_count=BLOCKS, prog_size=256)
        fs.mount()
        found = {}
        for folder, _, names in fs.walk("/"):
            for name in names:
                path = PurePosixPath(folder, name)
                with fs.open(str(path), "rb") as opened:
                    found[str(path.relative_to("/"))] = opened.read()
    except (LittleFSError, UnicodeError) as error:
        raise ImageError(f"its file system is damaged: {error}") from error
    return found


def _checked(files: dict[str, bytes]) -> FirmwareImage:
    """The files, if they are what their manifest says."""
    if MANIFEST not in files or STARTER not in files:
        raise ImageError(f"not an Ionto image: it has no {MANIFEST if STARTER in files else STARTER}")
    first, *lines = files[MANIFEST].decode(errors="replace").splitlines() or [""]
    header = _HEADER.fullmatch(first)
    if header is None:
        raise ImageError(f"its {MANIFEST} is not one of Ionto's")
    version, build, table_hash, count = header.groups()
    if int(table_hash, 16) != TABLE_HASH:
        raise ImageError(
            f"firmware {version} has another message table ({table_hash}) than these tools ({TABLE_HASH:08x}): "
            "flash it with the tools of its own version"
        )
    listed = dict(_entry(line) for line in lines if not line.startswith("#"))
    if len(listed) != int(count):
        raise ImageError(f"its {MANIFEST} is not whole: {len(listed)} of {count} files")
    image = FirmwareImage(version, build, files)
    wrong = sorted({*listed.items()} ^ {item for item in image.checksums.items() if item[0] != MANIFEST})
    if wrong:
        raise ImageError(f"{wrong[0][0]} is not as its {MANIFEST} says: missing, foreign or with a wrong checksum")
    return image


def _entry(line: str) -> tuple[str, str]:
    found = _CHECKSUM.fullmatch(line)
    if found is None:
        raise ImageError(f"its {MANIFEST} has a line that is no checksum")
    return found[2], found[1]
