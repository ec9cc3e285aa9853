"""The checks of the sampling loop: one call a tick, in viper, over preallocated arrays. Pure: no pins, no clock.

The board's tick writes the readings into `s`, calls `check`, and if that returns a cause it first drops K1 and the DAC
and then calls `record`. A cause is a fault or a cut of faults.py. Limits are raw counts in `m`, each with its
complement. Rules, their confirmation and worst-case time: docs/trip-rules.md.

Everything stored is non-negative, because `ptr32` reads unsigned on 64-bit hosts.
"""

import micropython
from micropython import const

from ionto.regulator import probe, regulate

# State, array `s`. First what the board writes before each check.
A_CURRENT = const(0)  # raw counts
A_VOLTAGE = const(1)
B_CURRENT = const(2)
AUX = const(3)  # the reading that belongs to SLOT
LATCH_OK = const(4)
NOW_US = const(5)
# What the tick is to do. The main loop asks for PROBE or DRIVE here, last of all; a cause takes it back to OFF.
MODE = const(6)
SETPOINT = const(7)  # net counts of sense A, as the last tick regulated to; 0 when off
DAC = const(8)  # code written in the last tick
SLOT = const(9)  # which auxiliary reading this tick takes
# Net readings, zero taken off.
CURRENT = const(10)
VOLTAGE = const(11)
CURRENT_B = const(12)
# For the main loop.
TICKS = const(13)  # also the sequence number of a snapshot
SUM_CURRENT = const(14)  # running sums modulo 2**30
SUM_VOLTAGE = const(15)
SUM_CURRENT_B = const(16)
CAUSE = const(17)  # why the output was cut; while it stands, MODE is OFF whatever was written; 0: it was not cut
CAUSE_VALUE = const(18)  # counts
CAUSE_LIMIT = const(19)
CAUSE_CURRENT = const(20)  # net counts, just before
QUIET_TICKS = const(21)  # ticks since the last violation, saturating
AMPLIFIER = const(22)  # last auxiliary readings, raw
RAIL = const(23)
BATTERY = const(24)
LATE_US = const(25)  # the longest period so far
# Private to the checks.
LAST_US = const(26)
VALUE = const(27)
LIMIT = const(28)
ON_TICKS = const(29)  # ticks since the output was switched on, saturating
N_OPEN = const(30)
N_VOLTAGE = const(31)
N_EXCESS = const(32)
N_MISMATCH = const(33)
N_FOLLOW = const(34)
N_REFERENCE = const(35)
N_GROUND = const(36)
N_STUCK = const(37)
OPENING = const(38)  # ticks for which the DAC still stands after the output was switched off
STATE_WORDS = const(39)
_DRIVE_Q = const(0)  # regulator.DRIVE_Q
_SETPOINT_Q = const(1)  # regulator.SETPOINT_Q
_SERIES_Q8 = const(3)  # regulator.SERIES_Q8
_CUT_Q8 = const(4)  # regulator.CUT_Q8
_PROBE_MAX = const(7)  # regulator.PROBE_MAX

RING_WORDS = const(32)  # array `h`: current << 12 | voltage of the last ticks
_WINDOW_TICKS = const(20)  # 10 ms

OFF = const(0)
PROBE = const(1)
DRIVE = const(2)

SLOT_REFERENCE = const(0)
SLOT_GROUND = const(1)
SLOT_AMPLIFIER = const(2)
SLOT_RAIL = const(3)
SLOT_BATTERY = const(4)

# Limits, array `m`: 0 to 7 are the regulator's (regulator.py).
TRIP_A = const(8)  # raw counts; above is a violation
TRIP_B = const(9)
TRIP_V = const(10)
A_ZERO = const(11)  # counts plus ZERO_BIAS
B_ZERO = const(12)
V_ZERO = const(13)
B_TO_A_Q12 = const(14)
MISMATCH_FLOOR = const(15)  # net counts of A
MISMATCH_Q12 = const(16)
EXCESS_FLOOR = const(17)
EXCESS_Q12 = const(18)
OPEN_FLOOR = const(19)
OPEN_Q12 = const(20)
DAC_TO_AMP_Q12 = const(21)
FOLLOW_FLOOR = const(22)  # counts of the amplifier channel
FOLLOW_Q12 = const(23)
REFERENCE_LOW = const(24)
REFERENCE_HIGH = const(25)
GROUND_HIGH = const(26)
STUCK_CODE = const(27)  # DAC code from which a voltage reading of 0 cannot be
LATE_LIMIT_US = const(28)
LIMIT_WORDS = const(29)  # followed by as many complements

# K1 takes 0.5 ms to open. Were the DAC at zero by then, a charged skin would drive a current back through the output.
OPENING_TICKS = const(2)

