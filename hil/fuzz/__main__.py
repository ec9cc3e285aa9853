"""A million frames and ten thousand sessions: `make fuzz`. Exit code 1 with what broke and its seed.

frames      at link, session and memory on CPython, and at the whole firmware on the simulated board (MicroPython),
            in IDLE and under current
buttons     random contacts of all buttons at debouncing and session, on MicroPython
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The firmware's viper code runs on CPython under the tests' shim; a process of its own must not find that.
sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "shims"))
from hil.fuzz import board, device
from hil.rig import RigFailure


def main() -> int:
    """Runs what was asked for, and prints figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    share = options.frames // 2
    works: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("frames, CPython", lambda: device.run(options.frames, options.seed)),
        ("frames, whole firmware, IDLE", lambda: board.idle(options.frames - share, options.seed)),
        ("frames, whole firmware, under current", lambda: board.under_current(share, options.seed)),
        ("buttons, MicroPython", lambda: _buttons(options.sessions, options.seed)),
    ]
    failed = False
    for name, work in works:
        began_s = time.monotonic()
        try:
            figures = work()
        except (AssertionError, RigFailure) as error:
            failed = True
            print(f"{name}: FAILED with seed {options.seed}: {error}")
            continue
        words = ", ".join(f"{key} {value}" for key, value in figures.items())
        print(f"{name}: {words}; {time.monotonic() - began_s:.0f} s", flush=True)
    return 1 if failed else 0


def _buttons(sessions: int, seed: int) -> dict[str, Any]:
    from tests.support.on_micropython import run

    total: dict[str, int] = {}
    for part in range(0, sessions, 20):
        found = run("fuzz_buttons.py", min(20, sessions - part), seed + part)
        for key, value in found.items():
            total[key] = total.get(key, 0) + value
    return total


if __name__ == "__main__":
    sys.exit(main())
