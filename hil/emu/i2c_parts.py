"""I2C1: the display answers at its address, nothing else does, and every byte takes its nine clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_CLOCKS = 9


class I2cParts:
    """`devices` by address, with `write(data)` for one whole write. `fail(text)` takes what a device refuses."""

    def __init__(self, i2c: Any, clock: Any, devices: dict[int, Any], fail: Callable[[str], None]):
        self._i2c = i2c
        self._devices = devices
        self._fail = fail
        self.powered = True
        self._device: Any = None
        self._data = bytearray()
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
        self._data.clear()

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
        self._device = self._devices.get(address) if self.powered else None
        found = self._device is not None and int(mode) == 0
        self._after(_CLOCKS, lambda: self._i2c.complete_connect(found))

    def _write(self, value: int) -> None:
        self._data.append(value)
        self._after(_CLOCKS, lambda: self._i2c.complete_write(True))

    def _read(self, _ack: bool) -> None:
        self._after(_CLOCKS, lambda: self._i2c.complete_read(0xFF))

    def _stop(self) -> None:
        self._deliver()
        self._after(1, self._i2c.complete_stop)

    def _deliver(self) -> None:
        if self._device is not None and self._data:
            try:
                self._device.write(bytes(self._data))
            except ValueError as error:
                self._fail(str(error))
        self._device = None
        self._data.clear()
