"""A treatment under test: a rig whose buttons are pressed and whose circuit is closed as a person would.

What the firmware reports is used only to know when to go on, never as a measurement.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hil.rig import Rig, RigFailure
from ionto import states
from ionto.limits import MODES, Mode

_BOOT_MS = 1500
_PRESS_MS = 70  # debouncing takes 20 ms, a round 10 to 20 ms, the bounce 8 ms
_SETTLE_MS = 60


class Treatment:
    """A rig and a mode. `watch`: keywords for Watched; without, the load is used as it is."""

    def __init__(
        self,
        seed: int,
        mode: Mode,
        kind: str,
        arguments: dict[str, Any],
        *,
        watch: dict[str, Any] | None = None,
        record_truth: int = 0,
        tolerance_sigma: float = 1.0,
    ):
        self.mode = mode
        self.level_ua = mode.default_ua
        self.minutes = mode.default_min
        self.contact_times_us: list[int] = []
        self._directory = tempfile.TemporaryDirectory(prefix="ionto-bench-")
        self.log = Path(self._directory.name) / "steps.bin"
        load, load_arguments = f"hil.person:{kind}", arguments
        if watch is not None:
            load = "hil.bench.watch:Watched"
            load_arguments = {"kind": kind, "arguments": arguments, "log": str(self.log), **watch}
        try:
            self.rig = Rig(
                seed,
                load=load,
                load_arguments=load_arguments,
                record_truth=record_truth,
                tolerance_sigma=tolerance_sigma,
            )
        except BaseException:
            self._directory.cleanup()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self.rig.close()
        finally:
            self._directory.cleanup()

    # -- circuit ----------------------------------------------------------------------------------------------------

    def contact_at(self, ms: float, area: float) -> int:
        """Schedules a contact area `ms` from now, after all that were scheduled before. Returns its time in µs."""
        time_us = self.rig.now_us + round(ms * 1000)
        self.rig.person.at(ms, area)
        self.contact_times_us.append(time_us)
        return time_us

    def sink(self, ms: float, start: float, end: float, over_us: int = 1000, step_us: int = 20) -> int:
        """The area goes from `start` to `end` within `over_us`, `ms` from now. Returns when that is over, in µs."""
        count = max(1, over_us // step_us)
        for index in range(1, count + 1):
            self.contact_at(ms + index * step_us / 1000, start + (end - start) * index / count)
        return self.contact_times_us[-1]

    # -- presses ----------------------------------------------------------------------------------------------------

    def press(self, *names: str) -> None:
        """A short press of each, one after another."""
        for name in names:
            self.rig.buttons.press(name, ms=_PRESS_MS, settle_ms=_SETTLE_MS)

    def step_level(self, steps: int) -> None:
        """Presses UP or, for negative `steps`, DOWN that often; the level stays within the mode's limits."""
        for _ in range(abs(steps)):
            wanted_ua = self.level_ua + (self.mode.step_ua if steps > 0 else -self.mode.step_ua)
            if self.mode.step_ua <= wanted_ua <= self.mode.max_ua:
                self.press("UP" if steps > 0 else "DOWN")
                self.level_ua = wanted_ua

    def arm(self, level_steps: int = 0, minutes: int | None = None, reverse: bool = False) -> None:
        """From power-on to ARMED, with the mode, a level of default + steps, and these minutes."""
        self.rig.advance(_BOOT_MS)
        self.press(*["MODE"] * MODES.index(self.mode))
        if reverse:
            self.rig.buttons.press("MODE", ms=1300)
        self.step_level(level_steps)
        self.press("START")
        if minutes is not None and minutes != self.minutes:
            self.press("MODE", *["UP" if minutes > self.minutes else "DOWN"] * abs(minutes - self.minutes), "MODE")
            self.minutes = minutes
        self.press("START")
        self.wait_state(states.ARMED, timeout_ms=3000)
        self._require_settings()

    def _require_settings(self) -> None:
        """Raises RigFailure if a press was lost: what follows would measure something else."""
        status = self.rig.host.status()
        wanted = (self.mode.number, self.level_ua, self.minutes)
        if (status.mode, status.level_ua, status.minutes) != wanted:
            raise RigFailure(f"mode, level, minutes are {status.mode, status.level_ua, status.minutes}, not {wanted}")

    # -- what the firmware says, to know when to go on ----------------------------------------------------------------

    def state(self) -> int:
        """states.* now."""
        return self.rig.host.status().state

    def wait_state(self, *wanted: int, timeout_ms: float, step_ms: float = 20) -> int:
        """Lets time pass until one of these states. Raises RigFailure after `timeout_ms`, or if FAULT comes."""
        end_us = self.rig.now_us + round(timeout_ms * 1000)
        while True:
            status = self.rig.host.status()
            if status.state in wanted:
                return status.state
            names = " or ".join(states.STATES[state] for state in wanted)
            if status.state == states.FAULT:
                raise RigFailure(f"FAULT {status.fault}: {status.fault_value}, limit {status.fault_limit}, not {names}")
            if self.rig.now_us >= end_us:
                raise RigFailure(
                    f"{states.STATES[status.state]}, not {names}, after {timeout_ms:g} ms\n" + self.events()
                )
            self.rig.advance(step_ms)

    def treat(self, area: float = 1.0) -> None:
        """Closes the circuit, and waits until current is driven."""
        self.contact_at(0, area)
        self.wait_state(states.RAMP_UP, states.HOLD, timeout_ms=4000)

    def require_no_fault(self) -> None:
        """Raises RigFailure if the firmware reports a fault."""
        status = self.rig.host.status()
        if status.fault:
            raise RigFailure(
                f"FAULT {status.fault}: {status.fault_value}, limit {status.fault_limit}\n" + self.events()
            )

    def finish(self) -> None:
        """No fault, a safe end, and the load's log complete. Raises RigFailure."""
        self.require_no_fault()
        self.end()

    def end(self) -> None:
        """A safe end, and the load's log complete."""
        self.rig.prove_safe()
        self.contact_at(0, 0.0)
        self.rig.advance(1)

    def events(self) -> str:
        """The latest physical events, for messages."""
        return "\n".join(
            f"{event.time_us / 1e6:.6f} s {event.name} {event.value}" for event in self.rig.truth.events[-12:]
        )


def ramp_ms(mode: Mode, from_ua: float, to_ua: float) -> float:
    """How long a ramp takes in this mode."""
    slope = mode.ramp_up_ua_per_s if to_ua > from_ua else mode.ramp_down_ua_per_s
    return abs(to_ua - from_ua) / slope * 1000
