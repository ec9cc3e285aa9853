"""The tick: reads the parts, has the readings checked, regulates, writes the DAC, toggles the heartbeat.

The only code that drives the output. It runs in a hard timer's interrupt: it allocates nothing, raises nothing and waits
for nothing but the SPI transfers. All ADC channels of the chip are read here too: a read selects its channel first, so a
second reader in the main loop would get the wrong one.
"""

from array import array

import micropython
from micropython import const

from ionto import raw_limits, regulator, sampler
from ionto.sampler import check, command, record

# Words of sampler.py that are needed as constants here; a test keeps them equal.
_A_CURRENT = const(0)
_A_VOLTAGE = const(1)
_B_CURRENT = const(2)
_AUX = const(3)
_LATCH_OK = const(4)
_NOW_US = const(5)
_MODE = const(6)
_SLOT = const(9)
_CAUSE = const(17)
_GROUND = const(1)  # slots
_AMPLIFIER = const(2)
_RAIL = const(3)
_BATTERY = const(4)


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
        self._now_us = parts.ticks_us
        self._read = parts.adc.read
        self._write = parts.dac.write_a
        self._k1 = parts.k1
        self._heartbeat = parts.heartbeat
        self._latch = parts.latch
        self._read_b = parts.b_current.read_u16
        self._slots_b = (parts.b_amplifier.read_u16, parts.b_rail.read_u16, parts.b_battery.read_u16)
        self._beat = 0
        self.tick = self._tick  # bound once: binding allocates

    @micropython.viper
    def _read_all(self, s: ptr32):
        """Readings of this tick, current first."""
        s[_NOW_US] = int(self._now_us())
        read = self._read
        s[_A_CURRENT] = int(read(0))
        s[_B_CURRENT] = int(self._read_b()) >> 4
        s[_A_VOLTAGE] = int(read(1))
        slot = s[_SLOT]
        if slot < _AMPLIFIER:
            s[_AUX] = int(read(2 + slot))
        else:
            s[_AUX] = int(self._slots_b[slot - _AMPLIFIER]()) >> 4
        s[_LATCH_OK] = int(self._latch())

    @micropython.viper
    def _tick(self, _timer):
        state = self.state
        limits = self.limits
        s = ptr32(state)
        self._read_all(state)
        cause = int(check(state, limits, self.history))
        if cause:
            self._k1(0)
            self._write(0)
            record(state, cause)
            return
        self._write(command(state, self.regulator, limits))
        if s[_MODE]:
            self._k1(1)
        else:
            self._k1(0)
            if s[_CAUSE]:
                return
        beat = int(self._beat) ^ 1
        self._beat = beat
        self._heartbeat(beat)
