"""A desk without hardware: a simulated board with its firmware, a simulated load box with its own, wired together.

`python -m hil.bench_rig.world` shows both as serial ports and runs them in real time: the bench rig works on them as on
real ones. In a test the same world runs in virtual time.
"""

from __future__ import annotations

import argparse
import math
import os
from typing import Any, Self, cast

from hil.bench_rig import sim_box
from hil.bench_rig.sim_box import SimBox
from hil.pty_link import PtyLink
from hil.rig import Rig, RigFailure

STEP_US = 10_000
_WHOLE_OHM = 100.0
_LOAD = {"load": "hil.box_sim.load:Switched", "load_arguments": {"whole_ohm": _WHOLE_OHM}}


class World:
    """Both boards and the wires between them. `advance` runs them together, a few ms at a time."""

    def __init__(self, seed: int = 1, *, jumper: bool = False, **options: Any):
        self.box = SimBox(seed, jumper=jumper)
        try:
            settings: dict[str, Any] = _LOAD | {"record_truth": 0} | options
            self.rig = Rig(seed, **settings)
        except BaseException:
            self.box.close()
            raise
        self._levels: dict[int, int] = {}

    @property
    def now_us(self) -> int:
        return self.rig.now_us

    def advance(self, ms: float) -> None:
        """Lets `ms` of virtual time pass. Raises RigFailure if either board broke."""
        end_us = self.now_us + round(ms * 1000)
        while self.now_us < end_us:
            self._step(min(STEP_US, end_us - self.now_us))

    def _step(self, step_us: int) -> None:
        now = self.rig.truth.now
        electrode_v = now["electrode_mv"] * 1e-3 if self.rig.truth.k1_closed else 0.0
        begin_us = self.now_us
        for change in self.box.advance(begin_us + step_us, now["current_na"] * 1e-9, electrode_v):
            self._apply(change, (change.time_us - begin_us + sim_box.RELAY_US) / 1000)
        if self.box.errors:
            raise RigFailure(f"load box: {self.box.errors}\n{self.box.printed()}")
        self.rig.advance(step_us / 1000)

    def _apply(self, change: sim_box.Change, ms: float) -> None:
        """A pin of the box moves a relay, which acts on the board `ms` from now."""
        self._levels[change.pin] = change.level
        if change.pin in sim_box.BUTTONS:
            self.rig.at(ms, "button", [sim_box.BUTTONS[change.pin], change.level])
        elif change.pin == sim_box.STOP:
            self.rig.at(ms, "stop", change.level)
        elif change.pin == sim_box.POWER:
            self.rig.at(ms, "power", 1 - change.level)
        elif change.pin in sim_box.BRANCHES_OHM or change.pin == sim_box.CONTACT:
            ohm = sim_box.ohm(self._levels)
            self.rig.person.at(ms, _WHOLE_OHM / ohm if ohm else 0.0)

    def close(self) -> None:
        """Ends both. Safe to call twice."""
        self.box.close()
        self.rig.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Wire:
    """A transport to one of the two, in the world's time: what host_tools and the box's client read and write."""

    def __init__(self, world: World, end: Rig | SimBox):
        self._world = world
        self._end = end
        self._received = bytearray()
        end.uart_sinks.append(self._received.extend)

    def write(self, data: bytes) -> None:
        self._end.send_uart(bytes(data))

    def read(self, timeout_s: float) -> bytes:
        """What has come in, after at most `timeout_s` of the world's time."""
        end_us = self._world.now_us + math.ceil(timeout_s * 1e6)
        while not self._received and self._world.now_us < end_us:
            self._world.advance(min(STEP_US, end_us - self._world.now_us) / 1000)
        data = bytes(self._received)
        self._received.clear()
        return data

    def close(self) -> None:
        self._end.uart_sinks.remove(self._received.extend)


def run(seed: int, seconds: float) -> None:
    """Both as serial ports in real time, for `seconds`."""
    with World(seed, realtime=True) as world, PtyLink(world.rig) as board, PtyLink(cast("Any", world.box)) as box:
        print(f"PORT={board.path} LOADBOX={box.path}", flush=True)
        while world.now_us < seconds * 1e6:
            board.pump()
            box.pump()
            world.advance(STEP_US / 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description="A simulated board and a simulated load box on two serial ports.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600.0, help="end by itself after that long")
    options = parser.parse_args()
    os.environ["IONTO_RIG"] = "sim"  # the world is simulated, whatever rig looks at it
    try:
        run(options.seed, options.seconds)
    except KeyboardInterrupt:
        print("ended")


if __name__ == "__main__":
    main()
