"""The nominal record of Ionto-1, which stands in until a board carries a measured one.

It has the same interface as a store (`load()`), and its source marks it to the host and on the panel, so that nobody
takes its figures for measured ones.
"""

from ionto import messages
from ionto.calibration import NOMINAL, Calibration


class BuiltinCalibrationStore:
    """A store with one record: the nominal factors."""

    def load(self):
        """The Calibration; never raises."""
        return Calibration(messages.CALIBRATION_BUILTIN, NOMINAL)
