"""The main loop's handle on the tick: what it may ask for, and what it may read.

The tick owns the output. This module writes words that the tick reads, in an order that is safe at every interrupt:
the mode word last when switching on, first when switching off. Off is the default, and `probe` is the one way out.
"""

from array import array

import micropython

from ionto import limits, raw_limits, sampler
from ionto.regulator import (
    CHECK_MASK,
    DOWN_Q,
    DRIVE_CHECK,
    LIMITED,
    LIMITED_TICKS,
    MIN_SETPOINT,
    ORDER_CHECK,
    REGULATOR_WORDS,
    SETPOINT_CHECK,
    SETPOINT_Q,
    TARGET_Q,
    UP_Q,
)
from ionto.sampler import (
    AMPLIFIER,
    BATTERY,
    CAUSE,
    CURRENT,
    DRIVE,
    MODE,
    OFF,
    ON_TICKS,
    OPENING,
    PROBE,
    QUIET_TICKS,
    SETPOINT,
    STATE_WORDS,
    TEST,
    TICKS,
    UNATTENDED,
)

_BATTERY_FULL_MV = 9900
GONE_TICKS = 400  # a cause counts as gone after 200 ms without a violation


@micropython.viper
def _copy(source: ptr32, target: ptr32, words: int):
    i = 0
    while i < words:
        target[i] = source[i]
        i += 1


class DriveError(ValueError):
    """The drive was asked for something that its state or its limits forbid; the message names value and limit."""


