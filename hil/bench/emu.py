"""`python -m hil.bench.emu`: figures of the chip's time on the emulated RP2040, into build/bench-emu.json.

1 when a bound is missed. Without MicroPython for the chip it says how to get it, and ends with 2.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console

from hil.bench import emu_session, emu_trials
from hil.bench.emu_ticks import MHZ
from hil.bench.figures import Figure, show, write_json
from hil.emu.image import micropython_uf2
from hil.process import RigError

Rows = list[dict[str, Any]]

UNMODELLED = (
    "Not counted by the emulator: misses of the flash cache and flash wait states, entry and exit of an exception "
    "(about 30 cycles together), contention on the bus, the boot ROM and the start of the oscillators"
)
_LOAD = (
    "HOLD in FACE at 0.1 mA; telemetry at 100 Hz, display, buttons, requests, garbage on the line, a forced "
    f"collection in every 32nd round. {UNMODELLED}"
)


def _worst(name: str, key: str, unit: str, bound: float | None, rows: Rows, seed: int, note: str = "") -> Figure:
    row = max(rows, key=lambda one: one[key])
    if unit == "µs":
        row = {**row, "cycles": round(row[key] * MHZ)}
    return Figure(name, row[key], unit, bound, len(rows), seed, note=note, worst=row)


def _one(name: str, value: float, unit: str, bound: float | None, seed: int, **more: Any) -> Figure:
    return Figure(name, value, unit, bound, more.pop("trials", 1), seed, **more)


def _tick_figures(rows: Rows, seed: int) -> list[Figure]:
    ticks = sum(row["ticks"] for row in rows)
    mean_us = sum(row["mean_us"] * row["ticks"] for row in rows) / ticks
    seconds = f"{ticks / 2000:.1f} s in {len(rows)} pieces. "
    cycles = {"cycles": round(mean_us * MHZ)}
    return [
        _worst("step_worst_us", "worst_us", "µs", 200, rows, seed, f"due to end of the interrupt; {_LOAD}"),
        _one("step_mean_us", mean_us, "µs", None, seed, trials=ticks, worst=cycles, note=seconds + _LOAD),
        _worst("jitter_us", "jitter_us", "µs", 30, rows, seed, f"between two readings of the current; {_LOAD}"),
        _worst("dac_spread_us", "dac_jitter_us", "µs", None, rows, seed, f"earliest to latest new code; {_LOAD}"),
        _one("ticks_missed", sum(row["missed"] for row in rows), "", 0, seed, trials=ticks, note=seconds + _LOAD),
        _worst("feed_gap_ms", "feed_gap_ms", "ms", 100, rows, seed, f"between two feeds of the watchdog; {_LOAD}"),
        _one("load_faults", sum(row["fault"] != 0 for row in rows), "", 0, seed, trials=len(rows), note=_LOAD),
    ]


def _profile_figures(rows: Rows, seed: int) -> list[Figure]:
    first = rows[0]["kinds"][0]
    note = f"of the most frequent kind of tick; from the edge before. {UNMODELLED}"
    return [
        _one(
            f"part_{number:02}_{part['until'].replace(' ', '_')}", part["mean_us"], "µs", None, seed,
            trials=first["ticks"], note=note, worst={"worst_us": part["worst_us"]},
        )
        for number, part in enumerate(first["parts"])
    ]  # fmt: skip


def _break_figures(rows: Rows, seed: int) -> list[Figure]:
    note = f"from the physical break, at phases of the tick 50 µs apart. {_LOAD}"
    return [
        _worst("break_to_zero_us", "to_zero_us", "µs", 1500, rows, seed, note),
        _worst("break_to_k1_request_us", "to_request_us", "µs", 1500, rows, seed, note),
        _worst("break_to_k1_open_us", "to_open_us", "µs", 5000, rows, seed, note),
    ]


def _over_figures(rows: Rows, seed: int) -> list[Figure]:
    note = "of the tick that read more than the maximum, sense A or B"
    return [
        _worst("over_later_ticks", "later_ticks", "ticks", 0, rows, seed, "ticks until K1's request is low"),
        _worst("over_dac", "code_after", "codes", 0, rows, seed, f"the DAC's code at the end {note}"),
        _worst("over_request_us", "request_us", "µs", 500, rows, seed, f"reading to K1's request low {note}"),
        _worst("over_zero_us", "zero_us", "µs", 500, rows, seed, f"reading to the DAC at zero {note}. {UNMODELLED}"),
    ]


def _power_on_figures(rows: Rows, seed: int) -> list[Figure]:
    return [
        _worst("power_on_to_idle_ms", "idle_ms", "ms", 3000, rows, seed, f"asked every 20 ms. {UNMODELLED}"),
        _worst("start_feed_gap_ms", "feed_gap_ms", "ms", 100, rows, seed, f"first rounds to IDLE. {UNMODELLED}"),
    ]


def _heap_figures(rows: Rows, seed: int) -> list[Figure]:
    (row,) = rows
    note = "by gc.mem_alloc() in IDLE, just after a collection, "
    return [
        _one(
            "heap_least_kib", row["free_kib"], "KiB", None, seed, at_least=True, worst=row,
            note="least after a collection in any state of two sessions, beside the program that asks",
        ),
        _one("heap_first_session_bytes", row["first_bytes"], "bytes", None, seed, note=note + "first session"),
        _one("heap_growth_bytes", row["second_bytes"], "bytes", 0, seed, note=note + "second session"),
    ]  # fmt: skip


def _boot_figures(rows: Rows, seed: int) -> list[Figure]:
    (row,) = rows
    note = "in IDLE, after a collection, the firmware as it is"
    return [
        _one("heap_free_kib", row["ram_free_bytes"] / 1024, "KiB", 80, seed, at_least=True, worst=row, note=note),
        _one("heap_largest_kib", row["ram_largest_free_bytes"] / 1024, "KiB", None, seed, note=f"largest block {note}"),
    ]


EXPERIMENTS = ("profile", "break", "over", "power_on", "boot", "heap", "load")
Job = tuple[Callable[..., Any], tuple[Any, ...]]


def _jobs(name: str, seed: int, pieces: int) -> list[Job]:
    """The runs of one experiment."""
    trials = emu_trials
    return {
        "profile": [(trials.profile, (seed,))],
        "break": [(trials.broken, (seed, us)) for us in trials.PHASES_US],
        "over": [(trials.over, (seed, channel, us)) for channel in "AB" for us in trials.PHASES_US[::2]],
        "power_on": [(trials.power_on, (seed + number,)) for number in range(trials.POWER_ON_SEEDS)],
        "boot": [(trials.after_boot, ())],
        "heap": [(trials.sessions, (seed,))],
        "load": [(trials.load, (seed, number)) for number in range(pieces)],
    }[name]


_JUDGES: dict[str, Callable[[Rows, int], list[Figure]]] = {
    "profile": _profile_figures,
    "break": _break_figures,
    "over": _over_figures,
    "power_on": _power_on_figures,
    "boot": _boot_figures,
    "heap": _heap_figures,
    "load": _tick_figures,
}


def _run(jobs: list[Job], threads: int) -> Rows:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda job: job[0](*job[1]), jobs))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hil.bench.emu", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", default=[], help="boot, break, over, heap, load, power_on, profile"
    )
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), metavar="N", help="at a time (2)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of everything random (1)")
    parser.add_argument("--seconds", type=int, default=60, metavar="S", help="emulated seconds of load (60)")
    parser.add_argument("--out", type=Path, default=Path("build/bench-emu.json"), metavar="FILE")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0: every bound holds; 1: one is missed; 2: it cannot run."""
    arguments = _parser().parse_args(argv)
    os.environ["IONTO_RIG"] = "emu"
    try:
        micropython_uf2()
    except RigError as error:
        print(error, file=sys.stderr)
        return 2
    console = Console()
    figures: list[Figure] = []
    emu_session.held(arguments.seed).close()  # the rest is forked from this
    for name in arguments.only or EXPERIMENTS:
        begun_s = time.monotonic()
        jobs = _jobs(name, arguments.seed, max(1, arguments.seconds // emu_trials.PIECE_S))
        figures += _JUDGES[name](_run(jobs, arguments.jobs), arguments.seed)
        console.print(f"{name}: {len(jobs)} runs in {time.monotonic() - begun_s:.0f} s")
        write_json(arguments.out, figures)
    show(figures, console)
    return 0 if all(figure.passed for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
