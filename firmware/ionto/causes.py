"""What a cause of the tick means, and its values in physical units: counts of one board to the unit of faults.py."""

from ionto import faults
from ionto.sampler import CAUSE, CAUSE_LIMIT, CAUSE_VALUE


def told(copy):
    """The cause in a copy of the tick's state, or STATE_CORRUPT of that word: no rule has such a number, a bit flipped.

    The value and limit of what is told are then in the copy. [REQ-TRP-14]
    """
    cause = copy[CAUSE]
    if 0 <= cause <= faults.FIRMWARE or cause in (faults.CUT_OPEN, faults.CUT_CONTACT_CHANGE):
        return cause
    copy[CAUSE_VALUE] = CAUSE
    copy[CAUSE_LIMIT] = 0
    return faults.STATE_CORRUPT


def in_units(cause, value_raw, limit_raw, row):
    """(value, limit) of a fault or cut in its unit, from counts with the RangeCalibration `row`. [REQ-FLT-1]"""
    if cause in (faults.OVERCURRENT_A, faults.CUT_CONTACT_CHANGE):
        return _scale(value_raw, limit_raw, row.a_zero_raw, row.a_na_per_lsb)
    if cause == faults.OVERCURRENT_B:
        return _scale(value_raw, limit_raw, row.b_zero_raw, row.b_na_per_lsb)
    if cause == faults.OVERVOLTAGE:
        return _scale(value_raw, limit_raw, row.v_zero_raw, row.v_uv_per_lsb)
    if cause in (faults.EXCESS_CURRENT, faults.SENSE_MISMATCH, faults.CUT_OPEN):
        return _scale(value_raw, limit_raw, 0, row.a_na_per_lsb)
    if cause == faults.AMPLIFIER:
        return _scale(value_raw, limit_raw, 0, row.amp_uv_per_lsb)
    return value_raw, limit_raw


def _scale(value_raw, limit_raw, zero_raw, thousandths_per_lsb):
    return (
        (value_raw - zero_raw) * thousandths_per_lsb // 1000,
        (limit_raw - zero_raw) * thousandths_per_lsb // 1000,
    )