class Drive:
    """Commands to the tick, refused where its limits or its state forbid them, and a copy of its state. [REQ-DRV-1]

    `frontend` is the board's tick: it has `state`, `limits`, `history` and `regulator`, the arrays of sampler.py and
    regulator.py, and reads `limits` anew in every tick, so that a whole table is exchanged in one store.
    """

    def __init__(self, frontend):
        self._frontend = frontend
        self._state = frontend.state
        self._regulator = frontend.regulator
        self._mode = None
        self.row = None  # RangeCalibration that the limits were built with
        self.copy = array("i", [0] * STATE_WORDS)
        self._level_ua = None  # what was asked for last, and its net counts
        self._net = 0
        self._net_check = 0  # its complement; of one that has changed by itself the counts are computed again
        self._ramp_up_ua_per_s = None
        self._ramp_down_ua_per_s = None
        self._up_q = 0
        self._down_q = 0
        self._slopes_check = 0

    def arm(self, mode, calibration, probe_mv=limits.PROBE_MV, build=raw_limits.build):
        """Takes the limits of a limits.Mode on this board, and a probe that rises to `probe_mv`.

        `build` makes the table of it: raw_limits.build bounds the probe to PROBE_MV; service.py has its own.

        Raises DriveError while the output is on.
        """
        if self.is_on():
            raise DriveError("cannot change limits while the output is on (mode word %d)" % self._state[MODE])
        self._frontend.limits = build(mode, calibration, probe_mv)
        self._mode = mode
        self.row = calibration.of(mode)
        self._level_ua = self._ramp_up_ua_per_s = None  # what the last commands came to in counts is no longer known

    def is_on(self):
        """True while probing or driving, and until the tick has let K1 open and taken the DAC to zero."""
        s = self._state
        is_wanted = s[MODE] != OFF and s[CAUSE] == 0
        return is_wanted or s[ON_TICKS] > 0 or s[OPENING] > 0

    def is_tripped(self):
        """True after a cut, until `clear`."""
        return self._state[CAUSE] != 0

    def off(self):
        """Opens K1 and takes the DAC to zero at the next tick. Leaves a recorded cause alone."""
        self._state[MODE] = OFF

    def test(self, bits):
        """What the tick is to do or leave out for the self-test: TEST_* of sampler.py. 0 is treatment.

        Raises DriveError while driving.
        """
        if bits and self._state[MODE] == DRIVE:
            raise DriveError("cannot test %d while driving" % bits)
        self._state[TEST] = bits

    def probe(self, level_ua):
        """Puts the probe voltage on the electrodes, with at most `level_ua` and the mode's probe limit.

        The only way out of off; does nothing after a cut until `clear`. Raises DriveError while driving, before `arm`,
        or for a level that the mode does not allow.
        """
        mode = self._state[MODE]
        if self.is_tripped():
            return
        if mode == DRIVE or self._mode is None:
            raise DriveError("cannot probe in mode word %d" % mode)
        target = self._net_target(level_ua)
        r = self._regulator
        if mode == OFF:
            for i in range(REGULATOR_WORDS):
                r[i] = 0
            r[DRIVE_CHECK] = CHECK_MASK
        self._order(target << 16, 0, 0)
        if mode == OFF:
            self._state[MODE] = PROBE

    def current(self, target_ua, ramp_up_ua_per_s, ramp_down_ua_per_s):
        """Ramps to `target_ua` (0: to zero). From the probe the ramp begins at the current that already flows.

        Does nothing after a cut. Raises DriveError if the target is beyond the mode's maximum or the drive is off.
        """
        mode = self._state[MODE]
        if self.is_tripped():
            return
        if mode == OFF:
            raise DriveError("cannot drive from off: probe first")
        if self._state[TEST]:
            raise DriveError("cannot drive while testing %d" % self._state[TEST])
        target = self._net_target(target_ua)
        r = self._regulator
        is_known = ramp_up_ua_per_s == self._ramp_up_ua_per_s and ramp_down_ua_per_s == self._ramp_down_ua_per_s
        if not is_known or self._up_q ^ self._down_q ^ self._slopes_check != CHECK_MASK:
            self._ramp_up_ua_per_s = ramp_up_ua_per_s
            self._ramp_down_ua_per_s = ramp_down_ua_per_s
            self._up_q = raw_limits.slope_q(self.row, ramp_up_ua_per_s)
            self._down_q = raw_limits.slope_q(self.row, ramp_down_ua_per_s)
            self._slopes_check = self._up_q ^ self._down_q ^ CHECK_MASK
        if mode == PROBE:
            start = min(self._state[CURRENT], raw_limits.net_of_ua(self.row, self._mode.max_ua))
            r[SETPOINT_Q] = start_q = max(start, MIN_SETPOINT) << 16
            r[SETPOINT_CHECK] = start_q ^ CHECK_MASK
        self._order(target << 16, self._up_q, self._down_q)
        if mode == PROBE:
            self._state[MODE] = DRIVE

    def _order(self, target_q, up_q, down_q):
        """What the tick is to head for. Meanwhile, for some of its ticks perhaps, nothing of it is checked."""
        r = self._regulator
        r[ORDER_CHECK] = 0
        r[UP_Q] = up_q
        r[DOWN_Q] = down_q
        r[TARGET_Q] = target_q
        r[ORDER_CHECK] = target_q ^ up_q ^ down_q ^ CHECK_MASK

    def attend(self):
        """Says that the main loop runs: under way, the tick ends the output if nobody has said so for MAIN_TICKS."""
        self._state[UNATTENDED] = 0

    def _net_target(self, level_ua):
        if level_ua != self._level_ua or self._net ^ self._net_check != CHECK_MASK:
            if not 0 <= level_ua <= self._mode.max_ua:
                raise DriveError("level_ua is %d, limit %d" % (level_ua, self._mode.max_ua))
            self._net = raw_limits.net_of_ua(self.row, level_ua)
            self._net_check = self._net ^ CHECK_MASK
            self._level_ua = level_ua
        return self._net

    def clear(self):
        """Acknowledges a cut: back to off, counters at zero. Does nothing if there was none."""
        s = self._state
        if not self.is_tripped():
            return
        s[MODE] = OFF
        for i in range(sampler.N_OPEN, STATE_WORDS):
            s[i] = 0
        s[CAUSE] = 0

    def amplifier_mv(self):
        """The amplifier's output by sense B, at its last reading."""
        return self.copy[AMPLIFIER] * self.row.amp_uv_per_lsb // 1000

    def battery_mv(self):
        """The battery, at its last reading: 12 bits of 3.3 V behind a divider by 3."""
        return self.copy[BATTERY] * _BATTERY_FULL_MV >> 12

    def snapshot(self):
        """Copies the tick's state into `copy`, all of it from one tick; returns its tick counter. [REQ-TCK-3]"""
        self.attend()
        while True:
            ticks = self._state[TICKS]
            _copy(self._state, self.copy, STATE_WORDS)
            if self._state[TICKS] == ticks:
                return ticks

    def tell(self, inputs):
        """Fills in what a session's Inputs have of the output: by the snapshot, and the ramp as it is now."""
        s, r, copy = self._state, self._regulator, self.copy
        inputs.output_open = not self.is_on()
        inputs.battery_mv = self.battery_mv()
        inputs.cause_gone = copy[QUIET_TICKS] >= GONE_TICKS
        if copy[MODE] == DRIVE:
            target_q, setpoint_q = r[TARGET_Q], r[SETPOINT_Q]
            inputs.setpoint_ua = self.to_ua(copy[SETPOINT])
            inputs.at_zero = target_q == 0 and setpoint_q <= MIN_SETPOINT << 16  # where a ramp to zero ends
            inputs.at_target = setpoint_q == target_q and s[MODE] == DRIVE
            inputs.v_limited = 0 < r[LIMITED] <= LIMITED_TICKS  # within the last 20 ms
        else:
            inputs.setpoint_ua = 0
            inputs.at_zero = True
            inputs.at_target = inputs.v_limited = False

    def to_ua(self, net):
        """Microamperes for net counts of sense A, rounded to nearest."""
        if self.row is None:
            return 0
        return (net * self.row.a_na_per_lsb + 500) // 1000
