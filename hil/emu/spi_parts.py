"""The converters on SPI0, bit by bit and in the bus's own time: MCP4822 and MCP3204."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hil.sim import bus, facts

_DAC, _ADC = 1, 2  # bits of `selected`
_ACQUIRE = 4  # clocks since the start bit at which the MCP3204 holds its input


class SpiParts:
    """What hangs on SPI0. `latched(word)` is called when the DAC takes over 16 bits, `look(t_us, channel)` just before
    the MCP3204 holds its input."""

    def __init__(self, spi: Any, clock: Any, latched: Callable[[int], None], look: Callable[[int, int], None]):
        self._spi = spi
        self._clock = clock
        self._latched = latched
        self._look = look
        self.selected = 0
        self.errors = 0
        self._word = 0
        self._bits = 0
        self._value = 0
        self._start_ns = 0.0
        self._bit_ns = 1000.0
        self._alarm = clock.create_alarm(self._done)
        spi.on_transmit = self._begin

    def reset(self) -> None:
        """Both chip selects float high; a transfer under way is lost."""
        self.selected = 0
        self._alarm.cancel()

    def select(self, pin: int, level: int) -> None:
        """A chip select moves."""
        part = _DAC if pin == facts.CS_DAC else _ADC
        if level:
            was, self.selected = self.selected, self.selected & ~part
            if part == _DAC and was & _DAC and self._bits >= 16:
                self._latched(self._word)
            return
        self.selected |= part
        if part == _DAC:
            self._word = self._bits = 0
        else:
            bus.state[bus.ADC_STEP] = 0

    def _begin(self, value: int) -> None:
        self._value = value
        self._start_ns = self._clock.nanos
        self._bit_ns = 1e9 / (self._spi.clock_frequency or 1e6)
        self._alarm.schedule(self._bit_ns * self._spi.data_bits)

    def _done(self) -> None:
        """The word is through: what the selected part made of its bits."""
        if self.selected not in (_DAC, _ADC):
            self.errors += 1
        answer = 0
        for i in range(self._spi.data_bits - 1, -1, -1):
            answer = answer << 1 | self._bit(self._value >> i & 1, self._spi.data_bits - i)
        self._spi.complete_transmit(answer)

    def _bit(self, bit: int, number: int) -> int:
        out = 1
        if self.selected & _DAC and self._bits < 16:
            self._word = self._word << 1 | bit
            self._bits += 1
        if self.selected & _ADC:
            if bus.state[bus.ADC_STEP] == _ACQUIRE:
                channel = (bus.state[bus.ADC_ADDRESS] << 1 | bit) & 3
                self._look(int((self._start_ns + number * self._bit_ns) / 1000), channel)
            out = bus._adc_bit(bit)
        return out
