"""I2C1: display and FRAM answer at their addresses, nothing else does, and every byte takes its nine clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_CLOCKS = 9


class Display:
    """The display as a device on the bus: it gets a write when that is over. `fail(text)` takes what it refuses."""

    answers = True

    def __init__(self, oled: Any, fail: Callable[[str], None]):
        self._oled = oled
        self._fail = fail
        self._data = bytearray()

    def start_write(self) -> None:
        self._data.clear()

    def take(self, value: int) -> None:
        self._data.append(value)

    def give(self) -> int:
        return 0xFF

    def is_cut(self) -> bool:
        return False

    def end(self) -> None:
        """The write is over."""
        try:
            self._oled.write(bytes(self._data))
        except ValueError as error:
            self._fail(str(error))


class I2cParts:
    """`devices` by address, as MB85RC256V is one; `cut()` is called when one of them says that the power fails now."""

    def __init__(self, i2c: Any, clock: Any, devices: dict[int, Any], cut: Callable[[], None]):
        self._i2c = i2c
        self._devices = devices
        self._cut = cut
        self._device: Any = None
        self._is_written = False
        self._then: Callable[[], None] | None = None
        self._alarm = clock.create_alarm(self._fire)
        i2c.on_start = self._start
        i2c.on_connect = self._connect
        i2c.on_write_byte = self._write
        i2c.on_read_byte = self._read
        i2c.on_stop = self._stop

    def reset(self) -> None:
        """The bus is let go; a write under way ends here."""
        self._alarm.cancel()
        self._device = None
        self._is_written = False

    def _bit_ns(self) -> float:
        clocks = self._i2c.scl_high_period + self._i2c.scl_low_period
        return clocks * 1e9 / self._i2c.rp2040.clk_sys

    def _after(self, bits: float, then: Callable[[], None]) -> None:
        self._then = then
        self._alarm.schedule(bits * self._bit_ns())

    def _fire(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _start(self, _repeated: bool) -> None:
        self._deliver()
        self._after(1, self._i2c.complete_start)

    def _connect(self, address: int, mode: int) -> None:
        found = self._devices.get(address)
        self._device = found if found is not None and found.answers else None
        if self._device is not None and int(mode) == 0:
            self._device.start_write()
        self._after(_CLOCKS, lambda: self._i2c.complete_connect(self._device is not None))

    def _write(self, value: int) -> None:
        self._after(_CLOCKS, lambda: self._written(value))

    def _written(self, value: int) -> None:
        self._is_written = True
        self._device.take(value)
        if self._device.is_cut():
            self._cut()
        self._i2c.complete_write(True)

    def _read(self, _ack: bool) -> None:
        self._after(_CLOCKS, lambda: self._i2c.complete_read(self._device.give()))

    def _stop(self) -> None:
        self._deliver()
        self._after(1, self._i2c.complete_stop)

    def _deliver(self) -> None:
        if self._is_written and isinstance(self._device, Display):
            self._device.end()
        self._device = None
        self._is_written = False
