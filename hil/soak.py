"""Sessions back to back for hours of virtual time: `python -m hil.soak --hours 24`. Judged by the physical truth.

One board stays on all the time. Every session has a person of its own and an area of contact; what happens in them is
harmless: hands lifted and put back, a smaller area, presses, a host that asks and sends garbage. After every session,
in IDLE:

    heap     bytes in use after a collection, as after the second session and never more than HEAP_BYTES above it
    events   none missing in the device's own numbers
    clock    the device's uptime against the board's time, to one round
    ticks    the device's counter against the board's time, to one round of ticks
    charge   the device's charge of the session against the integral of the true current, to 0.2 % and 0.8 counts of
             sense A: one is 1.25 uA in FACE, 6.25 in the other modes
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from hil.bench.loads import random_person
from hil.rig import Rig, RigFailure
from ionto import limits
from ionto.states import STATES

EVERY_TICKS = 20  # between two samples of the truth
HEAP_BYTES = 2048  # a list or a table that was made larger once
_ROUND_MS = 10
_TICK_US = 500
_SLACK_MS = 2 * _ROUND_MS
CHARGE_PERCENT = 0.2  # of the reading, and while current flows:
# 0.8 counts by range: sense A's zero at or below half a count is not known better, for its readings end at 0.
CHARGE_UA = (1.0, 5.0)
_LEAST_AREA = 0.6  # of contact
_LEAST_SHARE = 0.7  # of it, after a small lift
_OVER = ("DONE", "IDLE", "FAULT")


@dataclass
class Soak:
    """What a run has found so far; `wrong` has a line for each thing that must not be."""

    rig: Rig
    dice: random.Random
    sessions: int = 0
    heap_bytes: list[int] = field(default_factory=list)
    free_bytes: list[int] = field(default_factory=list)
    writes: list[tuple[int, int, int]] = field(default_factory=list)  # minutes, writes to the memory, their bytes
    worst_charge_percent: float = 0.0
    clock_ms: list[float] = field(default_factory=list)
    ticks_off: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    rows: int = 0  # of the truth, already looked at

    def state(self) -> str:
        return STATES[self.rig.host.status().state]

    def wait(self, *names: str, seconds: float) -> str:
        """Until one of these states; says which it is then."""
        end_us = self.rig.now_us + round(seconds * 1e6)
        while (state := self.state()) not in names and self.rig.now_us < end_us:
            self.rig.advance(50)
        return state

    def tap(self, name: str, times: int = 1) -> None:
        for _ in range(times):
            self.rig.buttons.press(name, ms=80, settle_ms=80)

    def session(self, minutes: int) -> None:
        """One session in a mode and at a level by chance, from IDLE to IDLE."""
        before = self.rig.request({"written": 1})["written"]
        self.tap("MODE", self.dice.randrange(4))
        self.tap(self.dice.choice(("UP", "DOWN")), self.dice.randrange(6))
        self.tap("START")
        mode = limits.MODES[int(self.rig.host.status().mode)]
        self.rig.person.change(**random_person(self.dice, mode, area=_LEAST_AREA * _LEAST_SHARE))
        self.tap("MODE")
        while (at := self.rig.host.status().minutes) != minutes:
            self.tap("UP" if at < minutes else "DOWN")
        self.tap("MODE")
        self.tap("START")
        if self.wait("ARMED", seconds=5) != "ARMED":
            raise RigFailure(f"session {self.sessions}: {self.state()}, not ARMED\n{self.rig.describe()}")
        area = self.dice.uniform(_LEAST_AREA, 1.0)
        self.rig.person.contact(area)
        began = self.begin()
        end_us = self.rig.now_us + round((minutes + 4) * 60e6)
        while self.state() not in _OVER and self.rig.now_us < end_us:
            self.rig.advance(self.dice.uniform(3_000, 25_000))
            self.disturb(area)
        self.wait("DONE", seconds=20)
        self.end(began)
        after = self.rig.request({"written": 1})["written"]
        self.writes.append((minutes, after[0] - before[0], after[1] - before[1]))

    def begin(self) -> float:
        """Until the probe has seen the contact: from there on charge counts. Returns the time in us."""
        end_us = self.rig.now_us + 5_000_000
        while self.state() == "ARMED" and self.rig.now_us < end_us:
            self.rig.advance(10)
        return float(self.truth()[-1]["time_us"])

    def disturb(self, area: float) -> None:
        """Something harmless."""
        rig = self.rig
        match self.dice.randrange(6):
            case 0:
                rig.person.lift()
                rig.advance(self.dice.uniform(100, 4000))
                rig.person.contact(area)
                rig.advance(4000)
                if self.state() == "PAUSED":
                    self.tap("START")
            case 1:
                rig.person.contact(area * self.dice.uniform(_LEAST_SHARE, 0.9))
                rig.advance(2000)
                rig.person.contact(area)
            case 2:
                self.tap(self.dice.choice(("UP", "DOWN")))
            case 3:
                rig.transport.write(self.dice.randbytes(self.dice.randrange(1, 200)) + b"\0")
            case 4:
                rig.host.subscribe(self.dice.choice((0, 1, 10)))
            case _:
                rig.host.poll()

    def truth(self) -> np.ndarray:
        """The samples since the last call."""
        samples = self.rig.truth.after(self.rows)
        self.rows += len(samples)
        return samples

    def end(self, began_us: float) -> None:
        """Compares the session with the truth, and goes back to IDLE."""
        status = self.rig.host.status()
        samples = self.truth()
        true_ua = np.abs(samples["current_ua"].astype(float))
        period_s = EVERY_TICKS * _TICK_US / 1e6
        true_ua_s = float(true_ua.sum()) * period_s
        under_s = float((true_ua > 20).sum()) * period_s
        allowed = true_ua_s * CHARGE_PERCENT / 100 + CHARGE_UA[limits.MODES[int(status.mode)].range] * under_s + 1
        off = abs(status.charge_ua_s - true_ua_s)
        if true_ua_s:
            self.worst_charge_percent = max(self.worst_charge_percent, 100 * off / true_ua_s)
        if off > allowed or not true_ua_s:
            self.wrong.append(
                f"session {self.sessions}: {status.charge_ua_s} uAs, true {true_ua_s:.0f} since {began_us}"
            )
        if status.fault or STATES[status.state] != "DONE":
            self.wrong.append(f"session {self.sessions}: {STATES[status.state]}, fault {status.fault}")
        self.rig.person.lift()
        self.tap("START")
        if self.wait("IDLE", seconds=5) != "IDLE":
            raise RigFailure(f"session {self.sessions}: {self.state()}, not IDLE\n{self.rig.describe()}")
        self.sessions += 1
        self.rig.advance(2000)
        self.rig.host.poll()
        self.look()

    def look(self) -> None:
        """Heap, clock, ticks and events, in IDLE."""
        rig = self.rig
        status = rig.host.status()
        report = rig.request({"heap": 1})
        self.heap_bytes.append(report["heap"])
        self.free_bytes.append(report["heap_free"])
        self.clock_ms.append(status.uptime_ms - rig.now_us / 1000)
        self.ticks_off.append(status.ticks - rig.now_us / _TICK_US)
        grown = self.heap_bytes[-1] - self.heap_bytes[min(1, len(self.heap_bytes) - 1)]
        if grown > HEAP_BYTES:
            self.wrong.append(f"session {self.sessions}: {grown} bytes more in use than after the second")
        if rig.host.lost_events:
            self.wrong.append(f"session {self.sessions}: {rig.host.lost_events} events lost")
        for name, values, slack in (("clock", self.clock_ms, _SLACK_MS), ("ticks", self.ticks_off, 2 * _SLACK_MS)):
            if max(values) - min(values) > slack:
                self.wrong.append(f"session {self.sessions}: {name} {max(values) - min(values):.1f} off")


def run(hours: float, seed: int, minutes: tuple[int, ...] | None = None) -> Soak:
    """Sessions until so many hours have passed; `minutes` to choose from, else any that the mode FACE allows."""
    rig = Rig(seed, record_truth=EVERY_TICKS, tolerance_sigma=0)
    try:
        soak = Soak(rig, random.Random(seed))
        rig.advance(2500)
        rig.host.hello()
        choice = minutes or tuple(range(1, limits.MODES[limits.FACE].max_min + 1))
        while rig.now_us < hours * 3600e6 and len(soak.wrong) < 20:
            soak.session(soak.dice.choice(choice))
        rig.prove_safe()
        return soak
    finally:
        rig.close()


def main() -> int:
    """Returns 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began_s = time.monotonic()
    soak = run(options.hours, options.seed)
    for line in soak.wrong:
        print(line)
    heap = soak.heap_bytes
    clock_ms, ticks = (max(values) - min(values) for values in (soak.clock_ms, soak.ticks_off))
    print(f"{soak.rig.now_us / 3600e6:.2f} h in {time.monotonic() - began_s:.0f} s: {soak.sessions} sessions")
    print(f"heap in use: {heap[0]}, after the second {heap[min(1, len(heap) - 1)]}, at the end {heap[-1]} bytes")
    print(f"clock within {clock_ms:.1f} ms, ticks within {ticks:.1f}")
    print(f"charge {soak.worst_charge_percent:.2f} % off at worst; {len(soak.wrong)} wrong")
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
