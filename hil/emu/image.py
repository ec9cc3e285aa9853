"""The device's image for the emulated rig: built from firmware/ as `make firmware` builds it, kept by its content."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hil.process import ROOT, RigError

VARIABLE = "IONTO_MICROPYTHON_UF2"
UF2_NAME = "RPI_PICO-20250911-v1.26.1.uf2"
UF2_SHA256 = "fc2a8096e0d999d3caca11b34381854599d68aee3e905d3cccbd5247ca78d07c"
MISSING = (
    f"the emulated rig needs official MicroPython for the Pico: download {UF2_NAME} from micropython.org "
    f"and set {VARIABLE} to its path"
)

_STARTED = ("boot.mpy", "main.mpy")
_ASIDE = "replaced"
_LAUNCHER = f"import sys\n\nsys.path.insert(0, '/{_ASIDE}')\nimport program\n".encode()


def micropython_uf2() -> Path:
    """The UF2 that the variable names. Raises RigError that says how to get it, or what is wrong with it."""
    named = os.environ.get(VARIABLE)
    if not named or not Path(named).is_file():
        raise RigError(MISSING)
    path = Path(named)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != UF2_SHA256:
        raise RigError(f"{path.name} is not {UF2_NAME}: its sha256 is {found}, should be {UF2_SHA256}")
    return path


def _sources(program: Path | None) -> str:
    """What the image depends on, as one hash."""
    tools = [ROOT / "tools" / "image.py", ROOT / "tools" / "compile_firmware.py", Path(__file__)]
    tools.append(ROOT / "requirements.lock")  # names the compiler
    parts = [*sorted((ROOT / "firmware").rglob("*.py")), *tools]
    if program is not None:
        parts.append(program)
    whole = hashlib.sha256()
    for path in parts:
        whole.update(str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name).encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def compile_firmware(out: Path, has_manifest: bool) -> None:
    """Compiles the firmware into `out`, with its manifest if `has_manifest`. Raises RigError."""
    command = [sys.executable, "tools/compile_firmware.py", "--out", str(out)]
    if has_manifest:
        command.append("--manifest")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RigError(f"the firmware does not compile:\n{done.stderr}")


def built_image(program: Path | None = None) -> Path:
    """The LittleFS image of the firmware, or with `program` in place of boot.py and main.py, which it can import.

    Raises RigError.
    """
    from tools.image import build_image, device_files  # with what only a development environment has

    target = ROOT / "build" / "emu" / f"{_sources(program)}.littlefs"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        out = Path(folder) / "files"
        compile_firmware(out, has_manifest=program is None)  # another program would not be what a manifest says
        files = device_files(out)
        if program is not None:
            for name in _STARTED:
                files[f"{_ASIDE}/{name}"] = files.pop(name)
            files[f"{_ASIDE}/program.py"] = program.read_bytes()
            files["main.py"] = _LAUNCHER
        made = Path(folder) / "image"
        made.write_bytes(build_image(files))
        made.replace(target)
    return target


def image_of(folder: Path) -> Path:
    """The LittleFS image of the files in a folder, as they are."""
    from tools.image import build_image, device_files

    files = device_files(folder)
    whole = hashlib.sha256()
    for name, data in files.items():
        whole.update(b"%s\0%d\0" % (name.encode(), len(data)) + data)
    target = ROOT / "build" / "emu" / f"{whole.hexdigest()[:16]}.littlefs"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(build_image(files))
    return target
