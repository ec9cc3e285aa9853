"""The tick: reads the parts, has the readings checked, regulates, writes the DAC, toggles the heartbeat.

The only code that drives the output. It runs in a hard timer's interrupt: it allocates nothing, raises nothing and
waits for nothing but the SPI transfers. All ADC channels of the chip are read here too: a read selects its channel
first, so a second reader in the main loop would get the wrong one.
"""

from array import array

import micropython
from micropython import const

from ionto import raw_limits, regulator, sampler
from ionto.sampler import check, command, cut_code, record

# Words of sampler.py that are needed as constants here; a test keeps them equal.
_A_CURRENT = const(0)
_A_VOLTAGE = const(1)
_B_CURRENT = const(2)
_AUX = const(3)
_LATCH_OK = const(4)
_NOW_US = const(5)
_MODE = const(6)
_SLOT = const(9)
_TICKS = const(13)
_CAUSE = const(17)
_AMPLIFIER = const(2)  # the first slot that is sense B's


# Closures, because in viper a closed-over name costs a load and an attribute a dictionary look-up. A closure's call
# allocates when closed-over names and arguments are more than five, so what belongs together comes in a tuple.


def _make_read_all(parts):
    """The function that takes one tick's readings, current first."""
    read = parts.adc.read
    read_b = parts.b_current.read_u16
    slots_b = (parts.b_amplifier.read_u16, parts.b_rail.read_u16, parts.b_battery.read_u16)
    clock_and_latch = (parts.ticks_us, parts.latch)

    @micropython.viper
    def read_all(s: ptr32):
        s[_NOW_US] = int(clock_and_latch[0]())
        s[_A_CURRENT] = int(read(0))
        s[_B_CURRENT] = int(read_b()) >> 4
        s[_A_VOLTAGE] = int(read(1))
        slot = s[_SLOT]
        if slot < _AMPLIFIER:
            s[_AUX] = int(read(2 + slot))
        else:
            s[_AUX] = int(slots_b[slot - _AMPLIFIER]()) >> 4
        s[_LATCH_OK] = int(clock_and_latch[1]())

    return read_all


def _make_tick(frontend, parts):
    """The hard timer's callback."""
    read_all = _make_read_all(parts)
    arrays = (frontend.state, frontend.history, frontend.regulator)
    outputs = (parts.dac.write_a, parts.k1, parts.heartbeat)

    @micropython.viper
    def tick(_timer):
        state = arrays[0]
        limits = frontend.limits
        read_all(state)
        cause = int(check(state, limits, arrays[1]))
        k1 = outputs[1]
        if cause:
            k1(0)
            outputs[0](cut_code(state, arrays[2], limits, cause))
            record(state, cause)
            return
        outputs[0](command(state, arrays[2], limits))
        s = ptr32(state)
        if s[_MODE]:
            k1(1)
        else:
            k1(0)
            if s[_CAUSE]:
                return
        outputs[2](s[_TICKS] & 1)

    return tick


class Frontend:
    """The tick and its arrays.

    `parts` is any object with `adc` and `dac` (the drivers), `k1`, `heartbeat` and `latch` (Pins), `b_current`,
    `b_amplifier`, `b_rail` and `b_battery` (ADCs) and `ticks_us` (the clock). `limits` may be exchanged whole at any
    time; the tick reads it once.
    """

    def __init__(self, parts, mode, calibration):
        self.state = array("i", [0] * sampler.STATE_WORDS)
        self.history = array("i", [0] * sampler.RING_WORDS)
        self.regulator = array("i", [0] * regulator.REGULATOR_WORDS)
        self.limits = raw_limits.build(mode, calibration)
        self.tick = _make_tick(self, parts)
