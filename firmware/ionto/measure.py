"""Means of current, voltage and resistance over the last rounds, and the charge, from the tick's running sums."""

from ionto import sampler

_MASK = 0x3FFFFFFF
ROUNDS = 5  # 50 ms at one round every 10 ms


class Measure:
    """What the tick measured, in physical units.

    `current_ua`, `current_b_ua`, `voltage_mv` are means over the last round; `resistance_ohm` over the last ROUNDS
    rounds: None until there are as many, and without a current that could be told from none. `charge_na_ticks` counts
    everything since power-on.
    """

    def __init__(self):
        self._last = (0, 0, 0, 0)
        self._window = []
        self.current_ua = 0
        self.current_b_ua = 0
        self.voltage_mv = 0
        self.resistance_ohm = None
        self.charge_na_ticks = 0

    def update(self, copy, row):
        """Takes a snapshot (drive.copy) and the RangeCalibration that it was measured with."""
        now = (
            copy[sampler.TICKS],
            copy[sampler.SUM_CURRENT],
            copy[sampler.SUM_VOLTAGE],
            copy[sampler.SUM_CURRENT_B],
        )
        ticks, current, voltage, current_b = [(a - b) & _MASK for a, b in zip(now, self._last)]
        self._last = now
        if ticks == 0:
            return
        self.charge_na_ticks += current * row.a_na_per_lsb
        self.current_ua = current * row.a_na_per_lsb // (ticks * 1000)
        self.current_b_ua = current_b * row.b_na_per_lsb // (ticks * 1000)
        self.voltage_mv = voltage * row.v_uv_per_lsb // (ticks * 1000)
        self._resist(ticks, current, voltage, row)

    def forget(self):
        """Starts the resistance anew, as after switching the output on or off."""
        self._window = []
        self.resistance_ohm = None

    def charge_ua_ms(self, tick_us):
        """Everything delivered since power-on."""
        return self.charge_na_ticks * tick_us // 1000000

    def _resist(self, ticks, current, voltage, row):
        self._window.append((ticks, current, voltage))
        if len(self._window) > ROUNDS:
            self._window.pop(0)
        if len(self._window) < ROUNDS:
            self.resistance_ohm = None
            return
        ticks_sum = sum([entry[0] for entry in self._window])
        current_sum = sum([entry[1] for entry in self._window])
        voltage_sum = sum([entry[2] for entry in self._window])
        if current_sum < ticks_sum:  # less than one count on average
            self.resistance_ohm = None
            return
        self.resistance_ohm = voltage_sum * row.v_uv_per_lsb * 1000 // (current_sum * row.a_na_per_lsb)
