"""Small firmware images for tests, as tools/ builds them."""

import hashlib
from pathlib import Path

from ionto import manifest, messages
from ionto.version import VERSION
from tools.image import build_image, build_uf2

MPY = b"M\x06\x13\x1f"  # machine code for the RP2040
FILES = {
    "boot.py": b"print('boot')\n",
    "main.py": b"print('main')\n",
    "board/pins.mpy": MPY + bytes(range(200)),
    "ionto/app.mpy": MPY + bytes(range(256)) * 20,
    "ionto/version.mpy": b"M\x06\x00\x1f" + b"v",
}
BUILD = "0123456789ab"


def manifest_of(files: dict[str, bytes], build: str = BUILD, table_hash: int = messages.TABLE_HASH) -> bytes:
    """The manifest of files."""
    lines = [manifest.header(VERSION, build, table_hash, len(files)), "# a compiler"]
    lines += [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in sorted(files.items())]
    return "\n".join(lines).encode() + b"\n"


def with_manifest(files: dict[str, bytes] | None = None, **options: object) -> dict[str, bytes]:
    """Files with their manifest."""
    files = FILES if files is None else files
    return files | {"manifest.txt": manifest_of(files, **options)}  # type: ignore[arg-type]


def write_uf2(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    """A UF2 of files (with their manifest, unless they bring one)."""
    path = folder / "ionto.uf2"
    path.write_bytes(build_uf2(build_image(with_manifest() if files is None else files)))
    return path
