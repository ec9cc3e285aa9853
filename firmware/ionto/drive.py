"""The main loop's handle on the tick: what it may ask for, and what it may read.

The tick owns the output. This module writes words that the tick reads, in an order that is safe at every interrupt:
the mode word last when switching on, first when switching off. Off is the default, and `probe` is the one way out.
"""

from array import array

from ionto import raw_limits, regulator, sampler

QUIET_TICKS = 400  # a cause counts as gone after 200 ms without a violation


class DriveError(ValueError):
    """The drive was asked for something that its state or its limits forbid; the message names value and limit."""


class Drive:
    """Commands to the tick and a consistent copy of its state.

    `frontend` is the board's tick: it has `state`, `limits`, `history` and `regulator`, the arrays of sampler.py and
    regulator.py, and reads `limits` anew in every tick, so that a whole table is exchanged in one store.
    """

    def __init__(self, frontend):
        self._frontend = frontend
        self._state = frontend.state
        self._regulator = frontend.regulator
        self._mode = None
        self.row = None  # RangeCalibration that the limits were built with
        self.copy = array("i", [0] * sampler.STATE_WORDS)

    def arm(self, mode, calibration):
        """Takes the limits of a limits.Mode on this board. Raises DriveError while the output is on."""
        if self.is_on():
            raise DriveError("cannot change limits while the output is on (mode word %d)" % self._state[sampler.MODE])
        self._frontend.limits = raw_limits.build(mode, calibration)
        self._mode = mode
        self.row = calibration.of(mode)

    def is_on(self):
        """True while probing or driving, and until the tick has let K1 open and taken the DAC to zero."""
        s = self._state
        is_wanted = s[sampler.MODE] != sampler.OFF and not self.is_tripped()
        return is_wanted or s[sampler.ON_TICKS] > 0 or s[sampler.OPENING] > 0

    def is_tripped(self):
        """True after a cut, until `clear`."""
        return self._state[sampler.CAUSE] != 0

    def off(self):
        """Opens K1 and takes the DAC to zero at the next tick. Leaves a recorded cause alone."""
        self._state[sampler.MODE] = sampler.OFF

    def probe(self, level_ua):
        """Puts the probe voltage on the electrodes, with at most `level_ua` and the mode's probe limit.

        The only way out of off; does nothing after a cut until `clear`. Raises DriveError while driving, before `arm`,
        or for a level that the mode does not allow.
        """
        mode = self._state[sampler.MODE]
        if self.is_tripped():
            return
        if mode == sampler.DRIVE or self._mode is None:
            raise DriveError("cannot probe in mode word %d" % mode)
        target = self._net_target(level_ua)
        r = self._regulator
        if mode == sampler.OFF:
            for i in range(regulator.REGULATOR_WORDS):
                r[i] = 0
        r[regulator.TARGET_Q] = target << 16
        if mode == sampler.OFF:
            self._state[sampler.MODE] = sampler.PROBE

    def current(self, target_ua, ramp_up_ua_per_s, ramp_down_ua_per_s):
        """Ramps to `target_ua` (0: to zero). From the probe the ramp begins at the current that already flows.

        Does nothing after a cut. Raises DriveError if the target is beyond the mode's maximum or the drive is off.
        """
        mode = self._state[sampler.MODE]
        if self.is_tripped():
            return
        if mode == sampler.OFF:
            raise DriveError("cannot drive from off: probe first")
        target = self._net_target(target_ua)
        r = self._regulator
        r[regulator.UP_Q] = raw_limits.slope_q(self.row, ramp_up_ua_per_s)
        r[regulator.DOWN_Q] = raw_limits.slope_q(self.row, ramp_down_ua_per_s)
        if mode == sampler.PROBE:
            start = min(self._state[sampler.CURRENT], raw_limits.net_of_ua(self.row, self._mode.max_ua))
            r[regulator.SETPOINT_Q] = max(start, regulator.MIN_SETPOINT) << 16
        r[regulator.TARGET_Q] = target << 16
        if mode == sampler.PROBE:
            self._state[sampler.MODE] = sampler.DRIVE

    def _net_target(self, level_ua):
        if not 0 <= level_ua <= self._mode.max_ua:
            raise DriveError("level_ua is %d, limit %d" % (level_ua, self._mode.max_ua))
        return raw_limits.net_of_ua(self.row, level_ua)

    def clear(self):
        """Acknowledges a cut: back to off, counters at zero. Does nothing if there was none."""
        s = self._state
        if not self.is_tripped():
            return
        s[sampler.MODE] = sampler.OFF
        for i in range(sampler.N_OPEN, sampler.STATE_WORDS):
            s[i] = 0
        s[sampler.CAUSE] = 0

    def snapshot(self):
        """Copies the tick's state into `copy`, all of it from one tick. Returns the tick counter of the copy."""
        while True:
            ticks = self._state[sampler.TICKS]
            self.copy[:] = self._state
            if self._state[sampler.TICKS] == ticks:
                return ticks

    def cause_gone(self):
        """True when no check has failed for QUIET_TICKS."""
        return self.copy[sampler.QUIET_TICKS] >= QUIET_TICKS

    def setpoint_ua(self):
        """Where the ramp is, by the snapshot; 0 when off or probing, where nothing is regulated to."""
        if self.copy[sampler.MODE] != sampler.DRIVE:
            return 0
        return self.to_ua(self.copy[sampler.SETPOINT])

    def to_ua(self, net):
        """Microamperes for net counts of sense A, rounded to nearest."""
        if self.row is None:
            return 0
        return (net * self.row.a_na_per_lsb + 500) // 1000

    def at_zero(self):
        """True when no current is being driven: off, tripped, or a ramp to zero has arrived where it ends."""
        r = self._regulator
        is_down = r[regulator.TARGET_Q] == 0 and r[regulator.SETPOINT_Q] <= regulator.MIN_SETPOINT << 16
        return self.copy[sampler.MODE] != sampler.DRIVE or is_down

    def at_target(self):
        """True when the ramp has arrived at the last target."""
        r = self._regulator
        return self._state[sampler.MODE] == sampler.DRIVE and r[regulator.SETPOINT_Q] == r[regulator.TARGET_Q]

    def v_limited(self):
        """True when the voltage limit has held the drive back within the last 20 ms."""
        return self.copy[sampler.MODE] == sampler.DRIVE and self._regulator[regulator.LIMITED] > 0
