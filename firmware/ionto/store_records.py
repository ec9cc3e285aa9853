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
    """The fields of a record, from a text of "code name code name ...", the codes letters of `struct`.

    The text is the only thing that stays in RAM for a record that is never unpacked.
    """

    def __init__(self, name, text):
        self._name = name
        self._text = text
        self._make = None
        self.codes = "".join(text.split()[::2])
        self.size_bytes = struct.calcsize("<" + self.codes)

    def make(self, *values, **named):
        """The namedtuple of these values."""
        if self._make is None:
            self._make = namedtuple(self._name, self._text.split()[1::2])
        return self._make(*values, **named)

    def pack(self, values):
        """The bytes of one value a field, in order. None is "nothing": the largest number of its field."""
        fitted = []
        for code, value in zip(self.codes, values):
            low, high = _RANGES[code]
            if value is None or value > high:
                value = high
            elif value < low:
                value = low
            fitted.append(value)
        return struct.pack("<" + self.codes, *fitted)

    def changed(self, row, **values):
        """A copy of a namedtuple with other values (MicroPython's has no `_replace`)."""
        return self.make(*[values.get(name, getattr(row, name)) for name in self._text.split()[1::2]])

    def unpack(self, payload):
        """The namedtuple. Raises ValueError if the length is wrong."""
        if len(payload) != self.size_bytes:
            raise ValueError("%d bytes, not %d" % (len(payload), self.size_bytes))
        return self.make(*struct.unpack("<" + self.codes, payload))


COUNTERS = Layout(
    "Counters",
    "I power_ons "  # starts of the chip, whatever their cause
    "I watchdog_resets "
    "I sessions "  # begun; the number of the newest
    "I interrupted "  # sessions that a reset or a power cut ended
    "I faults "
    "I treated_s "
    # The newest session, for the record that a reset may keep it from writing.
    "B mode "
    "B minutes "
    "H level_ua "
    "H trace "  # sequence of its first trace record
    "I power_on "  # in which it began
    "I time_ms ",
)

SESSION = Layout(
    "SessionRecord",
    "I number "
    "I power_on "  # counters.power_ons when it began
    "I time_ms "  # since that power-on
    "B mode "
    "B minutes "  # as set at its end
    "B end "  # messages.END_*
    "B fault "
    "H level_ua "  # as set at its beginning
    "H end_level_ua "
    "H treated_s "
    "H max_current_ua "
    "H max_voltage_mv "
    "H trace "  # sequence of its first trace record
    "H trace_records "
    "B cuts "
    "B reconnects "
    "B reasons "  # every bit of faults.REASONS that was ever set
    "B is_reversed "
    "I charge_ua_s "
    "I min_resistance_ohm "
    "I max_resistance_ohm "
    "i fault_value "
    "i fault_limit "
    "B reset_cause "
    "B major "  # version of the firmware
    "B minor "
    "B patch ",
)

EVENT = Layout(
    "EventRecord",
    "I power_on "  # counters.power_ons
    "I time_ms "  # since that power-on
    "B kind "  # messages.EVENT_*
    "B lost "  # events before this one that found no room
    "i a "
    "i b "
    # What the device showed then.
    "B state "
    "B mode "
    "B fault "
    "B reasons "
    "H current_ua "
    "H voltage_mv ",
)

TRACE = Layout(
    "TraceRecord",
    "B state "
    "B reasons "
    "H current_ua "
    "H voltage_mv "
    "H next_current_ua "  # one second later; NOTHING_U16: the record was closed before
    "H next_voltage_mv ",
)

_CALIBRATION = "<%diII" % (len(FIELDS) * len(NOMINAL))
USE_BYTES = 8  # at the end of it: sessions and treated_s when it was made; all ones if nobody knows
_SETTINGS = "<" + "HBB" * len(limits.MODES)


def session_number(payload):
    """The number in a session's record."""
    return struct.unpack_from("<I", payload)[0]


def pack_calibration(ranges, counters):
    """The payload of one RangeCalibration a range, and of how far the Counters were when it was made. [REQ-CAL-6]"""
    values = [value for row in ranges for value in row]
    return struct.pack(_CALIBRATION, *(values + [counters.sessions, counters.treated_s]))


def unpack_calibration(payload):
    """A RangeCalibration for each range; whether they can be true is Calibration's to say. ValueError: wrong length."""
    if len(payload) != struct.calcsize(_CALIBRATION):
        raise ValueError("%d bytes, not %d" % (len(payload), struct.calcsize(_CALIBRATION)))
    values = struct.unpack(_CALIBRATION, payload)
    width = len(FIELDS)
    return tuple([RangeCalibration(*values[at : at + width]) for at in range(0, width * len(NOMINAL), width)])


def since_calibration(payload, counters):
    """(sessions, treated_s, is_due) since the calibration in `payload` was made, by the Counters as they are now.

    Numbers below 0: the counters were lost meanwhile. It is then due, as nobody knows. [REQ-CAL-6]
    """
    sessions, treated_s = struct.unpack_from("<II", payload, len(payload) - USE_BYTES)
    sessions = counters.sessions - sessions
    treated_s = counters.treated_s - treated_s
    is_within = 0 <= sessions < limits.CALIBRATION_SESSIONS and 0 <= treated_s < limits.CALIBRATION_S
    return sessions, treated_s, not is_within


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
