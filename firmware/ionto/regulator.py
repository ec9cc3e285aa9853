"""The current regulator: one call a tick, in viper, over preallocated arrays. Pure: no pins, no clock.

Units: currents and voltages are net counts of sense A (zero taken off); the drive is a DAC code; `_Q` is a value with
16 fractional bits. Everything stored is non-negative, because `ptr32` reads unsigned on 64-bit hosts.

Law (docs/decisions/0002-regulator.md has the figures behind it):
  the setpoint moves to its target by at most one slope a tick and never past the mode's maximum [REQ-REG-1];
  below the setpoint the drive rises by 1/128 of what the measured resistance asks for, and never faster than
  `_MAX_RISE_Q` a tick [REQ-REG-2]; above it the drive falls by 1/16 of that, and by more than the band it is cut in the
  same tick, in proportion to the excess [REQ-REG-3];
  at the voltage limit the setpoint is pulled to the measured current [REQ-REG-4].
"""

import micropython
from micropython import const

# State of the regulator, array `r`.
DRIVE_Q = const(0)  # DAC code
SETPOINT_Q = const(1)  # net counts of sense A
TARGET_Q = const(2)
UP_Q = const(3)  # slope per tick
DOWN_Q = const(4)
CUTS = const(5)  # how often the cut-back's resistance has doubled; halves with every tick at or below the setpoint
LIMITED = const(6)  # ticks for which the voltage limit still counts as met, for a main loop that looks now and then
REGULATOR_WORDS = const(7)

# Limits that the regulator reads, array `m`; sampler.py has the rest, raw_limits.py fills them in.
SETPOINT_MAX = const(0)  # net counts
V_MAX = const(1)  # net counts of the electrode voltage
V_MAX_CODE = const(2)  # DAC code that gives V_MAX without current
SERIES_Q8 = const(3)  # DAC codes that one count of current drops over the series resistor, 8 fractional bits
CUT_Q8 = const(4)  # the same over series resistor plus the smallest skin resistance
V_CODES_Q8 = const(5)  # DAC codes for one count of the electrode voltage
PROBE_CODE = const(6)
PROBE_MAX = const(7)  # net counts: current limit while probing
REGULATOR_LIMITS = const(8)

MIN_SETPOINT = const(8)  # net counts: a ramp to zero ends here, below it a break could not be told from noise
_MAX_CODE = const(4095)
_MAX_RISE_Q = const(131072)  # 2 codes a tick
_PROBE_RISE_Q = const(131072)
_CODE_OFFSET = const(8)  # keeps the integral alive at small drive codes
_BAND = const(4)  # counts above the setpoint that are noise, not excess; plus 1/128 of the setpoint
_LIMITED_TICKS = const(40)


@micropython.viper
def _ramp(r: ptr32, m: ptr32) -> int:
    """Moves the setpoint towards its target by one slope; returns how far it rose, 16 fractional bits (0 if not)."""
    setpoint = r[SETPOINT_Q]
    target = r[TARGET_Q]
    if target < MIN_SETPOINT << 16:
        target = MIN_SETPOINT << 16
    rise = 0
    if setpoint < target:
        rise = r[UP_Q]
        if rise > target - setpoint:
            rise = target - setpoint
        setpoint += rise
    elif setpoint > target:
        fall = r[DOWN_Q]
        if fall > setpoint - target:
            fall = setpoint - target
        setpoint -= fall
    limit = m[SETPOINT_MAX] << 16
    if setpoint > limit:
        setpoint = limit
        rise = 0
    r[SETPOINT_Q] = setpoint
    return rise


