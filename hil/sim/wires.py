"""What the chip's code does to its pins and its own ADC, one closure for each; spi.py has SPI.

A tick makes some twenty of these calls. So they are viper closures that name nothing of their module (a name costs a
look-up and a change of globals) and close over three things at most (more would allocate, which a hard callback must
not). What is not the plain case in a callback goes to `elsewhere`, a function of chip.py.
"""

import micropython
from micropython import const

from hil.sim import bus

# Words of bus.py that are needed as constants here; a test keeps them equal.
_IN_CALLBACK = const(0)
_CLOCK_US = const(1)
_RING_COUNT = const(2)
_SELECTED = const(3)
_DAC_WORD = const(5)
_DAC_BITS = const(6)
_ADC_STEP = const(7)
_PIN_US = const(11)
_IS_BEATING = const(24)
_BEAT_US = const(25)
_DAC_A_WORD = const(26)
_DRIVABLE = const(33)
_LEVELS = const(64)
_RING = const(128)
_RING_SLOTS = const(64)

_HEARTBEAT = const(13)
_CS_DAC = const(17)
_CS_ADC = const(20)


def make_pin_write(number, elsewhere):
    """`write(pin, level)` of an output. `elsewhere(number, level)` is for all but a callback and an output."""
    if number == _CS_DAC:
        return _make_dac_select(bus.state_at, elsewhere)
    if number == _CS_ADC:
        return _make_adc_select(bus.state_at, elsewhere)
    if number == _HEARTBEAT:
        return _make_heartbeat(bus.state_at, elsewhere)
    return _make_output(number, bus.state_at, elsewhere)


def _make_output(number, at, elsewhere):
    @micropython.viper
    def write(pin, level: int):
        s = ptr32(at)
        n = int(number)
        if (s[_DRIVABLE] >> n) & 1 == 0:
            elsewhere(n, level)
            return
        s[_CLOCK_US] += s[_PIN_US]
        if level:
            level = 1
        if s[_LEVELS + n] != level:
            s[_LEVELS + n] = level
            i = s[_RING_COUNT]
            s[_RING_COUNT] = i + 1
            if i < _RING_SLOTS:
                i = _RING + 3 * i
                s[i] = s[_CLOCK_US]
                s[i + 1] = n
                s[i + 2] = level

    return write


def _make_heartbeat(at, elsewhere):
    @micropython.viper
    def write(pin, level: int):
        s = ptr32(at)
        if (s[_DRIVABLE] >> _HEARTBEAT) & 1 == 0:
            elsewhere(_HEARTBEAT, level)
            return
        s[_CLOCK_US] += s[_PIN_US]
        if level:
            level = 1
        if s[_LEVELS + _HEARTBEAT] != level:
            s[_LEVELS + _HEARTBEAT] = level
            if s[_IS_BEATING]:
                s[_BEAT_US] = s[_CLOCK_US]
                return
            i = s[_RING_COUNT]
            s[_RING_COUNT] = i + 1
            if i < _RING_SLOTS:
                i = _RING + 3 * i
                s[i] = s[_CLOCK_US]
                s[i + 1] = _HEARTBEAT
                s[i + 2] = level

    return write


def _make_dac_select(at, elsewhere):
    @micropython.viper
    def write(pin, level: int):
        """Chip select of the MCP4822: when it rises, 16 bits are taken over."""
        s = ptr32(at)
        if (s[_DRIVABLE] >> _CS_DAC) & 1 == 0:
            elsewhere(_CS_DAC, level)
            return
        s[_CLOCK_US] += s[_PIN_US]
        if level:
            if s[_LEVELS + _CS_DAC]:
                return
            s[_LEVELS + _CS_DAC] = 1
            s[_SELECTED] &= 2
            word = s[_DAC_WORD]
            if s[_DAC_BITS] < 16 or word == s[_DAC_A_WORD]:
                return
            if word < 32768:
                s[_DAC_A_WORD] = word
            i = s[_RING_COUNT]
            s[_RING_COUNT] = i + 1
            if i < _RING_SLOTS:
                i = _RING + 3 * i
                s[i] = s[_CLOCK_US]
                s[i + 1] = 40 + (word >> 15)
                s[i + 2] = word
        elif s[_LEVELS + _CS_DAC]:
            s[_LEVELS + _CS_DAC] = 0
            s[_SELECTED] |= 1
            s[_DAC_BITS] = 0
            s[_DAC_WORD] = 0

    return write


def _make_adc_select(at, elsewhere):
    @micropython.viper
    def write(pin, level: int):
        """Chip select of the MCP3204: when it falls, a conversion begins anew."""
        s = ptr32(at)
        if (s[_DRIVABLE] >> _CS_ADC) & 1 == 0:
            elsewhere(_CS_ADC, level)
            return
        s[_CLOCK_US] += s[_PIN_US]
        if level:
            if s[_LEVELS + _CS_ADC] == 0:
                s[_LEVELS + _CS_ADC] = 1
                s[_SELECTED] &= 1
        elif s[_LEVELS + _CS_ADC]:
            s[_LEVELS + _CS_ADC] = 0
            s[_SELECTED] |= 2
            s[_ADC_STEP] = 0

    return write


def make_pin_read(number, elsewhere):
    """`read(pin)` of any pin; `elsewhere()` lets main code's time pass first."""
    return _make_pin_read(number, bus.state_at, elsewhere)


def _make_pin_read(number, at, elsewhere):
    @micropython.viper
    def read(pin) -> int:
        s = ptr32(at)
        if s[_IN_CALLBACK]:
            s[_CLOCK_US] += s[_PIN_US]
        else:
            elsewhere()
        return s[_LEVELS + int(number)]

    return read


def make_read_u16(channel, elsewhere):
    """`read_u16()` of the chip's ADC; `elsewhere()` lets main code's time pass first."""
    return _make_read_u16(bus.state_at, channel, elsewhere, bus.convert_b)


def _make_read_u16(at, channel, elsewhere, convert_b):
    @micropython.viper
    def read_u16() -> int:
        s = ptr32(at)
        if s[_IN_CALLBACK] == 0:
            elsewhere()
        return int(convert_b(channel))

    return read_u16
