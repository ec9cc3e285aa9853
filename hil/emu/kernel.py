"""Time and events of the emulated rig: what the simulated board's modules ask of a kernel, on the chip's own clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from hil.sim import bus, facts

DRIVEN = (facts.LATCH_STATE, facts.VBUS)  # both levels; what else comes in is a contact to ground


class Kernel:
    """`later(t_us, name, value)` queues physical events, `on_pin` and `sync` bring the board up to the chip's time."""

    def __init__(self, clock: Any):
        self._clock = clock
        self._queue: list[tuple[int, int, str, Any]] = []
        self._order = 0
        self._alarm = clock.create_alarm(self._fire)
        self._shown: dict[int, int] = {}
        self.stall_us = 0  # interrupts and code are held up for so long
        self._pending: int | None = None
        self.halt: Callable[[], None] = lambda: None  # what lets the chip stop after the present instruction
        self.errors: list[str] = []
        self.gpio: Any = None
        self.truth: Any = None
        self.board: Any = None
        self.stage: Any = None
        self.interlock: Any = None

    @property
    def now_us(self) -> int:
        """Since the rig was made."""
        return int(self._clock.nanos / 1000)

    @now_us.setter
    def now_us(self, value: int) -> None:
        self.stall_us += value - self.now_us
        self.halt()

    @property
    def pending(self) -> int | None:
        """A reset with this cause (0: power off) is due."""
        return self._pending

    @pending.setter
    def pending(self, cause: int | None) -> None:
        self._pending = cause
        self.halt()

    def fail(self, text: str) -> None:
        """The test fails with `text`."""
        if text not in self.errors:
            self.errors.append(text)

    # -- physical events --------------------------------------------------------------------------------------------

    def later(self, at_us: int, name: str, value: Any = 0) -> None:
        """Queues a physical event."""
        self._order += 1
        heapq.heappush(self._queue, (at_us, self._order, name, value))
        self._arm()

    def _arm(self) -> None:
        if self._queue:
            self._alarm.schedule(max(0.0, self._queue[0][0] * 1000 - self._clock.nanos))

    def _fire(self) -> None:
        while self._queue and self._queue[0][0] * 1000 <= self._clock.nanos:
            at_us, _, name, value = heapq.heappop(self._queue)
            self.sync(at_us)
            self.board.on_event(at_us, name, value)
            self._compare()
        self.show_inputs()
        self._arm()

    def sync(self, t_us: int) -> None:
        """Brings the stage to `t_us`; the comparator looks at once."""
        self.stage.sync(t_us)
        if self.stage.overloaded:
            self._compare()

    def _compare(self) -> None:
        if self.stage.overloaded:
            self.interlock.check_comparator(self.stage.t_us)
            self.show_inputs()

    # -- the chip's pins --------------------------------------------------------------------------------------------

    def drive(self, signal: int, value: int) -> None:
        """The chip drives a pin or the DAC now."""
        now_us = self.now_us
        self.sync(now_us)
        self.board.on_signal(now_us, signal, value)
        self._compare()
        self.show_inputs()

    def show_inputs(self) -> None:
        """Puts the levels of the board's inputs onto the chip's pins."""
        for pin in facts.INPUT_PINS:
            level = bus.levels[pin]
            if self._shown.get(pin) == level:
                continue
            self._shown[pin] = level
            if pin in DRIVEN or not level:
                self.gpio[pin].set_input_value(bool(level))
            else:
                self.gpio[pin].release_input()  # an open contact: the chip's own pull-up decides
