"""SPI0 with MCP4822 and MCP3204, as the chip's code meets it: closures like those of wires.py, for the same reasons."""

import micropython
from micropython import const

from hil.sim import bus

# Words of bus.py that are needed as constants here; a test keeps them equal.
_IN_CALLBACK = const(0)
_CLOCK_US = const(1)
_SELECTED = const(3)
_SPI_ERRORS = const(4)
_DAC_WORD = const(5)
_DAC_BITS = const(6)
_ADC_STEP = const(7)
_ADC_CODE = const(9)
_RANDOM = const(10)
_ADC_STUCK = const(16)
_WRITE_US = const(34)
_READ_US = const(35)
_CODES = const(96)
_NOISE = const(320)
_NOISE_BIAS = const(1024)


def make_write_readinto(elsewhere):
    """`write_readinto(tx, rx)` of SPI0; a plain reading of the MCP3204 in a callback is done here at once."""
    return _make_write_readinto(bus.state_at, len, elsewhere)


def _make_write_readinto(at, len_, elsewhere):
    @micropython.viper
    def write_readinto(tx, rx):
        s = ptr32(at)
        t = ptr8(tx)
        if s[_IN_CALLBACK] == 0 or s[_SELECTED] != 2 or s[_ADC_STEP] or int(len_(tx)) != 3 or int(len_(rx)) != 3:
            elsewhere(tx, rx)
            return
        channel = t[1] >> 6
        if t[0] != 6 or t[1] & 0x3F or s[_ADC_STUCK + channel]:
            elsewhere(tx, rx)
            return
        s[_CLOCK_US] += s[_READ_US]
        # What `bus.convert` does, without the call.
        x = (s[_RANDOM] * 1664525 + 1013904223) & 0xFFFFFFFF
        s[_RANDOM] = x
        code = ((s[_CODES + channel] + s[_NOISE + (x >> 20)] - _NOISE_BIAS + 8) >> 4) - 65536
        if code < 0:
            code = 0
        elif code > 4095:
            code = 4095
        s[_ADC_CODE] = code
        s[_ADC_STEP] = 19
        r = ptr8(rx)
        r[0] = 255
        r[1] = 0xE0 | (code >> 8)
        r[2] = code & 255

    return write_readinto


def make_write(elsewhere):
    """`write(tx)` of SPI0; a word for the MCP4822 in a callback is taken here at once."""
    return _make_write(bus.state_at, len, elsewhere)


def _make_write(at, len_, elsewhere):
    @micropython.viper
    def write(tx):
        s = ptr32(at)
        if s[_IN_CALLBACK] == 0 or s[_SELECTED] != 1 or s[_DAC_BITS] or int(len_(tx)) != 2:
            elsewhere(tx)
            return
        t = ptr8(tx)
        s[_CLOCK_US] += s[_WRITE_US]
        s[_DAC_WORD] = (t[0] << 8) | t[1]
        s[_DAC_BITS] = 16

    return write


@micropython.viper
def transfer(tx, rx, size: int):
    """`size` bytes on SPI0, clock by clock. `tx` may be `rx`. It is an error unless one part is selected."""
    s = ptr32(bus.state)
    t = ptr8(tx)
    r = ptr8(rx)
    selected = s[_SELECTED]
    i = 0
    if selected == 2:
        while i < size:
            r[i] = int(_adc_byte(t[i]))
            i += 1
    elif selected == 1:
        while i < size:
            if s[_DAC_BITS] < 16:
                s[_DAC_WORD] = (s[_DAC_WORD] << 8) | t[i]
                s[_DAC_BITS] += 8
            r[i] = 255
            i += 1
    else:
        s[_SPI_ERRORS] += 1


@micropython.viper
def _adc_byte(value: int) -> int:
    out = 0
    i = 7
    while i >= 0:
        out = (out << 1) | int(bus._adc_bit((value >> i) & 1))
        i -= 1
    return out