ZERO_BIAS = const(64)
_MASK = const(0x3FFFFFFF)
_FULL = const(4095)

# Confirmation: consecutive ticks, or for the longer ones a counter that rises by 1 on a violation and falls by 1
# without, never below 0, so that an intermittent defect trips too. Slotted readings count once in their slot's period.
CONFIRM_OPEN = const(2)
CONFIRM_VOLTAGE = const(2)
CONFIRM_EXCESS = const(40)
CONFIRM_MISMATCH = const(100)
CONFIRM_FOLLOW = const(10)  # every second tick: 20 ticks
CONFIRM_REFERENCE = const(5)  # every fourth tick: 20 ticks
CONFIRM_GROUND = const(5)
CONFIRM_STUCK = const(20)

# Causes: numbers of faults.py; a test keeps them equal.
_OVERCURRENT_A = const(1)
_OVERCURRENT_B = const(2)
_EXCESS_CURRENT = const(3)
_OVERVOLTAGE = const(4)
_SENSE_MISMATCH = const(5)
_AMPLIFIER = const(6)
_REFERENCE = const(7)
_GROUND = const(8)
_STUCK_SENSE = const(9)
_LATCH = const(10)
_LIMITS_CORRUPT = const(11)
_TICK_LATE = const(12)
_CUT_OPEN = const(64)
_CUT_CONTACT_CHANGE = const(65)


@micropython.viper
def _report(s: ptr32, cause: int, value: int, limit: int) -> int:
    s[VALUE] = value
    s[LIMIT] = limit
    return cause


@micropython.viper
def _settle(s: ptr32, m: ptr32, h: ptr32):
    """Net readings, sums, history, and the counters that every tick moves."""
    bias = ZERO_BIAS
    current = s[A_CURRENT] + bias - m[A_ZERO]
    if current < 0:
        current = 0
    elif current > _FULL:
        current = _FULL
    voltage = s[A_VOLTAGE] + bias - m[V_ZERO]
    if voltage < 0:
        voltage = 0
    elif voltage > _FULL:
        voltage = _FULL
    current_b = s[B_CURRENT] + bias - m[B_ZERO]
    if current_b < 0:
        current_b = 0
    elif current_b > _FULL:
        current_b = _FULL
    s[CURRENT] = current
    s[VOLTAGE] = voltage
    s[CURRENT_B] = current_b
    s[SUM_CURRENT] = (s[SUM_CURRENT] + current) & _MASK
    s[SUM_VOLTAGE] = (s[SUM_VOLTAGE] + voltage) & _MASK
    s[SUM_CURRENT_B] = (s[SUM_CURRENT_B] + current_b) & _MASK
    h[s[TICKS] & (RING_WORDS - 1)] = (current << 12) | voltage
    if s[CAUSE] or s[MODE] > DRIVE:
        s[MODE] = OFF
    if s[MODE] != OFF:
        if s[ON_TICKS] < _MASK:
            s[ON_TICKS] += 1
    else:
        s[ON_TICKS] = 0


@micropython.viper
def _contact_changed(s: ptr32, h: ptr32) -> int:
    """1 if the resistance fell by more than 20 % within the last 10 ms, by sense A: a hand sinking in."""
    if s[ON_TICKS] <= _WINDOW_TICKS:
        return 0
    then = h[(s[TICKS] - _WINDOW_TICKS) & (RING_WORDS - 1)]
    current_then = then >> 12
    voltage_then = then & 4095
    if current_then < 8:
        return 0
    if s[VOLTAGE] * current_then * 5 < voltage_then * s[CURRENT] * 4:
        return 1
    return 0


@micropython.viper
def _check_self(s: ptr32, m: ptr32) -> int:
    """The loop itself: limits intact, on time, hardware latch. [REQ-TRP-1] [REQ-TRP-2] [REQ-TRP-3]"""
    period_us = 0
    if s[TICKS] > 0:
        period_us = (s[NOW_US] - s[LAST_US]) & _MASK
        if period_us > s[LATE_US]:
            s[LATE_US] = period_us
    s[LAST_US] = s[NOW_US]
    i = 0
    while i < LIMIT_WORDS:
        if m[i] ^ _MASK != m[i + LIMIT_WORDS]:
            return int(_report(s, _LIMITS_CORRUPT, i, 0))
        i += 1
    if period_us > m[LATE_LIMIT_US]:
        return int(_report(s, _TICK_LATE, period_us, m[LATE_LIMIT_US]))
    if s[LATCH_OK] == 0:
        return int(_report(s, _LATCH, 0, 1))
    return 0


