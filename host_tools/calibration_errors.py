"""What ends a calibration, apart from what needs numpy: the `ionto` command imports it at every start."""

from host_tools.errors import IontoError


class CalibrationRefused(IontoError):
    """The points make no calibration, or a point cannot be measured; the text says why."""


class MeterError(IontoError):
    """The meter gives no usable reading; the text says what to do."""


class CalibrationFileError(IontoError):
    """Points or a certificate cannot be read or written; the text says which file and why."""
