"""The message table of the link: the one definition that device and host both read.

The rows that a technician's tools alone use are in messages_service.py, which the device imports when one is asked for.

A frame is `type u8, sequence u8, body, CRC-32 little endian`, COBS-encoded, ended by a zero byte, at most 128 bytes
on the wire. Bodies are little endian and packed; the formats are those of `struct`. A reply carries the sequence of its
request; what the device sends by itself counts its own sequence, so that a host can see gaps.
"""

import struct
from binascii import crc32
from collections import namedtuple

# Re-exported: the host reads the names of states and the version of the table through this module alone.
from ionto.states import STATES  # noqa: F401
from ionto.version import VERSION  # noqa: F401

Field = namedtuple("Field", ("name", "format", "unit"))
"""name; struct format of one value; unit of one count ("" where it is a number, a code or a bit set)."""

Message = namedtuple("Message", ("type", "name", "fields"))

MAX_FRAME_BYTES = 128

HELLO = 0x01
STATUS = 0x02
SUBSCRIBE = 0x03
STOP = 0x04
LOWER_LEVEL = 0x05
OK = 0x40
HELLO_REPLY = 0x41
STATUS_REPLY = 0x42
REFUSED = 0x7F
TELEMETRY = 0x81
EVENT = 0x82

CALIBRATION_NONE = 0
CALIBRATION_BUILTIN = 1  # the record for the simulated board, which stands in for one measured on this board
CALIBRATION_STORED = 2

NO_RESISTANCE = 0xFFFFFFFF  # the circuit is open or the drive is off: there is no resistance to report
NO_LEVEL = 0xFFFF

MAX_TELEMETRY_HZ = 100

# Event kinds; `a` and `b` as the comment says.
EVENT_STATE = 1  # a: new state, b: old state
EVENT_FAULT = 2  # a: fault number, b: measured value in the fault's unit
EVENT_CUT = 3  # a: cut number, b: current before the cut in uA
EVENT_REASON = 4  # a: reasons now, b: reasons before
EVENT_LEVEL = 5  # a: new level in uA, b: old level in uA
EVENT_END = 6  # a: end cause, b: charge in uA s
EVENT_REFUSED = 7  # a: refusal code, b: state
EVENT_BOOT = 8  # a: reset cause of the chip, b: message table hash, low 31 bits
EVENT_MODE = 9  # a: new mode, b: old mode
EVENT_MINUTES = 10  # a: new minutes, b: old minutes
EVENT_INTERRUPTED = 11  # a: number of the session that a reset or a power cut ended, b: reset cause of the chip
EVENT_MEMORY = 12  # what is wrong with the memory. a: fault number, b: its region, or the layout found

EVENT_KINDS = (
    (EVENT_STATE, "STATE"),
    (EVENT_FAULT, "FAULT"),
    (EVENT_CUT, "CUT"),
    (EVENT_REASON, "REASON"),
    (EVENT_LEVEL, "LEVEL"),
    (EVENT_END, "END"),
    (EVENT_REFUSED, "REFUSED"),
    (EVENT_BOOT, "BOOT"),
    (EVENT_MODE, "MODE"),
    (EVENT_MINUTES, "MINUTES"),
    (EVENT_INTERRUPTED, "INTERRUPTED"),
    (EVENT_MEMORY, "MEMORY"),
)

# Why a session ended.
END_TIME = 1
END_STOP = 2
END_CHARGE = 3
END_CONTACT = 4  # contact did not come back in time
END_HOST = 5
END_FAULT = 6
END_START = 7  # START pressed during treatment
END_RESET = 8  # a reset or a power cut; written by the next power-on
END_BATTERY = 9
ENDS = (
    (END_TIME, "time over"),
    (END_STOP, "STOP pressed"),
    (END_CHARGE, "charge cap reached"),
    (END_CONTACT, "contact did not return"),
    (END_HOST, "stopped by the host"),
    (END_FAULT, "fault"),
    (END_START, "START pressed"),
    (END_RESET, "reset or power cut"),
    (END_BATTERY, "battery low"),
)

_VERSION = (Field("major", "B", ""), Field("minor", "B", ""), Field("patch", "B", ""))

_STATUS_FIELDS = (
    Field("uptime_ms", "I", "ms"),
    Field("state", "B", ""),
    Field("mode", "B", ""),
    Field("level_ua", "H", "uA"),
    Field("minutes", "B", "min"),
    Field("setpoint_ua", "H", "uA"),
    Field("current_ua", "H", "uA"),
    Field("voltage_mv", "H", "mV"),
    Field("resistance_ohm", "I", "ohm"),
    Field("remaining_s", "H", "s"),
    Field("charge_ua_s", "I", "uA s"),
    Field("reasons", "B", ""),
    Field("fault", "B", ""),
    Field("fault_value", "i", ""),
    Field("fault_limit", "i", ""),
    Field("polarity_reversed", "B", ""),
    Field("calibration", "B", ""),
    Field("ticks", "I", "ticks"),
    Field("bad_frames", "H", ""),
    Field("dropped_telemetry", "H", ""),
    Field("battery_mv", "H", "mV"),
)

