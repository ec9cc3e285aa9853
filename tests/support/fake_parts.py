"""Parts of a board that keep what is asked of them, in order; they refuse what they do not know."""

from collections.abc import Callable
from typing import Any

from board.mcp3204 import MCP3204
from board.mcp4822 import MCP4822

Event = tuple[str, Any]


class Pin:
    """An output or input; a call with a level sets it."""

    def __init__(self, name: str, log: list[Event], level: int = 0) -> None:
        self.name = name
        self.log = log
        self.level = level

    def __call__(self, *level: int) -> int:
        if level:
            assert level[0] in (0, 1)
            self.level = int(level[0])
            self.log.append((self.name, self.level))
        else:
            self.log.append((self.name, "read"))
        return self.level


class Adc:
    """An ADC of the chip: 16 bits, of which the upper 12 count."""

    def __init__(self, name: str, log: list[Event], raw: int = 0) -> None:
        self.name = name
        self.log = log
        self.raw = raw

    def read_u16(self) -> int:
        self.log.append((self.name, "read"))
        return self.raw << 4 | self.raw >> 8


class Select(Pin):
    """A chip select, low while its part is spoken to; the log has the transfers only."""

    def __call__(self, *level: int) -> int:
        (self.level,) = level
        return self.level


class Parts:
    """What the frontend is made of: the board's drivers of MCP3204 and MCP4822, on a bus that knows whom it speaks to.

    `raw_a` is what the converter of sense A reads, by channel.
    """

    def __init__(self) -> None:
        self.log: list[Event] = []
        self.raw_a = [0, 5, 2048, 0]
        self.now_us = 0
        self.k1 = Pin("k1", self.log)
        self.heartbeat = Pin("heartbeat", self.log)
        self.latch = Pin("latch", self.log, 1)
        self.b_current = Adc("b_current", self.log)
        self.b_amplifier = Adc("b_amplifier", self.log)
        self.b_rail = Adc("b_rail", self.log, 1000)
        self.b_battery = Adc("b_battery", self.log, 2000)
        self.cs_adc = Select("cs_adc", self.log)
        self.cs_dac = Select("cs_dac", self.log)
        self.adc = MCP3204(self, self.cs_adc)
        self.dac = MCP4822(self, self.cs_dac)
        self.on_dac: Callable[[], object] = lambda: None

    def write_readinto(self, data: bytes, into: bytearray) -> None:
        assert (self.cs_adc.level, self.cs_dac.level) == (0, 1)
        assert (len(data), len(into), data[0], data[1] & 0x3F) == (3, 3, 6, 0)
        channel = data[1] >> 6
        self.log.append(("a", channel))
        into[:] = bytes((0xFF, 0xE0 | self.raw_a[channel] >> 8, self.raw_a[channel] & 0xFF))

    def write(self, data: bytes) -> None:
        assert (self.cs_adc.level, self.cs_dac.level) == (1, 0)
        word = int.from_bytes(data, "big")
        assert (len(data), word >> 12 & 7) == (2, 1)  # gain 2x, active
        if word >> 15:
            self.log.append(("dac_b", word & 0xFFF))
            return
        self.log.append(("dac", word & 0xFFF))
        self.on_dac()

    def ticks_us(self) -> int:
        self.log.append(("clock", "read"))
        self.now_us = (self.now_us + 500) % 2**30
        return self.now_us


class Spi:
    """An SPI bus that answers `reply` to every transfer."""

    def __init__(self, log: list[Event], reply: bytes = b"") -> None:
        self.log = log
        self.reply = reply

    def write(self, data: bytes) -> None:
        self.log.append(("spi", bytes(data)))

    def write_readinto(self, data: bytes, into: bytearray) -> None:
        assert len(data) == len(into)
        self.log.append(("spi", bytes(data)))
        into[:] = self.reply
