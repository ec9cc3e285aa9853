"""UART0 of the emulated chip as a PL011: FIFOs of 32 bytes, levels, interrupts and the time of every byte on the wire.

The emulator's own raises the transmit interrupt without end, and machine.UART never gets out of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from rp2040py.peripherals.uart import RPUART, IUARTDMAChannels

_DR, _FR, _IFLS, _IMSC, _RIS, _MIS, _ICR = 0x00, 0x18, 0x34, 0x38, 0x3C, 0x40, 0x44
_FR_BUSY, _FR_RXFE, _FR_TXFF, _FR_RXFF, _FR_TXFE = 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_RX, _TX, _RT = 1 << 4, 1 << 5, 1 << 6
_LEVELS = (4, 8, 16, 24, 28)
_DEPTH = 32
_BITS = 10  # 8N1
_IDLE_BITS = 32  # the receive timeout


class TimedUart(RPUART):
    """`send(byte)` is called when a byte has left the wire; `receive(data)` puts bytes on the other wire."""

    def __init__(self, rp2040: Any, name: str, irq: int, dreq: IUARTDMAChannels, send: Callable[[int], None]):
        super().__init__(rp2040, name, irq, dreq)
        self._send = send
        self._tx: deque[int] = deque()
        self._rx: deque[int] = deque()
        self._incoming: deque[int] = deque()
        self._sending: int | None = None
        self._ifls = 0x12
        self._raw = 0
        self.lost = 0  # bytes that met a full receive FIFO
        clock = rp2040.clock
        self._tx_alarm = clock.create_alarm(self._sent)
        self._rx_alarm = clock.create_alarm(self._arrived)
        self._idle_alarm = clock.create_alarm(self._idle)

    def reset(self) -> None:
        """Registers and FIFOs as after power-on; the byte on the wire is lost, what the host sends goes on."""
        super().reset()
        self._tx.clear()
        self._rx.clear()
        self._sending = None
        self._ifls = 0x12
        self._raw = 0
        self._tx_alarm.cancel()
        self._idle_alarm.cancel()

    def _byte_ns(self) -> float:
        if self.baud_divider == 0:
            return _BITS * 1e9 / 921600
        return _BITS * 16e9 * self.baud_divider / self.rp2040.clk_peri

    # -- transmit ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._sending is None and self._tx:
            self._sending = self._tx.popleft()
            self._tx_alarm.schedule(self._byte_ns())
            if len(self._tx) == _LEVELS[self._ifls & 7]:
                self._raw |= _TX
                self._update()

    def _sent(self) -> None:
        value, self._sending = self._sending, None
        if value is not None:
            self._send(value)
        self._start()

    # -- receive ----------------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """The host sends `data`: a byte arrives every byte time."""
        idle = not self._incoming
        self._incoming.extend(data)
        if idle and self._incoming:
            self._rx_alarm.schedule(self._byte_ns())

    def _arrived(self) -> None:
        value = self._incoming.popleft()
        if not (self.enabled and self.rx_enabled) or len(self._rx) >= _DEPTH:
            self.lost += 1
        else:
            self._rx.append(value)
            if len(self._rx) >= _LEVELS[self._ifls >> 3 & 7]:
                self._raw |= _RX
                self._update()
            self._idle_alarm.schedule(self._byte_ns() * _IDLE_BITS / _BITS)
        if self._incoming:
            self._rx_alarm.schedule(self._byte_ns())

    def _idle(self) -> None:
        if self._rx:
            self._raw |= _RT
            self._update()

    def _take(self) -> int:
        value = self._rx.popleft() if self._rx else 0
        if len(self._rx) < _LEVELS[self._ifls >> 3 & 7]:
            self._raw &= ~_RX
        if not self._rx:
            self._raw &= ~_RT
            self._idle_alarm.cancel()
        self._update()
        return value

    # -- registers --------------------------------------------------------------------------------------------------

    def _update(self) -> None:
        self.rp2040.set_interrupt(self.irq, bool(self._raw & self._interrupt_mask))

    def check_interrupts(self) -> None:
        """The line to the interrupt controller follows the masked status."""
        self._update()

    @property
    def flags(self) -> int:
        flags = 0 if self._rx else _FR_RXFE
        flags |= _FR_RXFF if len(self._rx) >= _DEPTH else 0
        flags |= _FR_TXFF if len(self._tx) >= _DEPTH else 0
        flags |= 0 if self._tx else _FR_TXFE
        return flags | (_FR_BUSY if self._sending is not None or self._tx else 0)

    def read_uint32(self, offset: int) -> int:
        """A register as the chip's code reads it."""
        if offset == _DR:
            return self._take()
        if offset == _IFLS:
            return self._ifls
        if offset in (_RIS, _MIS):
            return self._raw & (self._interrupt_mask if offset == _MIS else 0x7FF)
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        """A register as the chip's code writes it."""
        if offset == _DR:
            if len(self._tx) < _DEPTH:
                self._tx.append(value & 0xFF)
                if len(self._tx) > _LEVELS[self._ifls & 7]:
                    self._raw &= ~_TX
                    self._update()
            self._start()
        elif offset == _IFLS:
            self._ifls = value & 0x3F
        elif offset == _ICR:
            self._raw &= ~self.raw_write_value
            self._update()
        else:
            super().write_uint32(offset, value)
