"""MCP3204, the 12-bit converter of sense A: four single-ended channels on SPI.

A conversion is three bytes with chip select low: start bit and single-ended bit, channel, then 12 bits come back
(datasheet DS21298, figure 6-1).
"""

import micropython

CURRENT = 0
VOLTAGE = 1
REFERENCE = 2
GROUND = 3


def _make_read(transfer, cs, requests, reply):
    # A closure, because in viper a closed-over name costs a load and an attribute a dictionary look-up.
    @micropython.viper
    def read(channel: int) -> int:
        """Raw counts, 0 to 4095, of `channel`."""
        cs(0)
        transfer(requests[channel], reply)
        cs(1)
        r = ptr8(reply)
        return ((r[1] & 15) << 8) | r[2]

    return read


class MCP3204:
    """`spi` and `cs` (a Pin, high at rest) are handed in.

    `read(channel)` gives raw counts, 0 to 4095; it allocates nothing and may run in the hard timer.
    """

    def __init__(self, spi, cs):
        cs(1)
        requests = tuple([bytes((0x06, channel << 6, 0)) for channel in range(4)])
        self.read = _make_read(spi.write_readinto, cs, requests, bytearray(3))
