"""The checks of the sampling loop: one call a tick, in viper, over preallocated arrays. Pure: no pins, no clock.

The board's tick writes the readings into `s`, calls `check`, and if that returns a cause it first drops K1 and the DAC
and then calls `record`; otherwise it calls `regulator.command`. A cause is a fault or a cut of faults.py. Limits are
raw counts in `m`, each with its complement. Rules, their confirmation and worst-case time: docs/trip-rules.md.

Everything stored is non-negative, because `ptr32` reads unsigned on 64-bit hosts.
"""

import micropython
from micropython import const

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
PHASE = const(30)  # of SLOT's period
VOLTAGE_AGE = const(31)  # 0: A_VOLTAGE is of this tick, 1: of the one before
# For the self-test, never while driving.
TEST = const(32)  # bits of what the tick is to do or leave out
TESTED = const(33)  # TEST as of the last tick
SPAN_US = const(34)  # when SLOT's period began
N_OPEN = const(35)
N_VOLTAGE = const(36)
N_EXCESS = const(37)
N_MISMATCH = const(38)
N_FOLLOW = const(39)
N_REFERENCE = const(40)
N_GROUND = const(41)
N_STUCK = const(42)
OPENING = const(43)  # ticks for which the DAC still stands after the output was switched off
UNATTENDED = const(44)  # ticks under way since the main loop last said that it runs
STATE_WORDS = const(45)
_DRIVE_Q = const(0)  # regulator.DRIVE_Q
_SERIES_Q8 = const(3)  # regulator.SERIES_Q8
_CUT_Q8 = const(4)  # regulator.CUT_Q8

RING_WORDS = const(32)  # array `h`: current << 12 | voltage of the last ticks
_WINDOW_TICKS = const(20)  # 10 ms

# A bit that flips in one of these makes none of the others.
OFF = const(0)
PROBE = const(3)
DRIVE = const(5)

# Each bit twice: of a word with a flipped bit the halves differ.
TEST_K1_OPEN = const(0x11)  # K1 is not requested
TEST_NO_BEAT = const(0x22)  # the heartbeat stands still
TEST_TRIP = const(0x44)  # DAC channel B trips the latch
TEST_DEAF = const(0x88)  # a tripped latch is no cause

# A tick has time for two readings by A: reference and ground take the place of the electrode voltage. In 20 ticks each
# of them is read twice, rail and battery once, the amplifier in the other 14.
SLOT_PERIOD = const(20)
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

ZERO_BIAS = const(64)
_MASK = const(0x3FFFFFFF)
_FULL = const(4095)

# Confirmation: consecutive ticks, or for the longer ones a counter that rises by 1 on a violation and falls by 1
# without, never below 0, so that an intermittent defect trips too. Slotted readings count when they are taken.
CONFIRM_OPEN = const(2)
CONFIRM_VOLTAGE = const(2)
CONFIRM_EXCESS = const(40)
CONFIRM_MISMATCH = const(100)
CONFIRM_FOLLOW = const(14)  # 20 ticks, as the next two
CONFIRM_REFERENCE = const(2)
CONFIRM_GROUND = const(2)
CONFIRM_STUCK = const(20)

# SLOT_PERIOD ticks take 10 ms. One that is late by what is allowed makes it 0.5 ms more or less.
SPAN_MIN_US = const(9000)
SPAN_MAX_US = const(11000)
MAIN_TICKS = const(190)  # 95 ms: with K1's delay the output has ended 100 ms after the main loop

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
_STATE_CORRUPT = const(34)
_TICK_RATE = const(35)
_MAIN_LATE = const(36)
_CUT_OPEN = const(64)
_CUT_CONTACT_CHANGE = const(65)


