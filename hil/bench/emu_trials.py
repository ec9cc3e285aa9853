"""What the bench of the emulated chip measures: each trial is one run, most of them forked from one board in HOLD."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from hil.bench import emu_session as session
from hil.bench import emu_ticks
from hil.emu.image import compile_firmware
from hil.process import RigError
from hil.rig import Rig
from hil.sim import facts

PIECE_S = 5
PHASES_US = range(0, 500, 50)
POWER_ON_SEEDS = 2
_OVER_A = int(3350 / 1.25) + 20  # counts: FACE's maximum + 10 % + 50 µA
_OVER_B = 480
_UNCHANGED_V = 560  # with _OVER_A the resistance that is there: no change of contact
_CHANNEL_A, _CHANNEL_V, _CHANNEL_B = 0, 1, 4
_DISTURBANCES: tuple[tuple[str, Callable[[Rig], Any]], ...] = (
    ("UP", lambda rig: session.press(rig, "UP")),
    ("DOWN", lambda rig: session.press(rig, "DOWN")),
    ("MODE", lambda rig: session.press(rig, "MODE")),
    ("status", lambda rig: [rig.host.status() for _ in range(10)]),
    ("area", lambda rig: rig.person.contact(0.95 + 0.05 * rig.random.random())),
    ("garbage", lambda rig: rig.transport.write(rig.random.randbytes(300))),
)


def load(seed: int, index: int) -> dict[str, Any]:
    """Some seconds of HOLD with everything going on."""
    source = Random(f"emu {seed} {index}")
    with session.held(seed) as rig:
        rig.advance(source.uniform(1, 40))
        rig.request({"ticks": 1})
        begun_us = rig.now_us
        while rig.now_us < begun_us + PIECE_S * 1_000_000:
            source.choice(_DISTURBANCES)[1](rig)
            rig.advance(source.uniform(50, 400))
        ticks = emu_ticks.read(rig.request({"ticks": 1}))
        status = rig.host.status()
        rounds = session.heap(rig)["rounds"]
    return {
        "ticks": len(ticks.due_us),
        "mean_us": float(ticks.left_us.mean()),
        "worst_us": float(ticks.left_us.max()),
        "jitter_us": ticks.jitter_us(),
        "dac_jitter_us": float(ticks.dac_us.max() - ticks.dac_us.min()),
        "missed": ticks.missed,
        "feed_gap_ms": emu_ticks.longest_gap(ticks.feeds_us) / 1000,
        "fault": status.fault,
        "dropped_telemetry": status.dropped_telemetry,
        "rounds": rounds,
    }


def profile(seed: int) -> dict[str, Any]:
    """The parts of the ticks of 0.2 s of HOLD; most frequent kind first."""
    with session.held(seed) as rig:
        rig.request({"edges": 1})
        rig.request({"ticks": 1})
        rig.advance(200)
        return {"kinds": emu_ticks.profile(rig.request({"ticks": 1}))}


def broken(seed: int, phase_us: int) -> dict[str, Any]:
    """The circuit opens in HOLD."""
    with session.held(seed) as rig:
        rig.advance(20 + phase_us / 1000)
        rig.person.lift()
        rig.advance(12)
        (break_us,) = rig.truth.times_us("break")
        requests = [event for event in rig.truth.named("k1_request", break_us) if event.value == 0]
        (zero_us,) = rig.truth.break_to_zero_us()
        (open_us,) = rig.truth.break_to_k1_open_us()
        return {
            "phase_us": phase_us,
            "to_zero_us": zero_us,
            "to_request_us": requests[0].time_us - break_us,
            "to_open_us": open_us,
        }


def over(seed: int, channel: str, phase_us: int) -> dict[str, Any]:
    """A reading above the limit: when its tick had read it, when K1's request fell, when the DAC had its new code."""
    with session.held(seed) as rig:
        rig.advance(20 + phase_us / 1000)
        rig.request({"edges": 1})
        rig.request({"ticks": 1})
        if channel == "A":
            rig.board.stick_adc(_CHANNEL_V, _UNCHANGED_V)
            rig.advance(1)  # the voltage is not read in every tick
            rig.board.stick_adc(_CHANNEL_A, _OVER_A)
        else:
            rig.board.stick_adc(_CHANNEL_B, _OVER_B)
        stuck_us = rig.now_us
        rig.advance(5)
        answer = rig.request({"ticks": 1})
        status = rig.host.status()
        return {"channel": channel, "phase_us": phase_us, "fault": status.fault, **_same_tick(answer, stuck_us)}


def _same_tick(answer: dict[str, Any], stuck_us: int) -> dict[str, Any]:
    column = {name: [row[at] / 1000 for row in answer["ticks"]] for at, name in enumerate(answer["fields"])}
    low_us = next(at / 1000 for at, pin, level in answer["edges"] if pin == facts.K1 and level == 0)
    sampled = [at for at, time_us in enumerate(column["sampled"]) if time_us > stuck_us]
    cut = next(at for at in sampled if column["left"][at] >= low_us)
    first = sampled[0]
    return {
        "later_ticks": cut - first,
        "request_us": low_us - column["sampled"][first],
        "zero_us": column["dac"][first] - column["sampled"][first],
        "code_after": answer["ticks"][first + 1][answer["fields"].index("code")],
        "since_due_us": max(low_us, column["dac"][first]) - column["due"][first],
    }


def power_on(seed: int) -> dict[str, Any]:
    """From the first instruction to IDLE, as a host sees it, with the firmware as it is."""
    with Rig(seed) as rig:
        session.start(rig)
        feeds_us = emu_ticks.feeds(rig.request({"ticks": 1}))
        return {"seed": seed, "idle_ms": rig.now_us / 1000, "feed_gap_ms": emu_ticks.longest_gap(feeds_us) / 1000}


def after_boot() -> dict[str, Any]:
    """What the firmware as it is leaves of the RAM in IDLE: tools/chip_memory.py has the keys. Raises RigError."""
    from tools.image import measured_memory  # with what only a development environment has

    with tempfile.TemporaryDirectory() as folder:
        compile_firmware(Path(folder), has_manifest=True)
        measured = measured_memory(Path(folder))
    if isinstance(measured, str):
        raise RigError(measured)
    return dict(measured)


def _least_used(rig: Rig) -> int:
    """Bytes of the heap in IDLE, the least of some collections: each takes some dead words for pointers."""
    found = []
    for _ in range(5):
        rig.advance(450)
        found.append(session.heap(rig)["IDLE"])
    return min(found)


def sessions(seed: int) -> dict[str, Any]:
    """The heap in IDLE before, after one and after two treatments."""
    with session.looked_on(seed) as rig:
        used = [_least_used(rig)]
        for _ in range(2):
            session.treat(rig)
            session.finish(rig)
            used.append(_least_used(rig))
        heap = session.heap(rig)
    return {
        "free_kib": heap["free"] / 1024,
        "first_bytes": used[1] - used[0],
        "second_bytes": used[2] - used[1],
        "used": used,
        "heap": heap,
    }
