"""MCP3204, the 12-bit converter of sense A: four single-ended channels on SPI.

A conversion is three bytes with chip select low: start bit and single-ended bit, channel, then 12 bits come back
(datasheet DS21298, figure 6-1).
"""

import micropython

CURRENT = 0
VOLTAGE = 1
REFERENCE = 2
GROUND = 3


class MCP3204:
    """`spi` and `cs` (a Pin, high at rest) are handed in. `read` allocates nothing and may run in the hard timer."""

    def __init__(self, spi, cs):
        self._transfer = spi.write_readinto
        self._cs = cs
        self._requests = tuple([bytes((0x06, channel << 6, 0)) for channel in range(4)])
        self._reply = bytearray(3)
        cs(1)

    @micropython.viper
    def read(self, channel: int) -> int:
        """Raw counts, 0 to 4095, of `channel`."""
        reply = self._reply
        cs = self._cs
        cs(0)
        self._transfer(self._requests[channel], reply)
        cs(1)
        r = ptr8(reply)
        return ((r[1] & 15) << 8) | r[2]
