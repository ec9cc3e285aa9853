"""What the session remembers: what was set, and what the treatment under way has delivered."""

from ionto import limits
from ionto.session_table import DRIVE_OFF, DRIVE_PROBE

MAX_MS = 1 << 28  # timers stop there or a round later (3 days), far above everything that is compared with them
PROBE_DEAD_MS = 100  # output open before each probe, so that every ramp starts from rest
PROBE_SETTLE_MS = 250  # the probe's first readings: K1, skin capacitance, the 50 ms filter
POLARITY_OPEN_MS = 50  # output open before K2 moves
POLARITY_SETTLE_MS = 50  # K2 takes 10 ms
POLARITY_MAX_UA = 100  # K2 never moves above this
STOP_OFF_MS = 950  # a ramp after STOP that is not over by then is switched off: K1 is open within 1.0 s
V_LIMIT_SHOWN_MS = 500
REFUSAL_SHOWN_MS = 2000
CONFIRM_TIMEOUT_MS = 60000
DONE_TIMEOUT_MS = 60000
REVERSED_CONTACT_MS = 10000  # no contact this long after a reversal is contact lost


class Settings:
    """Mode, level, minutes and reversal, each within the mode's limits whatever is pressed. [REQ-SES-3]"""

    def __init__(self):
        self._kept = None
        self.choose(limits.MODES[limits.FACE])

    def choose(self, mode):
        """Takes a limits.Mode, with its defaults or with what was kept for it. [REQ-MEM-7]"""
        self.mode = mode
        self.mode_seal = limits.seal_of(mode)
        self.max_charge_ua_s = mode.max_charge_ua_ms // 1000
        self.level_ua = mode.default_ua
        self.minutes = mode.default_min
        self.reverse_enabled = False
        self.editing_minutes = False
        if self._kept:
            level_ua, self.minutes, is_reversing = self._kept[mode.number]
            self.level_ua = min(level_ua, mode.default_ua)  # a session begins low, whatever the last one was
            self.reverse_enabled = bool(is_reversing)

    def recall(self, rows):
        """Takes (level_ua, minutes, is_reversing) for each mode, which must be within their limits."""
        self._kept = rows
        self.choose(self.mode)

    def keep(self):
        """Keeps what is set now for when this mode is chosen again. Returns the rows of all modes."""
        rows = self._kept or [(mode.default_ua, mode.default_min, 0) for mode in limits.MODES]
        own = (self.level_ua, self.minutes, int(self.reverse_enabled))
        if rows[self.mode.number] != own:
            # A list of its own: the store compares it with the one before.
            rows = [own if mode is self.mode else row for mode, row in zip(limits.MODES, rows)]
        self._kept = rows
        return rows

    def edited(self):
        """(value, step, minimum, maximum) of what UP and DOWN change now, in uA or minutes."""
        if self.editing_minutes:
            return self.minutes, 1, limits.MIN_MINUTES, self.mode.max_min
        return self.level_ua, self.mode.step_ua, self.mode.step_ua, self.mode.max_ua

    def stepped(self, direction):
        """The edited value after UP (1) or DOWN (-1), within its limits."""
        value, step, minimum, maximum = self.edited()
        return max(minimum, min(maximum, value + direction * step))


class Run:
    """One treatment, from arming to its end."""

    def __init__(self):
        self.reset()

    def reset(self):
        """Forgets the treatment: nothing delivered, nothing pending, normal polarity wanted."""
        self.is_open = False  # from the first current to the end: charge counts, an end will be reported
        self.treated_ms = 0  # under current
        self.charge_ua_s = 0
        self.charge_rest_ua_ms = 0  # below 1000
        self.reconnects = 0  # contacts that have resumed by themselves
        self.needs_start = False
        self.is_partial = False  # a partial lift has halved the target
        self.charge_capped = False
        self.wants_reversed = False
        self.end = 0  # messages.END_*
        self.pending_fault = 0  # raised once the ramp to zero is over
        self.ramp_down_ua_per_s = 0  # 0: the mode's
        self.is_hurried = False  # the ramp to zero is already the fast one
        self.ramp_limit_ms = MAX_MS  # a ramp to zero that takes longer is switched off
        self.ramp_ms = 0

    def add_charge(self, charge_ua_ms):
        """Counts what a round has delivered, in two parts: on the chip a number beyond 2**30 is an object."""
        if charge_ua_ms > 0:
            rest_ua_ms = self.charge_rest_ua_ms + charge_ua_ms
            self.charge_ua_s += rest_ua_ms // 1000
            self.charge_rest_ua_ms = rest_ua_ms % 1000


class Timers:
    """Ages in ms. They are summed from differences, so the wrap of the counter never shows; they stop at MAX_MS."""

    def __init__(self):
        self.wait_ms = 0  # in this state, or since what restarted the wait
        self.open_ms = 0  # output off and open
        self.probe_ms = 0  # probe on the electrodes
        self.polarity_ms = MAX_MS  # since the polarity changed
        self.limited_left_ms = 0  # V_LIMIT stays readable
        self.refusal_left_ms = 0  # so does a refusal
        self.battery_low_ms = 0  # for which the battery has been below BATTERY_END_MV

    def battery(self, dt_ms, is_low):
        """Adds a round to the time for which the battery has been low, or begins it anew. [REQ-PWR-1]"""
        self.battery_low_ms = min(self.battery_low_ms + dt_ms, MAX_MS) if is_low else 0

    def advance(self, dt_ms, drive, output_open, is_proving):
        """Adds a round of `dt_ms` in which `drive` was asked for, and the output was seen open, or testing itself."""
        if self.wait_ms < MAX_MS:
            self.wait_ms += dt_ms
        if self.polarity_ms < MAX_MS:
            self.polarity_ms += dt_ms
        if self.limited_left_ms:
            self.limited_left_ms = max(0, self.limited_left_ms - dt_ms)
        if self.refusal_left_ms:
            self.refusal_left_ms = max(0, self.refusal_left_ms - dt_ms)
        if drive != DRIVE_OFF or not output_open:
            self.open_ms = 0
        elif self.open_ms < MAX_MS:
            self.open_ms += dt_ms
        # A probe that is wanted but not on the electrodes yet sees nothing, and nothing is not an open circuit.
        if drive != DRIVE_PROBE or output_open or is_proving:
            self.probe_ms = 0
        elif self.probe_ms < MAX_MS:
            self.probe_ms += dt_ms
