"""A mode's limits as raw counts of one board: what the tick compares with.

Every limit is rounded towards the safe side, and stored with its complement, so that a flipped bit is seen in the next
tick. [REQ-LIM-2]
"""

from array import array

from ionto import limits, regulator, sampler

_MASK = 0x3FFFFFFF
SMALLEST_SKIN_MOHM = 300000  # limits.SHORT_OHM: below this it is not a person
OPEN_ENOUGH_MV = 1000  # a drive above this cannot read 0 V at the electrodes


def net_of_ua(row, current_ua):
    """Net counts of sense A for a current, rounded down. `row` is a RangeCalibration."""
    return current_ua * 1000 // row.a_na_per_lsb


def slope_q(row, ua_per_s):
    """A slope as net counts a tick with 16 fractional bits, rounded to nearest; at least 1."""
    ticks_per_s = 1000000 // limits.TICK_US
    divisor = row.a_na_per_lsb * ticks_per_s
    return max(1, (ua_per_s * 1000 * 65536 + divisor // 2) // divisor)


def build(mode, calibration, probe_mv=limits.PROBE_MV):
    """The array `m` of regulator.py and sampler.py for a limits.Mode on this board, complements included.

    `probe_mv` is what a probe rises to, limits.PROBE_MV at most.
    """
    row = calibration.of(mode)
    m = array("i", [0] * (2 * sampler.LIMIT_WORDS))
    _regulator_limits(m, mode, row, min(probe_mv, limits.PROBE_MV))
    _mode_trips(m, mode, row)
    _zeros_and_ratios(m, row)
    _board_trips(m, row)
    for i in range(sampler.LIMIT_WORDS):
        m[i + sampler.LIMIT_WORDS] = m[i] ^ _MASK
    return m


def _codes_q8(row, mohm):
    """DAC codes, 8 fractional bits, that one count of current drops over `mohm` (nA x mOhm = pV)."""
    return row.a_na_per_lsb * mohm * 256 // (row.dac_uv_per_lsb * 1000000)


def _regulator_limits(m, mode, row, probe_mv):
    v_max_uv = mode.max_electrode_mv * 1000
    m[regulator.SETPOINT_MAX] = net_of_ua(row, mode.max_ua)
    m[regulator.V_MAX] = v_max_uv // row.v_uv_per_lsb
    m[regulator.V_MAX_CODE] = v_max_uv // row.dac_uv_per_lsb
    m[regulator.SERIES_Q8] = _codes_q8(row, row.series_mohm)
    m[regulator.CUT_Q8] = _codes_q8(row, row.series_mohm + SMALLEST_SKIN_MOHM)
    m[regulator.V_CODES_Q8] = row.v_uv_per_lsb * 256 // row.dac_uv_per_lsb
    m[regulator.PROBE_CODE] = probe_mv * 1000 // row.dac_uv_per_lsb
    m[regulator.PROBE_MAX] = net_of_ua(row, mode.probe_limit_ua)


def _mode_trips(m, mode, row):
    trip_ua = mode.max_ua * limits.OVERCURRENT_PERCENT // 100 + limits.OVERCURRENT_MARGIN_UA
    trip_uv = mode.max_electrode_mv * 10 * limits.OVERVOLTAGE_PERCENT
    m[sampler.TRIP_A] = row.a_zero_raw + trip_ua * 1000 // row.a_na_per_lsb
    m[sampler.TRIP_B] = row.b_zero_raw + trip_ua * 1000 // row.b_na_per_lsb
    m[sampler.TRIP_V] = row.v_zero_raw + trip_uv // row.v_uv_per_lsb


def _zeros_and_ratios(m, row):
    m[sampler.A_ZERO] = row.a_zero_raw + sampler.ZERO_BIAS
    m[sampler.B_ZERO] = row.b_zero_raw + sampler.ZERO_BIAS
    m[sampler.V_ZERO] = row.v_zero_raw + sampler.ZERO_BIAS
    m[sampler.B_TO_A_Q12] = row.b_na_per_lsb * 4096 // row.a_na_per_lsb
    m[sampler.MISMATCH_FLOOR] = net_of_ua(row, limits.MISMATCH_FLOOR_UA)
    m[sampler.MISMATCH_Q12] = limits.MISMATCH_PERCENT * 4096 // 100
    m[sampler.EXCESS_FLOOR] = net_of_ua(row, limits.EXCESS_FLOOR_UA)
    m[sampler.EXCESS_Q12] = limits.EXCESS_PERCENT * 4096 // 100
    # A current below this is a break: the safe side is up.
    m[sampler.OPEN_FLOOR] = -(-limits.OPEN_FLOOR_UA * 1000 // row.a_na_per_lsb)
    m[sampler.OPEN_Q12] = -(-limits.OPEN_PERCENT * 4096 // 100)


def _board_trips(m, row):
    nominal_raw = limits.REFERENCE_MV * 4096 // limits.ADC_REFERENCE_MV
    spread_raw = nominal_raw * limits.REFERENCE_PERCENT // 100
    m[sampler.DAC_TO_AMP_Q12] = row.dac_uv_per_lsb * 4096 // row.amp_uv_per_lsb
    m[sampler.FOLLOW_FLOOR] = limits.FOLLOW_FLOOR_MV * 1000 // row.amp_uv_per_lsb
    m[sampler.FOLLOW_Q12] = limits.FOLLOW_PERCENT * 4096 // 100
    m[sampler.REFERENCE_LOW] = nominal_raw - spread_raw
    m[sampler.REFERENCE_HIGH] = nominal_raw + spread_raw
    m[sampler.GROUND_HIGH] = limits.GROUND_MAX_RAW
    m[sampler.STUCK_CODE] = OPEN_ENOUGH_MV * 1000 // row.dac_uv_per_lsb
    m[sampler.LATE_LIMIT_US] = limits.TICK_US + limits.TICK_LATE_US