MESSAGES = (
    Message(HELLO, "HELLO", (Field("table_hash", "I", ""),) + _VERSION),
    Message(STATUS, "STATUS", ()),
    Message(SUBSCRIBE, "SUBSCRIBE", (Field("rate_hz", "B", "Hz"),)),
    Message(STOP, "STOP", ()),
    Message(LOWER_LEVEL, "LOWER_LEVEL", (Field("level_ua", "H", "uA"),)),
    Message(OK, "OK", (Field("request", "B", ""), Field("value", "i", ""))),
    Message(
        HELLO_REPLY,
        "HELLO_REPLY",
        (Field("table_hash", "I", ""),)
        + _VERSION
        + (Field("board_id", "8s", ""), Field("calibration", "B", ""), Field("reset_cause", "B", "")),
    ),
    Message(STATUS_REPLY, "STATUS_REPLY", _STATUS_FIELDS),
    Message(
        REFUSED,
        "REFUSED",
        (
            Field("request", "B", ""),
            Field("code", "B", ""),
            Field("field", "B", ""),  # index of the field in the request; 0xFF: none
            Field("value", "i", ""),
            Field("limit", "i", ""),
        ),
    ),
    Message(
        TELEMETRY,
        "TELEMETRY",
        (
            Field("time_ms", "I", "ms"),
            Field("state", "B", ""),
            Field("reasons", "B", ""),
            Field("fault", "B", ""),
            Field("level_ua", "H", "uA"),
            Field("setpoint_ua", "H", "uA"),
            Field("current_ua", "H", "uA"),
            Field("current_b_ua", "H", "uA"),
            Field("voltage_mv", "H", "mV"),
            Field("resistance_ohm", "I", "ohm"),
            Field("remaining_s", "H", "s"),
            Field("charge_ua_s", "I", "uA s"),
        ),
    ),
    Message(
        EVENT,
        "EVENT",
        (
            Field("number", "H", ""),
            Field("time_ms", "I", "ms"),
            Field("kind", "B", ""),
            Field("a", "i", ""),
            Field("b", "i", ""),
        ),
    ),
)

NO_FIELD = 0xFF


def message(number):
    """The Message with this type number, or None."""
    for row in MESSAGES:
        if row.type == number:
            return row
    from ionto.messages_service import SERVICE_MESSAGES  # not before it is needed

    for row in SERVICE_MESSAGES:
        if row.type == number:
            return row
    return None


def body_format(row):
    """The `struct` format of a Message's whole body."""
    return "<" + "".join([field.format for field in row.fields])


_FORMATS = {}  # joined once: telemetry is packed 100 times a second
_RANGES = {"B": (0, 0xFF), "H": (0, 0xFFFF), "I": (0, 0xFFFFFFFF), "i": (-0x80000000, 0x7FFFFFFF)}


def _format_of(row):
    text = _FORMATS.get(row.type)
    if text is None:
        text = _FORMATS[row.type] = body_format(row)
    return text


def pack(row, values):
    """The body of Message `row` from one value a field, in the order of its fields.

    A number outside its field's range is clamped: a reading too large to say must not end the link. None, which is
    "nothing to report", packs as the largest number of its field (NO_LEVEL, NO_RESISTANCE).
    """
    clamped = []
    for field, value in zip(row.fields, values):
        if field.format in _RANGES:
            lowest, highest = _RANGES[field.format]
            clamped.append(highest if value is None else max(lowest, min(highest, int(value))))
        else:
            clamped.append(value)
    return struct.pack(_format_of(row), *clamped)


def places(row):
    """(name, struct format, lowest, highest, offset) of each field of a Message of numbers: for packing it in place."""
    found = []
    offset = 0
    for field in row.fields:
        form = "<" + field.format
        found.append((field.name, form, _RANGES[field.format][0], _RANGES[field.format][1], offset))
        offset += struct.calcsize(form)
    return tuple(found)


def unpack(row, body):
    """The values of a body, in the order of the Message's fields. Raises ValueError if its length is wrong."""
    text = _format_of(row)
    if len(body) != struct.calcsize(text):
        raise ValueError("%s: %d bytes, not %d" % (row.name, len(body), body_size(row)))
    return struct.unpack(text, body)


def body_size(row):
    """Bytes of a Message's body."""
    return struct.calcsize(body_format(row))


def canonical(rows):
    """A fixed text of these Messages."""
    parts = []
    for row in rows:
        fields = ",".join(["%s:%s:%s" % (f.name, f.format, f.unit) for f in row.fields])
        parts.append("%d %s %s" % (row.type, row.name, fields))
    return "\n".join(parts)


# CRC-32 of the rows in messages_service.py. A number, because the device imports that module only when it is needed; a
# test keeps them equal.
SERVICE_HASH = 0xB14C1E68

TABLE_HASH = crc32(canonical(MESSAGES).encode(), SERVICE_HASH) & 0xFFFFFFFF
"""CRC-32 of the table in a fixed text form: exchanged first, so that two sides with different tables say so."""
