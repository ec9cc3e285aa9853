"""What the chip's own time goes into: when ticks were due, began and ended, and when the watchdog was fed. Nanoseconds.

The hard timer's interrupt ends by writing the next alarm; a tick is known by the conversion of the current and by what
the DAC takes over. Nothing of this reaches the firmware.
"""

from __future__ import annotations

from typing import Any

_ALARMS = (0x10, 0x14, 0x18, 0x1C)
_INTR = 0x34
_WDT_LOAD = 0x04
ADC_MARK = 100  # among the edges: the chip's own converter begins with channel 0 to 3
_SAME_TICK_NS = 400_000  # two first readings closer than this belong to one tick

# One row a tick; `sampled` is the conversion of the current, `code` what the DAC held then.
FIELDS = ("due", "entered", "sampled", "dac", "heartbeat", "left", "code")


class TickLog:
    """`rows` has a list of FIELDS for every tick, `feeds` the times at which the watchdog was fed."""

    def __init__(self, chip: Any):
        self._clock = chip.clock
        self.rows: list[list[float]] = []
        self.feeds: list[float] = []
        self.edges: list[tuple[float, int, int]] | None = None  # every pin's edge, while a profile is taken
        self._due = self._entered = 0.0
        self._open: list[float] | None = None
        self._watch(chip.timer, self._on_timer)
        self._watch(chip.watchdog, self._on_watchdog)
        fire = chip.timer._fire_alarm

        def fired(index: int) -> None:
            self._due = self._clock.nanos
            fire(index)

        chip.timer._fire_alarm = fired

    @staticmethod
    def _watch(block: Any, look: Any) -> None:
        write = block.write_uint32

        def watched(offset: int, value: int) -> None:
            look(offset)
            write(offset, value)

        block.write_uint32 = watched

    def _on_timer(self, offset: int) -> None:
        if offset == _INTR:
            self._entered = self._clock.nanos
        elif offset in _ALARMS and self._open is not None and self._open[3]:
            self._open[5] = self._clock.nanos
            self.rows.append(self._open)
            self._open = None

    def _on_watchdog(self, offset: int) -> None:
        if offset == _WDT_LOAD:
            self.feeds.append(self._clock.nanos)

    def pin(self, number: int, level: int) -> None:
        """An edge on any pin that the chip drives, or the start of a conversion of its own."""
        if self.edges is not None:
            self.edges.append((self._clock.nanos, number, level))

    def tick_began(self, code: int) -> None:
        """The conversion of the current, with this code in the DAC."""
        now = self._clock.nanos
        if self._open is not None and now - self._open[2] < _SAME_TICK_NS:
            return
        if self._open is not None:
            self.rows.append(self._open)
        self._open = [self._due, self._entered, now, 0.0, 0.0, 0.0, code]

    def dac_written(self) -> None:
        """The DAC took over a code."""
        if self._open is not None:
            self._open[3] = self._clock.nanos

    def heartbeat(self) -> None:
        """The heartbeat pin moved."""
        if self._open is not None:
            self._open[4] = self._clock.nanos

    def take(self) -> dict[str, Any]:
        """Rows and feeds since the last time."""
        rows, self.rows = self.rows, []
        feeds, self.feeds = self.feeds, []
        edges = self.edges
        if edges is not None:
            self.edges = []
        return {"fields": FIELDS, "ticks": rows, "feeds": feeds, "edges": edges or []}
