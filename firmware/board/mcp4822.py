"""MCP4822, the two-channel 12-bit DAC: channel A drives the amplifier, channel B the latch's self-test.

A write is two bytes with chip select low, taken over when it goes high: channel, gain, active, 12 bits
(datasheet DS22249, register 5-1). Gain is 2x: 4.096 V full scale, 1 mV a code.
"""

HEAD_A = 0x10  # channel A, gain 2x, active
HEAD_B = 0x90


class MCP4822:
    """`spi` and `cs` (a Pin, high at rest) are handed in.

    The tick writes channel A in line: `frame_a` is HEAD_A | code >> 8, code & 255; then `cs(0); write(frame_a); cs(1)`.
    """

    def __init__(self, spi, cs):
        cs(1)
        self.cs = cs
        self.write = spi.write
        self.frame_a = bytearray(2)

    def write_a(self, code):
        """Sets channel A to `code`, 0 to 4095. Only while no tick runs. Raises ValueError outside of it."""
        self._write(HEAD_A, code)

    def write_b(self, code):
        """Sets channel B to `code`, 0 to 4095. Only while no tick runs. Raises ValueError outside of it."""
        self._write(HEAD_B, code)

    def _write(self, head, code):
        if not 0 <= code <= 4095:
            raise ValueError("DAC code is %r, must be 0 to 4095" % code)
        self.cs(0)
        self.write(bytes((head | code >> 8, code & 255)))
        self.cs(1)
