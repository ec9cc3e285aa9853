"""The part of the message table that only a technician's tools use: reading the memory, and SERVICE.

It belongs to the table of messages.py as if it stood there, and its hash covers it. The device imports it when the
first of these requests comes: RAM is scarce.
"""

from ionto.calibration import FIELDS
from ionto.messages import MESSAGES, Field, Message

READ_INFO = 0x10
READ = 0x11
READ_RAW = 0x12
SERVICE_OFF = 0x20
SERVICE_RANGE = 0x21
SERVICE_CURRENT = 0x22
SERVICE_VOLTAGE = 0x23
SERVICE_READ = 0x24
SERVICE_SAVE = 0x25
SERVICE_ADOPT = 0x26
SERVICE_LEAVE = 0x27
SERVICE_SETTINGS = 0x28
REGION_INFO = 0x50
RECORDS = 0x51
RAW = 0x52
SERVICE_READINGS = 0x64

DATA_BYTES = 116  # of records in one reply: what a frame has room for
RAW_BYTES = 64  # of the memory as it stands, in one reply
SUM_MASK = 0x3FFFFFFF  # ticks and sums count modulo this and one
RANGE_NAMES = ("face", "body")  # limits.RANGE_*, as in the fields of SERVICE_SAVE


_SAVED = " ".join(
    [
        "%s_%s:i:%s"
        % (range_, name, {"na": "nA", "uv": "uV"}.get(name.split("_")[1], "mohm" if name == "series_mohm" else ""))
        for range_ in RANGE_NAMES
        for name in FIELDS
    ]
)


def _row(number, name, text):
    """A Message from a text of "field:format:unit ..."."""
    return Message(number, name, tuple([Field(*part.split(":")) for part in text.split()]))


SERVICE_MESSAGES = (
    _row(READ_INFO, "READ_INFO", "region:B:"),
    _row(READ, "READ", "region:B: sequence:H:"),
    _row(READ_RAW, "READ_RAW", "address:H:"),
    _row(SERVICE_OFF, "SERVICE_OFF", ""),
    _row(SERVICE_RANGE, "SERVICE_RANGE", "range:B:"),
    _row(SERVICE_CURRENT, "SERVICE_CURRENT", "current_ua:H:uA"),
    _row(SERVICE_VOLTAGE, "SERVICE_VOLTAGE", "voltage_mv:H:mV"),
    _row(SERVICE_READ, "SERVICE_READ", ""),
    _row(SERVICE_SAVE, "SERVICE_SAVE", _SAVED),
    _row(SERVICE_ADOPT, "SERVICE_ADOPT", "board_id:8s:"),
    _row(SERVICE_LEAVE, "SERVICE_LEAVE", ""),
    _row(SERVICE_SETTINGS, "SERVICE_SETTINGS", "mode:B: level_ua:H:uA minutes:B:min is_reversing:B:"),
    _row(REGION_INFO, "REGION_INFO", "region:B: verdict:i: newest:i: records:H: payload_bytes:B:"),
    _row(RECORDS, "RECORDS", "sequence:H: whole:H: data:%ds:" % DATA_BYTES),
    _row(RAW, "RAW", "address:H: data:%ds:" % RAW_BYTES),
    _row(
        SERVICE_READINGS,
        "SERVICE_READINGS",
        "time_ms:I:ms range:B: kind:B: value:H: is_settled:B: cut:B: fault:B: max_ua:H:uA max_mv:H:mV is_calibrated:B: "
        "ticks:I:ticks sum_a:I: sum_v:I: sum_b:I: rounds:I: sum_dac:I: sum_amplifier:I: "
        "a_zero_raw:i: b_zero_raw:i: v_zero_raw:i: current_ua:H:uA voltage_mv:H:mV",
    ),
)

ALL = MESSAGES + SERVICE_MESSAGES
