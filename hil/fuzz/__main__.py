"""A million frames and ten thousand sessions: `make fuzz`. Exit code 1 with what broke and its seed.

frames      at link, session and memory on CPython, and as many at the whole firmware on the simulated board
            (MicroPython): in IDLE, under current, and in SERVICE. Every request is to be granted at some time, and
            refused with every code that it can be refused with
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
from hil.fuzz import board, board_service, device
from hil.fuzz.answers import Answers, expected, missing, unexpected
from hil.rig import RigFailure


def main() -> int:
    """Runs what was asked for, and prints figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1_000_000, help="on CPython, and as many on MicroPython")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seed, third = options.seed, options.frames // 3
    here, there = Answers(), Answers()
    works: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("frames, CPython", lambda: device.run(options.frames, seed, here)),
        ("frames, whole firmware, IDLE", lambda: board.idle(options.frames - 2 * third, seed, there)),
        ("frames, whole firmware, under current", lambda: board.under_current(third, seed, there)),
        ("frames, whole firmware, SERVICE", lambda: board_service.run(third, seed, there)),
        ("buttons, MicroPython", lambda: _buttons(options.sessions, seed)),
    ]
    failed = False
    for name, work in works:
        began_s = time.monotonic()
        try:
            figures = work()
        except (AssertionError, RigFailure) as error:
            failed = True
            print(f"{name}: FAILED with seed {seed}: {error}", flush=True)
            continue
        words = ", ".join(f"{key} {value}" for key, value in figures.items())
        print(f"{name}: {words}; {time.monotonic() - began_s:.0f} s", flush=True)
    for name, answers in (("CPython", here), ("whole firmware", there)):
        print(f"answers, {name}: {len(answers.met)} of {len(expected())} that there can be")
        for problem in [f"never: {one}" for one in missing(answers.met)] + unexpected(answers.met):
            failed = True
            print(f"  {problem}")
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
