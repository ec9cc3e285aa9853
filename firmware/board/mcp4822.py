"""MCP4822, the two-channel 12-bit DAC: channel A drives the amplifier, channel B the latch's self-test.

A write is two bytes with chip select low, taken over when it goes high: channel, gain, active, 12 bits
(datasheet DS22249, register 5-1). Gain is 2x: 4.096 V full scale, 1 mV a code.
"""

import micropython

_A = 0x10  # channel A, gain 2x, active
_B = 0x90


class MCP4822:
    """`spi` and `cs` (a Pin, high at rest) are handed in. `write_a` allocates nothing and may run in the hard timer."""

    def __init__(self, spi, cs):
        self._write = spi.write
        self._cs = cs
        self._frame = bytearray(2)
        cs(1)

    @micropython.viper
    def write_a(self, code: int):
        """Sets channel A to `code`, 0 to 4095; more is cut to 4095."""
        self._send(_A, code)

    @micropython.viper
    def write_b(self, code: int):
        """Sets channel B to `code`, 0 to 4095; more is cut to 4095."""
        self._send(_B, code)

    @micropython.viper
    def _send(self, head: int, code: int):
        if code > 4095:
            code = 4095
        frame = self._frame
        f = ptr8(frame)
        f[0] = head | (code >> 8)
        f[1] = code & 255
        cs = self._cs
        cs(0)
        self._write(frame)
        cs(1)
