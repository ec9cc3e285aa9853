"""MCP4822, the two-channel 12-bit DAC: channel A drives the amplifier, channel B the latch's self-test.

A write is two bytes with chip select low, taken over when it goes high: channel, gain, active, 12 bits
(datasheet DS22249, register 5-1). Gain is 2x: 4.096 V full scale, 1 mV a code.
"""

import micropython

_A = 0x10  # channel A, gain 2x, active
_B = 0x90


def _make_write(write, cs, frame, head):
    # A closure, because in viper a closed-over name costs a load and an attribute a dictionary look-up.
    @micropython.viper
    def write_channel(code: int):
        """Sets the channel to `code`, 0 to 4095; more is cut to 4095."""
        if code > 4095:
            code = 4095
        f = ptr8(frame)
        f[0] = int(head) | (code >> 8)
        f[1] = code & 255
        cs(0)
        write(frame)
        cs(1)

    return write_channel


class MCP4822:
    """`spi` and `cs` (a Pin, high at rest) are handed in.

    `write_a(code)` and `write_b(code)` set a channel to 0 to 4095 (more is cut to 4095); they allocate nothing and may
    run in the hard timer.
    """

    def __init__(self, spi, cs):
        cs(1)
        self.write_a = _make_write(spi.write, cs, bytearray(2), _A)
        self.write_b = _make_write(spi.write, cs, bytearray(2), _B)