@micropython.viper
def _check_limits(s: ptr32, m: ptr32, h: ptr32) -> int:
    """The mode's own limits: current by A and by B, open circuit, electrode voltage. [REQ-TRP-4] to [REQ-TRP-7]"""
    if s[A_CURRENT] > m[TRIP_A]:
        if int(_contact_changed(s, h)):
            return int(_report(s, _CUT_CONTACT_CHANGE, s[A_CURRENT], m[TRIP_A]))
        return int(_report(s, _OVERCURRENT_A, s[A_CURRENT], m[TRIP_A]))
    if s[B_CURRENT] > m[TRIP_B]:
        if int(_contact_changed(s, h)):
            return int(_report(s, _CUT_CONTACT_CHANGE, s[B_CURRENT], m[TRIP_B]))
        return int(_report(s, _OVERCURRENT_B, s[B_CURRENT], m[TRIP_B]))
    setpoint = s[SETPOINT]
    is_open = 0
    floor = 0
    if s[MODE] == DRIVE:
        # Below twice the floor the floor itself would trip: half the setpoint tells a break as surely there.
        floor = (setpoint + 1) >> 1
        if floor > m[OPEN_FLOOR]:
            floor = m[OPEN_FLOOR]
        share = (setpoint * m[OPEN_Q12] + 4095) >> 12
        if share > floor:
            floor = share
        if s[CURRENT] < floor:
            is_open = 1
    if is_open:
        s[N_OPEN] += 1
        if s[N_OPEN] >= CONFIRM_OPEN:
            return int(_report(s, _CUT_OPEN, s[CURRENT], floor))
    else:
        s[N_OPEN] = 0
    if s[A_VOLTAGE] > m[TRIP_V]:
        s[N_VOLTAGE] += 1
        # An opening circuit takes the electrodes to the amplifier's voltage: give its own rule the tick it needs.
        if s[N_VOLTAGE] >= CONFIRM_VOLTAGE and is_open == 0:
            return int(_report(s, _OVERVOLTAGE, s[A_VOLTAGE], m[TRIP_V]))
    else:
        s[N_VOLTAGE] = 0
    return 0


@micropython.viper
def _check_control(s: ptr32, m: ptr32, h: ptr32) -> int:
    """What the regulator and the two senses owe each other. [REQ-TRP-8] [REQ-TRP-9]"""
    setpoint = s[SETPOINT]
    margin = (setpoint * m[EXCESS_Q12]) >> 12
    if margin < m[EXCESS_FLOOR]:
        margin = m[EXCESS_FLOOR]
    if s[CURRENT] > setpoint + margin:
        # While a contact change is being regulated out, the counter rests.
        if int(_contact_changed(s, h)) == 0:
            s[N_EXCESS] += 1
            if s[N_EXCESS] >= CONFIRM_EXCESS:
                return int(_report(s, _EXCESS_CURRENT, s[CURRENT], setpoint + margin))
    elif s[N_EXCESS] > 0:
        s[N_EXCESS] -= 1
    as_a = (s[CURRENT_B] * m[B_TO_A_Q12]) >> 12
    difference = s[CURRENT] - as_a
    if difference < 0:
        difference = 0 - difference
    allowed = m[MISMATCH_FLOOR] + ((s[CURRENT] * m[MISMATCH_Q12]) >> 12)
    if difference > allowed:
        s[N_MISMATCH] += 1
        if s[N_MISMATCH] >= CONFIRM_MISMATCH:
            return int(_report(s, _SENSE_MISMATCH, difference, allowed))
    elif s[N_MISMATCH] > 0:
        s[N_MISMATCH] -= 1
    return 0


@micropython.viper
def _check_slot(s: ptr32, m: ptr32) -> int:
    """The auxiliary reading of this tick: reference, ground, amplifier. [REQ-TRP-10] [REQ-TRP-11] [REQ-TRP-12]"""
    slot = s[SLOT]
    aux = s[AUX]
    if slot == SLOT_AMPLIFIER:
        s[AMPLIFIER] = aux
        want = (s[DAC] * m[DAC_TO_AMP_Q12]) >> 12
        allowed = m[FOLLOW_FLOOR] + ((want * m[FOLLOW_Q12]) >> 12)
        if aux > want + allowed or aux + allowed < want:
            s[N_FOLLOW] += 1
            if s[N_FOLLOW] >= CONFIRM_FOLLOW:
                return int(_report(s, _AMPLIFIER, aux, want))
        elif s[N_FOLLOW] > 0:
            s[N_FOLLOW] -= 1
    elif slot == SLOT_REFERENCE:
        limit = 0
        if aux < m[REFERENCE_LOW]:
            limit = m[REFERENCE_LOW]
        elif aux > m[REFERENCE_HIGH]:
            limit = m[REFERENCE_HIGH]
        if limit:
            s[N_REFERENCE] += 1
            if s[N_REFERENCE] >= CONFIRM_REFERENCE:
                return int(_report(s, _REFERENCE, aux, limit))
        elif s[N_REFERENCE] > 0:
            s[N_REFERENCE] -= 1
    elif slot == SLOT_GROUND:
        if aux > m[GROUND_HIGH]:
            s[N_GROUND] += 1
            if s[N_GROUND] >= CONFIRM_GROUND:
                return int(_report(s, _GROUND, aux, m[GROUND_HIGH]))
        elif s[N_GROUND] > 0:
            s[N_GROUND] -= 1
    elif slot == SLOT_RAIL:
        s[RAIL] = aux
    else:
        s[BATTERY] = aux
    return 0