@micropython.viper
def check(s: ptr32, m: ptr32, h: ptr32) -> int:
    """One tick's checks on the readings in `s`: 0, or the cause to cut for. The worst comes first.

    One long function, because on the chip finding and calling another one costs more than most rules
    (docs/decisions/0003-tick-on-the-chip.md). Each rule runs only if none before it has found a cause.
    """
    # Net readings, sums, history, and the counters that every tick moves.
    current = s[A_CURRENT] + ZERO_BIAS - m[A_ZERO]
    if current < 0:
        current = 0
    elif current > _FULL:
        current = _FULL
    voltage = s[A_VOLTAGE] + ZERO_BIAS - m[V_ZERO]
    if voltage < 0:
        voltage = 0
    elif voltage > _FULL:
        voltage = _FULL
    current_b = s[B_CURRENT] + ZERO_BIAS - m[B_ZERO]
    if current_b < 0:  # never above _FULL: the zero of sense B is not negative (calibration.py)
        current_b = 0
    s[CURRENT] = current
    s[VOLTAGE] = voltage
    s[CURRENT_B] = current_b
    s[SUM_CURRENT] = (s[SUM_CURRENT] + current) & _MASK
    s[SUM_VOLTAGE] = (s[SUM_VOLTAGE] + voltage) & _MASK
    s[SUM_CURRENT_B] = (s[SUM_CURRENT_B] + current_b) & _MASK
    ticks = s[TICKS]
    h[ticks & (RING_WORDS - 1)] = (current << 12) | voltage
    # While a cause stands nothing is driven, whatever was asked for. [REQ-TCK-2]
    # Words that nobody writes: [REQ-TRP-14]
    mode = s[MODE]
    test = s[TEST]
    torn = 0
    if mode != OFF and mode != PROBE and mode != DRIVE:
        torn = MODE
    elif test and (test >> 4 != test & 15 or mode == DRIVE):
        torn = TEST
        s[TEST] = 0
    # Counters stay small: one below 0 would keep its rule silent, and the place in the period all that have a slot.
    high = s[N_OPEN] | s[N_VOLTAGE] | s[N_EXCESS] | s[N_MISMATCH] | s[N_FOLLOW] | s[N_REFERENCE] | s[N_GROUND]
    if (high | s[N_STUCK] | s[PHASE] | s[ON_TICKS]) >> 30:
        torn = N_OPEN
        if s[PHASE] >> 30:
            torn = PHASE
        elif s[ON_TICKS] >> 30:
            torn = ON_TICKS
        while s[torn] >> 30 == 0:
            torn += 1
        s[torn] = 0
    if s[CAUSE] or torn:
        s[MODE] = OFF
    on_ticks = 0
    unattended = 0
    if s[MODE] != OFF:
        unattended = s[UNATTENDED] + 1
        s[UNATTENDED] = unattended
        on_ticks = s[ON_TICKS]
        if on_ticks < _MASK:
            on_ticks += 1
    s[ON_TICKS] = on_ticks
    setpoint = s[SETPOINT]
    slot = s[SLOT]
    is_old = 0
    if slot < SLOT_AMPLIFIER:
        is_old = 1
    s[VOLTAGE_AGE] = is_old
    cause = 0
    value = 0
    limit = 0

    # The loop itself: limits intact, on time, hardware latch. [REQ-TRP-1] [REQ-TRP-2] [REQ-TRP-3]
    period_us = 0
    if ticks > 0:
        period_us = (s[NOW_US] - s[LAST_US]) & _MASK
        if period_us > s[LATE_US]:
            s[LATE_US] = period_us
    s[LAST_US] = s[NOW_US]
    # All limits, in a straight line: a loop takes four times as long. A test flips every bit of every word.
    ones = _MASK
    wrong = (m[0] ^ m[29] ^ ones) | (m[1] ^ m[30] ^ ones) | (m[2] ^ m[31] ^ ones)
    wrong |= (m[3] ^ m[32] ^ ones) | (m[4] ^ m[33] ^ ones) | (m[5] ^ m[34] ^ ones)
    wrong |= (m[6] ^ m[35] ^ ones) | (m[7] ^ m[36] ^ ones) | (m[8] ^ m[37] ^ ones)
    wrong |= (m[9] ^ m[38] ^ ones) | (m[10] ^ m[39] ^ ones) | (m[11] ^ m[40] ^ ones)
    wrong |= (m[12] ^ m[41] ^ ones) | (m[13] ^ m[42] ^ ones) | (m[14] ^ m[43] ^ ones)
    wrong |= (m[15] ^ m[44] ^ ones) | (m[16] ^ m[45] ^ ones) | (m[17] ^ m[46] ^ ones)
    wrong |= (m[18] ^ m[47] ^ ones) | (m[19] ^ m[48] ^ ones) | (m[20] ^ m[49] ^ ones)
    wrong |= (m[21] ^ m[50] ^ ones) | (m[22] ^ m[51] ^ ones) | (m[23] ^ m[52] ^ ones)
    wrong |= (m[24] ^ m[53] ^ ones) | (m[25] ^ m[54] ^ ones) | (m[26] ^ m[55] ^ ones)
    wrong |= (m[27] ^ m[56] ^ ones) | (m[28] ^ m[57] ^ ones)
    if wrong:
        cause = _LIMITS_CORRUPT
        while m[value] ^ ones == m[value + LIMIT_WORDS]:
            value += 1
    elif torn:
        cause = _STATE_CORRUPT
        value = torn
    if cause == 0:
        if period_us > m[LATE_LIMIT_US]:
            cause = _TICK_LATE
            value = period_us
            limit = m[LATE_LIMIT_US]
        elif s[LATCH_OK] == 0 and s[TEST] & TEST_DEAF == 0:
            cause = _LATCH
            limit = 1
        elif unattended > MAIN_TICKS:  # [REQ-TRP-16]
            cause = _MAIN_LATE
            value = unattended
            limit = MAIN_TICKS

    # The contact changed if the resistance fell by more than 20 % within the last 10 ms, by sense A: a hand sinking in.
    margin = (setpoint * m[EXCESS_Q12]) >> 12
    if margin < m[EXCESS_FLOOR]:
        margin = m[EXCESS_FLOOR]
    margin += setpoint
    changed = 0
    if current > margin or s[A_CURRENT] > m[TRIP_A] or s[B_CURRENT] > m[TRIP_B]:
        if on_ticks > _WINDOW_TICKS:
            then = h[(ticks - _WINDOW_TICKS) & (RING_WORDS - 1)]
            if then >> 12 >= 8 and voltage * (then >> 12) * 5 < (then & 4095) * current * 4:
                changed = 1

    # The mode's own limits: current by A and by B, open circuit, electrode voltage. [REQ-TRP-4] to [REQ-TRP-7]
    if cause == 0:
        if s[A_CURRENT] > m[TRIP_A]:
            cause = _OVERCURRENT_A
            value = s[A_CURRENT]
            limit = m[TRIP_A]
        elif s[B_CURRENT] > m[TRIP_B]:
            cause = _OVERCURRENT_B
            value = s[B_CURRENT]
            limit = m[TRIP_B]
        if cause and changed:
            cause = _CUT_CONTACT_CHANGE
    if cause == 0:
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
            if current < floor:
                is_open = 1
        if is_open:
            s[N_OPEN] += 1
            if s[N_OPEN] >= CONFIRM_OPEN:
                cause = _CUT_OPEN
                value = current
                limit = floor
        else:
            s[N_OPEN] = 0
        if cause == 0 and is_old == 0:
            if s[A_VOLTAGE] > m[TRIP_V]:
                s[N_VOLTAGE] += 1
                # An opening circuit takes the electrodes to the amplifier's voltage: its own rule gets its tick.
                if s[N_VOLTAGE] >= CONFIRM_VOLTAGE and is_open == 0:
                    cause = _OVERVOLTAGE
                    value = s[A_VOLTAGE]
                    limit = m[TRIP_V]
            else:
                s[N_VOLTAGE] = 0

    # What the regulator and the two senses owe each other. [REQ-TRP-8] [REQ-TRP-9]
    if cause == 0:
        if current > margin:
            # While a contact change is being regulated out, the counter rests.
            if changed == 0:
                s[N_EXCESS] += 1
                if s[N_EXCESS] >= CONFIRM_EXCESS:
                    cause = _EXCESS_CURRENT
                    value = current
                    limit = margin
        elif s[N_EXCESS] > 0:
            s[N_EXCESS] -= 1
    if cause == 0:
        difference = current - ((current_b * m[B_TO_A_Q12]) >> 12)
        if difference < 0:
            difference = 0 - difference
        allowed = m[MISMATCH_FLOOR] + ((current * m[MISMATCH_Q12]) >> 12)
        if difference > allowed:
            s[N_MISMATCH] += 1
            if s[N_MISMATCH] >= CONFIRM_MISMATCH:
                cause = _SENSE_MISMATCH
                value = difference
                limit = allowed
        elif s[N_MISMATCH] > 0:
            s[N_MISMATCH] -= 1

    # The auxiliary reading of this tick: reference, ground, amplifier. [REQ-TRP-10] [REQ-TRP-11] [REQ-TRP-12]
    if cause == 0:
        aux = s[AUX]
        if slot == SLOT_AMPLIFIER:
            s[AMPLIFIER] = aux
            want = (s[DAC] * m[DAC_TO_AMP_Q12]) >> 12
            allowed = m[FOLLOW_FLOOR] + ((want * m[FOLLOW_Q12]) >> 12)
            if aux > want + allowed or aux + allowed < want:
                s[N_FOLLOW] += 1
                if s[N_FOLLOW] >= CONFIRM_FOLLOW:
                    cause = _AMPLIFIER
                    value = aux
                    limit = want
            elif s[N_FOLLOW] > 0:
                s[N_FOLLOW] -= 1
        elif slot == SLOT_REFERENCE:
            bound = 0
            if aux < m[REFERENCE_LOW]:
                bound = m[REFERENCE_LOW]
            elif aux > m[REFERENCE_HIGH]:
                bound = m[REFERENCE_HIGH]
            if bound:
                s[N_REFERENCE] += 1
                if s[N_REFERENCE] >= CONFIRM_REFERENCE:
                    cause = _REFERENCE
                    value = aux
                    limit = bound
            elif s[N_REFERENCE] > 0:
                s[N_REFERENCE] -= 1
        elif slot == SLOT_GROUND:
            if aux > m[GROUND_HIGH]:
                s[N_GROUND] += 1
                if s[N_GROUND] >= CONFIRM_GROUND:
                    cause = _GROUND
                    value = aux
                    limit = m[GROUND_HIGH]
            elif s[N_GROUND] > 0:
                s[N_GROUND] -= 1
        elif slot == SLOT_RAIL:
            s[RAIL] = aux
        else:
            s[BATTERY] = aux

    # A reading at an end of its range where it cannot be. [REQ-TRP-13]
    if cause == 0:
        stuck = 0
        end = 0
        if s[A_CURRENT] >= _FULL or s[A_VOLTAGE] >= _FULL or s[B_CURRENT] >= _FULL:
            stuck = 1
            end = _FULL
        elif s[A_VOLTAGE] == 0 and on_ticks > _WINDOW_TICKS:
            # What the series resistor does not drop is left for the electrodes.
            if s[DAC] >= m[STUCK_CODE] + ((current * m[_SERIES_Q8]) >> 8):
                stuck = 1
        if stuck:
            s[N_STUCK] += 1
            if s[N_STUCK] >= CONFIRM_STUCK:
                cause = _STUCK_SENSE
                value = end
                limit = _FULL - end
        elif s[N_STUCK] > 0:
            s[N_STUCK] -= 1

    # The auxiliary reading of the coming tick.
    s[TICKS] = (ticks + 1) & _MASK
    phase = s[PHASE] + 1
    slot = SLOT_AMPLIFIER
    if phase >= SLOT_PERIOD:
        phase = 0
        slot = SLOT_REFERENCE
        # A timer that is too fast or too slow for as many ticks in a row. [REQ-TRP-15]
        span_us = (s[NOW_US] - s[SPAN_US]) & _MASK
        s[SPAN_US] = s[NOW_US]
        if cause == 0 and ticks >= SLOT_PERIOD:
            if span_us < SPAN_MIN_US:
                cause = _TICK_RATE
                value = span_us
                limit = SPAN_MIN_US
            elif span_us > SPAN_MAX_US:
                cause = _TICK_RATE
                value = span_us
                limit = SPAN_MAX_US
    elif phase == 10:
        slot = SLOT_REFERENCE
    elif phase == 5 or phase == 15:
        slot = SLOT_GROUND
    elif phase == 1:
        slot = SLOT_RAIL
    elif phase == 11:
        slot = SLOT_BATTERY
    s[PHASE] = phase
    s[SLOT] = slot
    if cause:
        s[VALUE] = value
        s[LIMIT] = limit
        s[QUIET_TICKS] = 0
    elif s[QUIET_TICKS] < _MASK:
        s[QUIET_TICKS] += 1
    return cause


@micropython.viper
def cut_code(s: ptr32, r: ptr32, m: ptr32, cause: int) -> int:
    """The DAC code to write in the tick that cuts: 0, but for a contact change what takes the current to about nothing.

    The same where all that is wrong is the main loop. The skin is charged, and 0 would drive a current backwards until
    K1 is open. One tick later it is 0. [REQ-TRP-4]
    """
    if cause != _CUT_CONTACT_CHANGE and cause != _MAIN_LATE:
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
