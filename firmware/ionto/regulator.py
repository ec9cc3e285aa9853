"""The current regulator: one call a tick, in viper, over preallocated arrays. Pure: no pins, no clock.

`command` is one long function, because on the chip finding and calling another one costs more than most of its
steps (docs/decisions/0003-tick-on-the-chip.md). sampler.py has the state `s`.

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
# A bit that flips in what is above is seen by these in the next tick. [REQ-TRP-14]
DRIVE_CHECK = const(7)  # complement of DRIVE_Q
SETPOINT_CHECK = const(8)  # of SETPOINT_Q
ORDER_CHECK = const(9)  # of TARGET_Q ^ UP_Q ^ DOWN_Q; 0 while the main loop writes them
REGULATOR_WORDS = const(10)
CORRUPT = const(4096)  # no DAC code: the words contradict each other
CORRUPT_WORD = const(100)  # what is told as VALUE: this plus the word
CHECK_MASK = const(0x3FFFFFFF)
_MAX_CUTS = const(6)

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
OPENING_TICKS = const(
    2
)  # K1 takes 0.5 ms to open: a DAC at zero by then would drive a charged skin's current backwards
_MAX_CODE = const(4095)
_MAX_RISE_Q = const(131072)  # 2 codes a tick
_PROBE_RISE_Q = const(131072)
_CODE_OFFSET = const(8)  # keeps the integral alive at small drive codes
_BAND = const(4)  # counts above the setpoint that are noise, not excess; plus 1/128 of the setpoint
LIMITED_TICKS = const(40)

# Words of the tick's state and its modes, of sampler.py: needed as constants here; a test keeps them equal.
_MODE = const(6)
_SETPOINT = const(7)
_DAC = const(8)
_CURRENT = const(10)
_VOLTAGE = const(11)
_CAUSE = const(17)
_VOLTAGE_AGE = const(31)
_OPENING = const(43)
_QUIET_TICKS = const(21)
_VALUE = const(27)
_LIMIT = const(28)

_PROBE = const(3)
_DRIVE = const(5)


@micropython.viper
def command(s: ptr32, r: ptr32, m: ptr32) -> int:
    """The DAC code for this tick, after the checks have passed; 0 unless probing, driving, or just switched off.

    CORRUPT if its words contradict each other: then the output is to be cut.

    The cut-back's first tick assumes the smallest resistance the excess can have come from, so it never cuts too deep
    into a charged skin capacitance; each further tick doubles that, up to the plain ratio of voltage to current.
    A probe rises to the probe voltage and is cut back above the mode's probe limit, or above the target if that is
    lower: it never gives more than the level that was set.
    """
    mode = s[_MODE]
    if mode != _DRIVE and mode != _PROBE:
        code = 0
        opening = s[_OPENING]
        if s[_CAUSE]:
            s[_OPENING] = 0  # as `record` leaves it: of a cause that a flipped bit made nothing else would
        elif opening > 0:
            code = s[_DAC]
            s[_OPENING] = opening - 1
            if opening > OPENING_TICKS:
                s[_OPENING] = 0
                s[_VALUE] = _OPENING
                s[_LIMIT] = 0
                s[_QUIET_TICKS] = 0
                return CORRUPT
        s[_SETPOINT] = 0
        s[_DAC] = code
        return code

    s[_OPENING] = OPENING_TICKS
    current = s[_CURRENT]
    drive = r[DRIVE_Q]
    word = -1
    if drive ^ r[DRIVE_CHECK] != CHECK_MASK:
        word = DRIVE_Q
    elif mode == _DRIVE and r[SETPOINT_Q] ^ r[SETPOINT_CHECK] != CHECK_MASK:
        word = SETPOINT_Q
    elif r[CUTS] > _MAX_CUTS:
        word = CUTS
    else:
        order = r[ORDER_CHECK]
        if order and r[TARGET_Q] ^ r[UP_Q] ^ r[DOWN_Q] ^ order != CHECK_MASK:
            word = TARGET_Q
    if word >= 0:
        s[_VALUE] = CORRUPT_WORD + word
        s[_LIMIT] = 0
        s[_QUIET_TICKS] = 0
        return CORRUPT

    # What the current is to be, and from where on it is cut back.
    rise = 0
    setpoint_q = 0
    if mode == _DRIVE:
        # The ramp: one slope a tick, never past the mode's maximum. [REQ-REG-1]
        setpoint_q = r[SETPOINT_Q]
        target = r[TARGET_Q]
        if target < MIN_SETPOINT << 16:
            target = MIN_SETPOINT << 16
        if setpoint_q < target:
            rise = r[UP_Q]
            if rise > target - setpoint_q:
                rise = target - setpoint_q
            setpoint_q += rise
        elif setpoint_q > target:
            fall = r[DOWN_Q]
            if fall > setpoint_q - target:
                fall = setpoint_q - target
            setpoint_q -= fall
        limit = m[SETPOINT_MAX] << 16
        if setpoint_q > limit:
            setpoint_q = limit
            rise = 0
        goal = setpoint_q >> 16
        over = current - (goal + _BAND + (goal >> 7))
    else:
        goal = r[TARGET_Q] >> 16
        if goal > m[PROBE_MAX]:
            goal = m[PROBE_MAX]
        over = current - (goal + _BAND)

    if over > 0:
        # The cut-back, in proportion, in this same tick. [REQ-REG-3]
        cuts = r[CUTS]
        ohm_q8 = m[CUT_Q8] << cuts
        whole_q8 = ((drive >> 16) << 8) // current + 1
        if ohm_q8 > whole_q8:
            ohm_q8 = whole_q8
        if cuts < _MAX_CUTS:
            r[CUTS] = cuts + 1
        drive -= ((current - goal) * ohm_q8) << 8
        if drive < 0:
            drive = 0
    elif mode == _PROBE:
        if current < goal:
            r[CUTS] = 0
            drive += _PROBE_RISE_Q
            if drive > m[PROBE_CODE] << 16:
                drive = m[PROBE_CODE] << 16
    else:
        # One step of the integral, with feed-forward of a rising ramp; the rise is limited. [REQ-REG-2]
        if r[CUTS] > 0 and current <= goal:
            r[CUTS] -= 1
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
            drive += step
        else:
            step = ((0 - error_q4) * code // base) << 8
            if step > drive:
                step = drive
            drive -= step

    if mode == _PROBE:
        r[DRIVE_Q] = drive
        r[DRIVE_CHECK] = drive ^ CHECK_MASK
        s[_SETPOINT] = m[PROBE_MAX]
        code = drive >> 16
        s[_DAC] = code
        return code

    # The voltage limit: the drive stays under it, and the setpoint is pulled to the current. [REQ-REG-4]
    is_limited = 0
    cap = (m[V_MAX_CODE] << 16) + ((current * m[SERIES_Q8]) << 8)
    if cap > _MAX_CODE << 16:
        cap = _MAX_CODE << 16
    if drive > cap:
        drive = cap
        is_limited = 1
    voltage = s[_VOLTAGE]
    if voltage >= m[V_MAX] and s[_VOLTAGE_AGE] == 0:
        is_limited = 1
        off = ((voltage - m[V_MAX]) * m[V_CODES_Q8]) << 8
        # One reading may be a glitch: it does not take the drive to where the circuit would read open.
        if off > drive >> 4:
            off = drive >> 4
        drive -= off
    if is_limited:
        r[LIMITED] = LIMITED_TICKS
        measured = current << 16
        if setpoint_q > measured:
            setpoint_q -= (setpoint_q - measured) >> 4
    elif r[LIMITED] > 0:
        r[LIMITED] -= 1
    r[DRIVE_Q] = drive
    r[DRIVE_CHECK] = drive ^ CHECK_MASK
    r[SETPOINT_Q] = setpoint_q
    r[SETPOINT_CHECK] = setpoint_q ^ CHECK_MASK
    s[_SETPOINT] = setpoint_q >> 16
    code = drive >> 16
    s[_DAC] = code
    return code
