"""What stands in each record of the memory, as bytes and back.

Little endian and packed. A number that does not fit its field is clamped: a reading too large must not end the log.
"""

import struct
from collections import namedtuple

from ionto import limits
from ionto.calibration import FIELDS, NOMINAL, RangeCalibration

NOTHING_U16 = 0xFFFF
NOTHING_U32 = 0xFFFFFFFF

_RANGES = {"B": (0, 0xFF), "H": (0, 0xFFFF), "I": (0, 0xFFFFFFFF), "i": (-0x80000000, 0x7FFFFFFF)}


class Layout:
    """The fields of a record: `make` is a namedtuple of their names, `codes` a letter of `struct` for each."""

    def __init__(self, name, fields):
        self._names = [field for field, _ in fields]
        self.make = namedtuple(name, self._names)
        self.codes = "".join([code for _, code in fields])
        self.size_bytes = struct.calcsize("<" + self.codes)

    def pack(self, values):
        """The bytes of one value a field, in order. None is "nothing": the largest number of its field."""
        fitted = []
        for code, value in zip(self.codes, values):
            low, high = _RANGES[code]
            fitted.append(high if value is None else max(low, min(high, value)))
        return struct.pack("<" + self.codes, *fitted)

    def changed(self, row, **values):
        """A copy of a namedtuple with other values (MicroPython's has no `_replace`)."""
        return self.make(*[values.get(name, getattr(row, name)) for name in self._names])

    def unpack(self, payload):
        """The namedtuple. Raises ValueError if the length is wrong."""
        if len(payload) != self.size_bytes:
            raise ValueError("%d bytes, not %d" % (len(payload), self.size_bytes))
        return self.make(*struct.unpack("<" + self.codes, payload))


COUNTERS = Layout(
    "Counters",
    (
        ("power_ons", "I"),  # starts of the chip, whatever their cause
        ("watchdog_resets", "I"),
        ("sessions", "I"),  # begun; the number of the newest
        ("interrupted", "I"),  # sessions that a reset or a power cut ended
        ("faults", "I"),
        ("treated_s", "I"),
        # The newest session, for the record that a reset may keep it from writing.
        ("mode", "B"),
        ("minutes", "B"),
        ("level_ua", "H"),
        ("trace", "H"),  # sequence of its first trace record
        ("power_on", "I"),  # in which it began
        ("time_ms", "I"),
    ),
)

SESSION = Layout(
    "SessionRecord",
    (
        ("number", "I"),
        ("power_on", "I"),  # counters.power_ons when it began
        ("time_ms", "I"),  # since that power-on
        ("mode", "B"),
        ("minutes", "B"),  # as set at its end
        ("end", "B"),  # messages.END_*
        ("fault", "B"),
        ("level_ua", "H"),  # as set at its beginning
        ("end_level_ua", "H"),
        ("treated_s", "H"),
        ("max_current_ua", "H"),
        ("max_voltage_mv", "H"),
        ("trace", "H"),  # sequence of its first trace record
        ("trace_records", "H"),
        ("cuts", "B"),
        ("reconnects", "B"),
        ("reasons", "B"),  # every bit of faults.REASONS that was ever set
        ("is_reversed", "B"),
        ("charge_ua_s", "I"),
        ("min_resistance_ohm", "I"),
        ("max_resistance_ohm", "I"),
        ("fault_value", "i"),
        ("fault_limit", "i"),
        ("reset_cause", "B"),
        ("major", "B"),  # version of the firmware
        ("minor", "B"),
        ("patch", "B"),
    ),
)

EVENT = Layout(
    "EventRecord",
    (
        ("power_on", "I"),  # counters.power_ons
        ("time_ms", "I"),  # since that power-on
        ("kind", "B"),  # messages.EVENT_*
        ("lost", "B"),  # events before this one that found no room
        ("a", "i"),
        ("b", "i"),
        # What the device showed then.
        ("state", "B"),
        ("mode", "B"),
        ("fault", "B"),
        ("reasons", "B"),
        ("current_ua", "H"),
        ("voltage_mv", "H"),
    ),
)

TRACE = Layout(
    "TraceRecord",
    (
        ("state", "B"),
        ("reasons", "B"),
        ("current_ua", "H"),
        ("voltage_mv", "H"),
        ("next_current_ua", "H"),  # one second later; NOTHING_U16: the record was closed before
        ("next_voltage_mv", "H"),
    ),
)

_CALIBRATION = "<%di" % (len(FIELDS) * len(NOMINAL))
_SETTINGS = "<" + "HBB" * len(limits.MODES)


def pack_calibration(ranges):
    """The payload of one RangeCalibration a range."""
    return struct.pack(_CALIBRATION, *[value for row in ranges for value in row])


def unpack_calibration(payload):
    """A RangeCalibration for each range; whether they can be true is Calibration's to say. ValueError: wrong length."""
    if len(payload) != struct.calcsize(_CALIBRATION):
        raise ValueError("%d bytes, not %d" % (len(payload), struct.calcsize(_CALIBRATION)))
    values = struct.unpack(_CALIBRATION, payload)
    width = len(FIELDS)
    return tuple([RangeCalibration(*values[at : at + width]) for at in range(0, len(values), width)])


def default_settings():
    """(level_ua, minutes, is_reversing) for each mode, as limits.py has them."""
    return [(mode.default_ua, mode.default_min, 0) for mode in limits.MODES]


def pack_settings(rows):
    """The payload of (level_ua, minutes, is_reversing) for each mode of limits.MODES."""
    return struct.pack(_SETTINGS, *[int(value) for row in rows for value in row])


def unpack_settings(payload):
    """(level_ua, minutes, is_reversing) for each mode. Raises ValueError if one is beyond what its mode allows."""
    if len(payload) != struct.calcsize(_SETTINGS):
        raise ValueError("%d bytes, not %d" % (len(payload), struct.calcsize(_SETTINGS)))
    values = struct.unpack(_SETTINGS, payload)
    rows = [values[at : at + 3] for at in range(0, len(values), 3)]
    for mode, (level_ua, minutes, is_reversing) in zip(limits.MODES, rows):
        if not (mode.step_ua <= level_ua <= mode.max_ua and limits.MIN_MINUTES <= minutes <= mode.max_min):
            raise ValueError("%s: %d uA, %d min" % (mode.name, level_ua, minutes))
        if is_reversing > int(mode.can_reverse):
            raise ValueError("%s: reversal %d" % (mode.name, is_reversing))
    return rows


def unpack_counters(payload):
    """The Counters. Raises ValueError if they contradict each other, or the length is wrong."""
    row = COUNTERS.unpack(payload)
    longest_s = 60 * max([mode.max_min for mode in limits.MODES]) + 1
    if row.watchdog_resets > row.power_ons or row.interrupted > row.sessions:
        raise ValueError("more watchdog resets than power-ons, or more sessions interrupted than begun")
    if row.treated_s > row.sessions * longest_s or row.mode >= len(limits.MODES):
        raise ValueError("%d s in %d sessions, mode %d" % (row.treated_s, row.sessions, row.mode))
    return row
