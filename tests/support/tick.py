"""A tick without pins: what the board's frontend does, over plain arrays. Runs on MicroPython and on CPython.

It offers what `Drive` wants of a frontend. `check` alone leaves setpoint and DAC as they are, so that a rule can be
held at one point; `step` is the whole tick.
"""

# Viper takes arrays where it says ptr32.
# pyright: reportArgumentType=false

from array import array

from ionto import faults, limits, raw_limits, regulator, sampler
from ionto.builtin_calibration import BuiltinCalibrationStore
from ionto.calibration import NOMINAL, Calibration

CLOCK_MASK = 0x3FFFFFFF
REFERENCE_RAW = 2048
HEALTHY_OHM = 1500


def nominal():
    """The calibration of a board whose parts are all nominal."""
    return BuiltinCalibrationStore().load()


def calibration_with(**changes):
    """The nominal calibration with `changes` in both ranges."""
    return Calibration(0, [row._replace(**changes) for row in NOMINAL])


def seal(r):
    """Makes the checks of a regulator's words fit what a test has written there; what it heads for is unchecked."""
    r[regulator.DRIVE_CHECK] = r[regulator.DRIVE_Q] ^ regulator.CHECK_MASK
    r[regulator.SETPOINT_CHECK] = r[regulator.SETPOINT_Q] ^ regulator.CHECK_MASK
    r[regulator.ORDER_CHECK] = 0


class Tick:
    """State, history, limits and regulator of one board in one mode."""

    def __init__(self, mode=limits.MODES[limits.FACE], calibration=None, now_us=0, ticks=0):
        self.calibration = calibration or nominal()
        self.row = self.calibration.of(mode)
        self.state = array("i", [0] * sampler.STATE_WORDS)
        self.history = array("i", [0] * sampler.RING_WORDS)
        self.regulator = array("i", [0] * regulator.REGULATOR_WORDS)
        self.limits = raw_limits.build(mode, self.calibration)
        self.state[sampler.TICKS] = ticks
        self.now_us = now_us
        self.k1 = 0
        self.code = 0
        self.is_attended = True  # the main loop runs

    def aux(self):
        """What a healthy board reads in the slot of this tick."""
        slot = self.state[sampler.SLOT]
        if slot == sampler.SLOT_REFERENCE:
            return REFERENCE_RAW
        if slot == sampler.SLOT_GROUND:
            return 0
        if slot == sampler.SLOT_AMPLIFIER:
            return self.state[sampler.DAC] * self.row.dac_uv_per_lsb // self.row.amp_uv_per_lsb
        return 1000

    def check(self, a_raw, v_raw, b_raw, aux_raw=None, latch=1, period_us=500):
        """Readings in, cause out."""
        s = self.state
        self.now_us = (self.now_us + period_us) & CLOCK_MASK
        s[sampler.A_CURRENT] = a_raw
        s[sampler.A_VOLTAGE] = v_raw
        s[sampler.B_CURRENT] = b_raw
        s[sampler.AUX] = self.aux() if aux_raw is None else aux_raw
        s[sampler.LATCH_OK] = latch
        s[sampler.NOW_US] = self.now_us
        if self.is_attended:
            s[sampler.UNATTENDED] = 0
        return sampler.check(s, self.limits, self.history)

    def step(self, a_raw, v_raw, b_raw, aux_raw=None, latch=1, period_us=500):
        """One whole tick: readings in, cause out; `code` and `k1` are what the output does until the next."""
        cause = self.check(a_raw, v_raw, b_raw, aux_raw, latch, period_us)
        if cause:
            self.k1 = 0
            self.code = sampler.cut_code(self.state, self.regulator, self.limits, cause)
            sampler.record(self.state, cause)
        else:
            self.code = regulator.command(self.state, self.regulator, self.limits)
            if self.code == regulator.CORRUPT:
                self.code = 0
                cause = faults.STATE_CORRUPT
                sampler.record(self.state, cause)
            self.k1 = 1 if self.state[sampler.MODE] else 0
        return cause

    def raw_a(self, net):
        return max(0, self.row.a_zero_raw + net)

    def raw_b(self, net):
        """What B reads with `net` counts of A."""
        return max(0, self.row.b_zero_raw + net * self.row.a_na_per_lsb // self.row.b_na_per_lsb)

    def raw_v(self, net, ohm=HEALTHY_OHM):
        """What the electrode voltage reads with `net` counts of A through `ohm`."""
        return max(0, self.row.v_zero_raw + net * self.row.a_na_per_lsb * ohm // (self.row.v_uv_per_lsb * 1000))

    def healthy(self, net, ohm=HEALTHY_OHM):
        """(a, v, b) raw with `net` counts of A through `ohm`."""
        return self.raw_a(net), self.raw_v(net, ohm), self.raw_b(net)

    def hold(self, net, ohm=HEALTHY_OHM, ticks=30):
        """Drives at a setpoint of `net` counts through `ohm`, without the regulator, until the history is full."""
        s = self.state
        s[sampler.MODE] = sampler.DRIVE
        s[sampler.SETPOINT] = net
        mohm = self.row.series_mohm + ohm * 1000
        s[sampler.DAC] = net * self.row.a_na_per_lsb * mohm // (self.row.dac_uv_per_lsb * 1000000)
        for _ in range(ticks):
            cause = self.check(*self.healthy(net, ohm))
            assert cause == 0, cause

    def regulate_at(self, net, ohm=HEALTHY_OHM, ticks=3):
        """Drives at a setpoint of `net` counts through `ohm`, with the regulator arrived there."""
        self.hold(net, ohm, 1)
        r = self.regulator
        r[regulator.SETPOINT_Q] = r[regulator.TARGET_Q] = net << 16
        r[regulator.UP_Q] = r[regulator.DOWN_Q] = 1000
        r[regulator.DRIVE_Q] = self.state[sampler.DAC] << 16
        seal(r)
        for _ in range(ticks):
            cause = self.step(*self.healthy(net, ohm))
            assert cause == 0, cause

    def checks_to_cause(self, readings, most, **others):
        """(cause, ticks until it) with the same readings in every tick; cause 0 if there was none in `most` ticks."""
        for n in range(1, most + 1):
            cause = self.check(*readings, **others)
            if cause:
                return cause, n
        return 0, most

    def find_slot(self, slot, readings):
        """Checks healthy readings until the coming tick takes `slot`."""
        while self.state[sampler.SLOT] != slot:
            assert self.check(*readings) == 0