@micropython.viper
def _cut_back(r: ptr32, m: ptr32, current: int, setpoint: int) -> int:
    """The drive after taking off what brings `current` down to `setpoint` (both net counts).

    The first tick assumes the smallest resistance the excess can have come from, so it never cuts too deep into a
    charged skin capacitance; each further tick doubles that, up to the plain ratio of voltage to current.
    """
    drive = r[DRIVE_Q]
    ohm_q8 = m[CUT_Q8] << r[CUTS]
    whole_q8 = ((drive >> 16) << 8) // current + 1
    if ohm_q8 > whole_q8:
        ohm_q8 = whole_q8
    if r[CUTS] < 6:
        r[CUTS] += 1
    drive -= ((current - setpoint) * ohm_q8) << 8
    if drive < 0:
        drive = 0
    return drive


@micropython.viper
def _follow(r: ptr32, current: int, rise: int) -> int:
    """The drive after one integral step towards the setpoint, with feed-forward of a rising ramp; rise-limited."""
    drive = r[DRIVE_Q]
    setpoint_q = r[SETPOINT_Q]
    code = (drive >> 16) + _CODE_OFFSET
    base = current
    if base < 1:
        base = 1
    half = setpoint_q >> 17
    if base < half:
        base = half
    error_q4 = (setpoint_q >> 12) - (current << 4)
    if error_q4 >= 0:
        step = (((error_q4 * code) // base) << 5) + (rise * code) // base
        if step > _MAX_RISE_Q:
            step = _MAX_RISE_Q
        return drive + step
    step = ((0 - error_q4) * code // base) << 8
    if step > drive:
        step = drive
    return drive - step


@micropython.viper
def _limit_voltage(r: ptr32, m: ptr32, current: int, voltage: int) -> int:
    """Holds the drive under the mode's voltage limit and pulls the setpoint to the current; returns 1 if it had to."""
    drive = r[DRIVE_Q]
    hit = 0
    cap = (m[V_MAX_CODE] << 16) + ((current * m[SERIES_Q8]) << 8)
    if cap > _MAX_CODE << 16:
        cap = _MAX_CODE << 16
    if drive > cap:
        drive = cap
        hit = 1
    if voltage >= m[V_MAX]:
        hit = 1
        off = ((voltage - m[V_MAX]) * m[V_CODES_Q8]) << 8
        if off > drive:
            off = drive
        drive -= off
    r[DRIVE_Q] = drive
    if hit:
        setpoint = r[SETPOINT_Q]
        measured = current << 16
        if setpoint > measured:
            r[SETPOINT_Q] = setpoint - ((setpoint - measured) >> 4)
    return hit


@micropython.viper
def regulate(r: ptr32, m: ptr32, current: int, voltage: int) -> int:
    """The DAC code for this tick under current: `current` and `voltage` are net counts just measured."""
    rise = int(_ramp(r, m))
    setpoint = r[SETPOINT_Q] >> 16
    if current > setpoint + _BAND + (setpoint >> 7):
        r[DRIVE_Q] = int(_cut_back(r, m, current, setpoint))
    else:
        if r[CUTS] > 0 and current <= setpoint:
            r[CUTS] -= 1
        r[DRIVE_Q] = int(_follow(r, current, rise))
    if int(_limit_voltage(r, m, current, voltage)):
        r[LIMITED] = _LIMITED_TICKS
    elif r[LIMITED] > 0:
        r[LIMITED] -= 1
    return r[DRIVE_Q] >> 16


@micropython.viper
def probe(r: ptr32, m: ptr32, current: int) -> int:
    """The DAC code for this tick while probing: rises to the probe voltage, cut back above the current limit.

    That limit is the mode's, or the target if it is lower: a probe never gives more than the level that was set.
    """
    limit = r[TARGET_Q] >> 16
    if limit > m[PROBE_MAX]:
        limit = m[PROBE_MAX]
    if current > limit + _BAND:
        r[DRIVE_Q] = int(_cut_back(r, m, current, limit))
    elif current < limit:
        r[CUTS] = 0
        drive = r[DRIVE_Q] + _PROBE_RISE_Q
        if drive > m[PROBE_CODE] << 16:
            drive = m[PROBE_CODE] << 16
        r[DRIVE_Q] = drive
    return r[DRIVE_Q] >> 16