@micropython.viper
def _check_stuck(s: ptr32, m: ptr32) -> int:
    """A reading at an end of its range where it cannot be. [REQ-TRP-13]"""
    value = 0
    if s[A_CURRENT] >= _FULL or s[A_VOLTAGE] >= _FULL or s[B_CURRENT] >= _FULL:
        value = _FULL
    elif (
        s[A_VOLTAGE] > 0
        or s[DAC] < m[STUCK_CODE] + ((s[CURRENT] * m[_SERIES_Q8]) >> 8)  # the rest is left for the electrodes
        or s[ON_TICKS] <= _WINDOW_TICKS
    ):
        if s[N_STUCK] > 0:
            s[N_STUCK] -= 1
        return 0
    s[N_STUCK] += 1
    if s[N_STUCK] >= CONFIRM_STUCK:
        return int(_report(s, _STUCK_SENSE, value, _FULL - value))
    return 0


@micropython.viper
def _next_slot(s: ptr32):
    """Plans the auxiliary reading of the coming tick."""
    at = s[TICKS] & 63
    if at == 1:
        s[SLOT] = SLOT_RAIL
    elif at == 33:
        s[SLOT] = SLOT_BATTERY
    elif at & 1:
        s[SLOT] = SLOT_AMPLIFIER
    elif at & 2:
        s[SLOT] = SLOT_GROUND
    else:
        s[SLOT] = SLOT_REFERENCE


@micropython.viper
def check(s: ptr32, m: ptr32, h: ptr32) -> int:
    """One tick's checks on the readings in `s`: 0, or the cause to cut for. The worst comes first."""
    _settle(s, m, h)
    cause = int(_check_self(s, m))
    if cause == 0:
        cause = int(_check_limits(s, m, h))
    if cause == 0:
        cause = int(_check_control(s, m, h))
    if cause == 0:
        cause = int(_check_slot(s, m))
    if cause == 0:
        cause = int(_check_stuck(s, m))
    s[TICKS] = (s[TICKS] + 1) & _MASK
    _next_slot(s)
    if cause:
        s[QUIET_TICKS] = 0
    elif s[QUIET_TICKS] < _MASK:
        s[QUIET_TICKS] += 1
    return cause


@micropython.viper
def cut_code(s: ptr32, r: ptr32, m: ptr32, cause: int) -> int:
    """The DAC code to write in the tick that cuts: 0, but for a contact change what takes the current to about nothing.

    There the skin is charged, and 0 would drive a current backwards until K1 is open. One tick later it is 0.
    [REQ-TRP-4]
    """
    if cause != _CUT_CONTACT_CHANGE:
        return 0
    code = (r[_DRIVE_Q] >> 16) - ((s[CURRENT] * m[_CUT_Q8]) >> 8)
    if code < 0:
        return 0
    return code


@micropython.viper
def record(s: ptr32, cause: int):
    """Keeps the first cause and what was measured, after the board has dropped K1 and the DAC."""
    s[SETPOINT] = 0
    s[DAC] = 0
    s[OPENING] = 0
    s[MODE] = OFF
    if s[CAUSE] == 0:
        s[CAUSE] = cause
        s[CAUSE_VALUE] = s[VALUE]
        s[CAUSE_LIMIT] = s[LIMIT]
        s[CAUSE_CURRENT] = s[CURRENT]


@micropython.viper
def command(s: ptr32, r: ptr32, m: ptr32) -> int:
    """The DAC code for this tick, after the checks have passed; 0 unless probing, driving, or just switched off."""
    mode = s[MODE]
    code = 0
    setpoint = 0
    if mode == DRIVE:
        s[OPENING] = OPENING_TICKS
        code = int(regulate(r, m, s[CURRENT], s[VOLTAGE]))
        setpoint = r[_SETPOINT_Q] >> 16
    elif mode == PROBE:
        s[OPENING] = OPENING_TICKS
        code = int(probe(r, m, s[CURRENT]))
        setpoint = m[_PROBE_MAX]
    elif s[OPENING] > 0 and s[CAUSE] == 0:
        s[OPENING] -= 1
        code = s[DAC]
    s[SETPOINT] = setpoint
    s[DAC] = code
    return code
