"""Means of current, voltage and resistance over the last rounds, and the charge, from the tick's running sums.

Every number stays below 2**30 while rounds are on time and the resistance is that of a closed circuit: on the chip a
larger one is an object, and making objects in every round would call the collector. [REQ-MSR-1]
"""

from ionto.limits import TICK_US
from ionto.sampler import SUM_CURRENT, SUM_CURRENT_B, SUM_VOLTAGE, TICKS
from ionto.zero import SAMPLES

_MASK = 0x3FFFFFFF
ROUNDS = 5  # 50 ms at one round every 10 ms
_FULL = 4095  # counts
_NA_TICKS_PER_UA_MS = 1000000 // TICK_US
_LIMB_BITS = 10
_LIMB = (1 << _LIMB_BITS) - 1


def scaled(value, factor, divisor):
    """`value * factor // divisor` for a factor below 2**30, by long division with digits of 10 bits.

    Nothing on the way is beyond 2**30 if `value` and `divisor` are below 2**19 and the result below 2**30.
    """
    part = value * (factor >> 2 * _LIMB_BITS)
    result = part // divisor
    part = ((part - result * divisor) << _LIMB_BITS) + value * (factor >> _LIMB_BITS & _LIMB)
    digit = part // divisor
    part = ((part - digit * divisor) << _LIMB_BITS) + value * (factor & _LIMB)
    return (((result << _LIMB_BITS) + digit) << _LIMB_BITS) + part // divisor


class Measure:
    """Writes what the tick measured into a session's `inputs`, in physical units.

    `current_ua`, `current_b_ua`, `voltage_mv` are means over the last round; `resistance_ohm` over the last ROUNDS
    rounds: None until there are as many, and without a current that could be told from none. `charge_ua_ms` is what
    flowed in the last round, whole; what is left over counts in a later one. `is_torn`: the sums cannot be what ticks
    have added up, and the round counts for nothing. [REQ-TRP-14]

    `zero_part` (ZeroWatch.a_part) is taken off sense A's current and charge, from a mean of one count on.
    """

    def __init__(self, inputs):
        self._inputs = inputs
        self._ticks = 0
        self._current = 0
        self._voltage = 0
        self._current_b = 0
        self._window = [0] * (3 * ROUNDS)  # ticks, current and voltage of each round
        self._at = 0  # where the oldest round is
        self._charge_na_ticks = 0  # not told yet
        self.zero_part = 0
        self.is_torn = False
        self.forget()

    def update(self, copy, row):
        """Takes a snapshot (drive.copy) and the RangeCalibration that it was measured with."""
        inputs = self._inputs
        ticks = (copy[TICKS] - self._ticks) & _MASK
        if ticks == 0:
            inputs.charge_ua_ms = 0
            return
        current = (copy[SUM_CURRENT] - self._current) & _MASK
        voltage = (copy[SUM_VOLTAGE] - self._voltage) & _MASK
        current_b = (copy[SUM_CURRENT_B] - self._current_b) & _MASK
        self._ticks = copy[TICKS]
        self._current = copy[SUM_CURRENT]
        self._voltage = copy[SUM_VOLTAGE]
        self._current_b = copy[SUM_CURRENT_B]
        most = ticks * _FULL
        self.is_torn = current > most or voltage > most or current_b > most
        if self.is_torn:
            inputs.charge_ua_ms = 0
            return
        per_thousand = ticks * 1000
        na_ticks = current * row.a_na_per_lsb
        if current >= ticks:
            na_ticks -= ticks * self.zero_part * row.a_na_per_lsb // SAMPLES
        inputs.current_ua = na_ticks // per_thousand
        inputs.current_b_ua = current_b * row.b_na_per_lsb // per_thousand
        inputs.voltage_mv = voltage * row.v_uv_per_lsb // per_thousand
        na_ticks += self._charge_na_ticks
        inputs.charge_ua_ms = na_ticks // _NA_TICKS_PER_UA_MS
        self._charge_na_ticks = na_ticks % _NA_TICKS_PER_UA_MS
        self._resist(ticks, current, voltage, row)

    def forget(self):
        """Starts the resistance anew, as after switching the output on or off."""
        for i in range(3 * ROUNDS):
            self._window[i] = 0
        self._missing = ROUNDS
        self._sum_ticks = self._sum_current = self._sum_voltage = 0
        self._inputs.resistance_ohm = None

    def _resist(self, ticks, current, voltage, row):
        window, at = self._window, self._at
        self._sum_ticks += ticks - window[at]
        self._sum_current += current - window[at + 1]
        self._sum_voltage += voltage - window[at + 2]
        window[at] = ticks
        window[at + 1] = current
        window[at + 2] = voltage
        self._at = (at + 3) % len(window)
        if self._missing > 1:
            self._missing -= 1
        elif self._sum_current < self._sum_ticks:  # less than one count on average
            self._inputs.resistance_ohm = None
        else:
            ohm_na = scaled(self._sum_voltage, row.v_uv_per_lsb * 1000, self._sum_current)
            self._inputs.resistance_ohm = ohm_na // row.a_na_per_lsb
