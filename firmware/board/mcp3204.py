"""MCP3204, the 12-bit converter of sense A: four single-ended channels on SPI.

A conversion is three bytes with chip select low: start bit and single-ended bit, channel, then 12 bits come back
(datasheet DS21298, figure 6-1).
"""

CURRENT = 0
VOLTAGE = 1
REFERENCE = 2
GROUND = 3


class MCP3204:
    """`spi` and `cs` (a Pin, high at rest) are handed in.

    The tick does a conversion in line: `cs(0); transfer(requests[channel], reply); cs(1)`; the raw counts, 0 to 4095,
    are then the lower 12 bits of `reply`.
    """

    def __init__(self, spi, cs):
        cs(1)
        self.cs = cs
        self.transfer = spi.write_readinto
        self.requests = tuple([bytes((0x06, channel << 6, 0)) for channel in range(4)])
        self.reply = bytearray(3)
