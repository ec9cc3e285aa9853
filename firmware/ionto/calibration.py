"""What turns counts into volts and amperes: one record a board, with the range in which it can be true.

Every conversion of the firmware goes through a `Calibration`; nothing else knows a gain. A store hands one out:
any object with `load() -> Calibration`, which raises `CalibrationError` when there is none that is valid. [REQ-CAL-1]
"""

from collections import namedtuple

FIELDS = (
    "a_na_per_lsb",  # sense A current
    "a_zero_raw",  # its reading without current
    "b_na_per_lsb",  # sense B current
    "b_zero_raw",
    "v_uv_per_lsb",  # electrode voltage
    "v_zero_raw",
    "dac_uv_per_lsb",  # amplifier output for one DAC code
    "amp_uv_per_lsb",  # amplifier output for one count of its sense B channel
    "series_mohm",  # resistor between amplifier and electrodes
)

RangeCalibration = namedtuple("RangeCalibration", FIELDS)

# Nominal values of Ionto-1, by range; a real board is within PERCENT_OFF of them, or it is broken.
# A: 2.500 V/4096 over the shunt amplifier. B: 3.3 V/4096. Amplifier sense: 3.3 V/4096 x 16.
NOMINAL = (
    RangeCalibration(1250, 0, 7300, 0, 12500, 0, 4000, 12891, 2200000),
    RangeCalibration(6250, 0, 7300, 0, 12500, 0, 10000, 12891, 470000),
)

MAX_PERCENT_OFF = 10
MAX_ZERO_RAW = 20  # A, B and voltage: more than this is a defect, not an offset
# A converter ends at 0: with a zero far below that, a current that has stopped would still read as one. A's may be as
# far below as its parts' spread takes it: that reads as 3 counts at rest, and an open circuit is called so from 4 on.
_LOWEST_ZERO_RAW = {"a_zero_raw": -3, "b_zero_raw": 0, "v_zero_raw": -MAX_ZERO_RAW}
_ZEROS = ("a_zero_raw", "b_zero_raw", "v_zero_raw")


class CalibrationError(ValueError):
    """There is no calibration that may be used; the message says which value is wrong and what its limits are."""


class Calibration:
    """The conversion factors of one board in both ranges, and where they come from (`messages.CALIBRATION_*`).

    Raises CalibrationError if a factor is outside the range that a working board can have. [REQ-CAL-2]
    """

    def __init__(self, source, ranges):
        if len(ranges) != len(NOMINAL):
            raise CalibrationError("calibration has %d ranges, wants %d" % (len(ranges), len(NOMINAL)))
        for index, row in enumerate(ranges):
            _check_range(index, row)
        self.source = source
        self.ranges = ranges
        self._seal = self._bits()

    def _bits(self):
        bits = 0
        for row in self.ranges:
            for value in row:
                bits ^= value
        return bits

    def is_intact(self):
        """Whether no bit of it has flipped since it was made. [REQ-TRP-14]"""
        return self._bits() == self._seal

    def zeroed(self, mode, a_zero_raw, b_zero_raw):
        """This Calibration with the readings without current just measured in the range of a limits.Mode.

        A reading of 0 cannot tell a zero that is below it: there the calibrated one stands.

        Raises CalibrationError if one is beyond MAX_ZERO_RAW, or if this one is no longer intact. [REQ-CAL-3]
        """
        if not self.is_intact():
            raise CalibrationError("a bit of the calibration has flipped since it was read")
        ranges = list(self.ranges)
        values = dict(zip(FIELDS, ranges[mode.range]))
        if a_zero_raw > 0 or values["a_zero_raw"] > 0:
            values["a_zero_raw"] = a_zero_raw
        values["b_zero_raw"] = b_zero_raw
        ranges[mode.range] = RangeCalibration(*[values[name] for name in FIELDS])
        return Calibration(self.source, tuple(ranges))

    def of(self, mode):
        """The RangeCalibration that a limits.Mode uses."""
        return self.ranges[mode.range]


def bounds(nominal, name):
    """(lowest, highest) that a field of a working board can be, from the NOMINAL row of its range."""
    if name in _ZEROS:
        return _LOWEST_ZERO_RAW[name], MAX_ZERO_RAW
    want = getattr(nominal, name)
    return want * (100 - MAX_PERCENT_OFF) // 100, want * (100 + MAX_PERCENT_OFF) // 100


def _check_range(index, row):
    for name in FIELDS:
        value = getattr(row, name)
        low, high = bounds(NOMINAL[index], name)
        if not low <= value <= high:
            raise CalibrationError("calibration range %d: %s is %d, must be %d to %d" % (index, name, value, low, high))
