"""MCP4822, the two-channel 12-bit DAC: channel A drives the amplifier, channel B the latch's self-test.

A write is two bytes with chip select low, taken over when it goes high: channel, gain, active, 12 bits
(datasheet DS22249, register 5-1). Gain is 2x: 4.096 V full scale, 1 mV a code.
"""

HEAD_A = 0x10  # channel A, gain 2x, active
HEAD_B = 0x90
TRIP_CODE = 3500  # of channel B: above 3,000 the latch trips without any current


class MCP4822:
    """`spi` and `cs` (a Pin, high at rest) are handed in.

    The tick writes in line, `cs(0); write(frame); cs(1)`: `frame_a` is HEAD_A | code >> 8, code & 255; `frames_b` are
    channel B at 0 and at TRIP_CODE.
    """

    def __init__(self, spi, cs):
        cs(1)
        self.cs = cs
        self.write = spi.write
        self.frame_a = bytearray(2)
        self.frames_b = (bytes((HEAD_B, 0)), bytes((HEAD_B | TRIP_CODE >> 8, TRIP_CODE & 255)))
        self._frame = bytearray(2)  # made once: the output must end when memory has run out, too

    def write_a(self, code):
        """Sets channel A to `code`, 0 to 4095. Only while no tick runs. Raises ValueError outside of it."""
        self._write(HEAD_A, code)

    def write_b(self, code):
        """Sets channel B to `code`, 0 to 4095. Only while no tick runs. Raises ValueError outside of it."""
        self._write(HEAD_B, code)

    def _write(self, head, code):
        if not 0 <= code <= 4095:
            raise ValueError("DAC code is %r, must be 0 to 4095" % code)
        self._frame[0] = head | code >> 8
        self._frame[1] = code & 255
        self.cs(0)
        self.write(self._frame)
        self.cs(1)
