"""The output stage: DAC, amplifier, series resistor, K1, K2, load, shunts. Plain floats in V, A, ohm; times in µs.

It knows no rules: `interlock` moves the relays, the kernel tells when. `sync(t_us)` brings everything up to a time.
"""

import math

import micropython
from micropython import const

from hil.sim import amplifier, bus, facts, handover, plain

_codes = bus.codes
_state = bus.state
_see = bus.see
_show = bus.show
_plain = plain.plain
_ON = const(0)  # of plain.py
_int = int  # found at once, where a builtin is looked for in the module first
_SMALL_STEP_V = 0.2  # the amplifier is followed through smaller changes only from tick to tick


class Stage:
    """One board's output stage, with `spread` (factors and offsets by name) and the `load` across its electrodes."""

    def __init__(self, load, spread):
        self.take_load(load)
        self.spread = spread
        self.t_us = 0
        self.codes_ab = [0, 0]
        self.gains_ab = [0.0, 0.0]  # V per code; 0: shut down
        self.body = 0
        self.trip_high = 0
        self.target_v = 0.0
        self.amplifier_v = 0.0
        self.k1 = 0
        self.k2 = 0
        self.k2_moving = 0
        self.current_a = 0.0
        self.electrode_v = 0.0
        self.fine_us = 0
        self.is_plain = 0  # current flows, or would, with the polarity as at rest
        self.lowest_code = 1  # between these `nudge` is right
        self.highest_code = 0
        self.v_per_code = 0.0
        self.shown_v = -1.0  # amplifier voltage that the converters see
        self.max_current_a = 0.0
        self.overloaded = 0  # the comparator sees more than its threshold
        self.wanted_a = facts.LATCH_TRIP_A[0]  # the threshold that the code asked for, of a nominal board
        self.over_us = 0  # for how long there has been more than that, either way
        self.longest_over_us = 0
        self.watch_zero = 0
        self.zero_at_us = -1
        self.rail_v = facts.RAIL_V[0]
        self.battery_v = facts.BATTERY_V
        self.params = {"amplifier_offset_v": 0.0, "amplifier_gain": 1.0, "b_offset_a": 0.0, "a_offset_a": 0.0}
        self.held_v = None  # a defect: the amplifier's output stays there
        self.words = [0, 0]  # as written to the DAC
        self.dac_frozen = 0  # defects: it takes no word any more; bits of channel A that are stuck low or high
        self.dac_low = 0
        self.dac_high = 0
        self.configure()

    def take_load(self, load):
        """`load` across the electrodes, in place of what was there."""
        self.load = load
        self.load_step = load.step  # bound once
        self.is_linear = handover.is_linear(load)

    def configure(self):
        """Recomputes what follows from range, spread and faults."""
        s = self.spread
        body = self.body
        self.series_ohm = facts.SERIES_OHM[body] * s["series_gain"]
        self.rail_v = facts.RAIL_V[body]
        reference = s["reference_gain"]
        lsb_b = facts.B_REFERENCE_V / 4096.0
        k_a = 16.0 * s["a_gain"] / reference / facts.A_A_PER_LSB[body]
        k_v = 16.0 * s["v_gain"] / reference / facts.A_V_PER_LSB
        k_b = 16.0 * s["b_gain"] / facts.B_A_PER_LSB
        self.k_amplifier = 16.0 * s["amplifier_sense_gain"] / (facts.AMPLIFIER_DIVIDER * lsb_b)
        self.shown_v = -1.0
        one = float(1 << 26)
        values = (
            k_a * 1e-9 * one,
            bus.CODE_BIAS + 16.0 * s["a_zero_lsb"] + k_a * self.params["a_offset_a"],
            k_v * 1e-5 * one,
            bus.CODE_BIAS + 16.0 * s["v_zero_lsb"],
            k_b * 1e-9 * one,
            bus.CODE_BIAS + 16.0 * s["b_zero_lsb"] + k_b * self.params["b_offset_a"],
        )
        for index, value in enumerate(values):
            bus.factors[index] = int(value)
        level = facts.A_CH2_V * s["ch2_gain"]
        bus.codes[2] = bus.CODE_BIAS + int(level / (facts.A_REFERENCE_V * reference) * 65536)
        bus.codes[3] = bus.CODE_BIAS + int(16 * s["ground_lsb"])
        bus.codes[6] = bus.CODE_BIAS + int(16 * self.rail_v / facts.RAIL_DIVIDER / lsb_b)
        bus.codes[7] = bus.CODE_BIAS + int(16 * self.battery_v / facts.BATTERY_DIVIDER / lsb_b)
        row = 0 if not body else 2 if self.trip_high else 1
        self.trip_a = facts.LATCH_TRIP_A[row] * s["latch_gain"]
        levels = bus.levels
        self.wanted_a = facts.LATCH_TRIP_A[0 if not levels[facts.RANGE] else 2 if levels[facts.TRIP] else 1]
        self.set_alarm()
        self.aim()

    def set_dac(self, channel, word):
        """A word of 14 bits latched by the MCP4822: gain (1: 1x), active, 12 bits of code."""
        self.words[channel] = word
        if self.dac_frozen:
            return
        self.codes_ab[channel] = word & 0xFFF if channel else word & 0xFFF & ~self.dac_low | self.dac_high
        self.gains_ab[channel] = facts.DAC_V_PER_CODE * (0.5 if word & 0x2000 else 1.0) if word & 0x1000 else 0.0
        self.set_alarm()
        self.aim()

    def aim(self):
        """Where the amplifier goes, from the DAC's code. A jump is followed in small steps."""
        self.v_per_code = self.gains_ab[0] * facts.AMPLIFIER_GAIN[self.body] * self.spread["dac_gain"]
        self.v_per_code *= self.params["amplifier_gain"]
        volts = self.codes_ab[0] * self.v_per_code + self.params["amplifier_offset_v"]
        if self.held_v is not None:
            volts = self.held_v
        top = self.rail_v - facts.RAIL_HEADROOM_V
        volts = max(0.0, min(top, volts))
        jump = volts - self.target_v
        self.target_v = volts
        self.lowest_code, self.highest_code = 1, 0
        is_right = not (self.dac_frozen or self.dac_low or self.dac_high) and self.held_v is None
        if is_right and self.gains_ab[0] == facts.DAC_V_PER_CODE and self.params["amplifier_offset_v"] == 0.0:
            self.lowest_code = max(41, 1 + int(0.1 / self.v_per_code))
            self.highest_code = int((top - 0.5) / self.v_per_code)
        if abs(jump) > _SMALL_STEP_V:
            self.fine_us = 5
        if self.watch_zero and volts < facts.ZERO_V and self.zero_at_us < 0:
            self.zero_at_us = self.t_us + int(amplifier.time_to_us(self.amplifier_v, volts, facts.ZERO_V))

    @micropython.native
    def nudge(self, word):
        """A small change of channel A in regulation: acts from the tick's start, without a step of its own."""
        code = word & 0xFFF
        change = code - self.codes_ab[0]
        if word >> 12 != 1 or not -16 < change < 16 or not self.lowest_code <= code <= self.highest_code:
            return False
        self.codes_ab[0] = code
        self.target_v = code * self.v_per_code
        return True

    def jump(self):
        """Something changed at once (relay, contact): follow what comes in small steps."""
        self.fine_us = 5
        self.is_plain = self.k1 and not self.k2 and not self.k2_moving

    @micropython.native
    def sync(self, t_us):
        """Brings the stage to `t_us`."""
        if _plain[_ON]:
            handover.leave(self)
        dt_us = t_us - self.t_us
        if dt_us <= 0:
            return
        fine_us = self.fine_us
        if fine_us == 0:
            self.t_us = t_us
            self._step(dt_us)
            return
        while fine_us and dt_us > 0:
            h_us = fine_us if fine_us < dt_us else dt_us
            self.t_us += h_us
            self._step(h_us)
            dt_us -= h_us
            fine_us = fine_us * 2 if fine_us < 500 else 0
        self.fine_us = fine_us
        if dt_us > 0:
            self.t_us = t_us
            self._step(dt_us)

    @micropython.native
    def tick(self, t_us):
        """Brings the stage to a tick, lets the converters see it and records it. Returns `bus.show`'s answer."""
        if _plain[_ON]:
            handover.leave(self)
        dt_us = t_us - self.t_us
        if self.fine_us or dt_us < 400 or not self.is_plain:
            self.sync(t_us)
            self.sample()
            return _show(int(self.current_a * 1e9), int(self.electrode_v * 1e5), t_us, self.codes_ab[0])
        self.t_us = t_us
        amplifier_v = self.target_v
        if amplifier_v != self.shown_v:
            self.amplifier_v = amplifier_v
            self.show_amplifier()
        current_a, electrode_v = self.load_step(dt_us, amplifier_v, self.series_ohm)
        self.current_a = current_a
        self.electrode_v = electrode_v
        if current_a > self.alarm_a or current_a < self.back_a:
            self._alarm(current_a, dt_us)
        return _show(_int(current_a * 1e9), _int(electrode_v * 1e5), t_us, self.codes_ab[0])

    @micropython.native
    def show_amplifier(self):
        amplifier_v = self.amplifier_v
        self.shown_v = amplifier_v
        _codes[5] = _int(amplifier_v * self.k_amplifier) + 1048576
        _state[28] = _int(amplifier_v * 1e3)

    @micropython.native
    def _step(self, dt_us):
        amplifier_v = self.amplifier_v
        target_v = self.target_v
        if amplifier_v != target_v:
            amplifier_v = target_v if dt_us >= 400 else amplifier.after(dt_us, amplifier_v, target_v)
            self.amplifier_v = amplifier_v
        if not self.k1 or self.k2_moving:
            self._step_open(dt_us)
            return
        if self.k2:
            current_a, electrode_v = self.load_step(dt_us, -amplifier_v, self.series_ohm)
            current_a = -current_a
            electrode_v = -electrode_v
        else:
            current_a, electrode_v = self.load_step(dt_us, amplifier_v, self.series_ohm)
        self.current_a = current_a
        self.electrode_v = electrode_v
        if current_a > self.alarm_a or current_a < self.back_a:
            self._alarm(current_a, dt_us)

    def _alarm(self, current_a, dt_us):
        """A new maximum, or more than a threshold; once there was more than `wanted_a`, every step until it is over."""
        self.max_current_a = max(self.max_current_a, current_a)
        if current_a > self.threshold_a:
            self.overloaded = 1
        if abs(current_a) > self.wanted_a:
            self.over_us += dt_us
            self.longest_over_us = max(self.longest_over_us, self.over_us)
        else:
            self.over_us = 0
        self.set_alarm()

    def set_alarm(self):
        test_volts = self.codes_ab[1] if self.gains_ab[1] else 0
        self.threshold_a = self.trip_a * (1.0 - test_volts / facts.LATCH_TEST_CODE)
        self.alarm_a = -1.0 if self.over_us else min(self.max_current_a, self.threshold_a, self.wanted_a)
        self.back_a = 1.0 if self.over_us else -self.wanted_a

    @micropython.native
    def _step_open(self, dt_us):
        """K1 is open, or K2 under way: the load is on its own, the output discharges over the bleed."""
        _, own_v = self.load_step(dt_us, 0.0, None)
        if self.k2:
            own_v = -own_v
        if self.k1:
            own_v = self.amplifier_v
        self.current_a = 0.0
        if self.over_us:
            self._alarm(0.0, dt_us)
        gap_v = self.electrode_v - own_v
        if -1e-4 < gap_v < 1e-4:
            self.electrode_v = own_v
        else:
            self.electrode_v = own_v + gap_v * math.exp(-dt_us / facts.OUTPUT_TAU_US)

    @micropython.native
    def sample(self):
        """What the converters would see now, into `bus.codes`."""
        _see(int(self.current_a * 1e9), int(self.electrode_v * 1e5))
        if self.amplifier_v != self.shown_v:
            self.show_amplifier()
