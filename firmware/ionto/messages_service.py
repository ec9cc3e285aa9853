"""The part of the message table that only a technician's tools use: reading the memory.

It belongs to the table of messages.py as if it stood there, and its hash covers it. The device imports it when the
first of these requests comes: RAM is scarce.
"""

from ionto.messages import MESSAGES, Field, Message

READ_INFO = 0x10
READ = 0x11
REGION_INFO = 0x50
RECORDS = 0x51

DATA_BYTES = 116  # of records in one reply: what a frame has room for
NOTHING_NEWEST = -1


def _row(number, name, text):
    """A Message from a text of "field:format:unit ..."."""
    return Message(number, name, tuple([Field(*part.split(":")) for part in text.split()]))


SERVICE_MESSAGES = (
    _row(READ_INFO, "READ_INFO", "region:B:"),
    _row(READ, "READ", "region:B: sequence:H:"),
    _row(REGION_INFO, "REGION_INFO", "region:B: verdict:i: newest:i: records:H: payload_bytes:B:"),
    _row(RECORDS, "RECORDS", "sequence:H: whole:H: data:%ds:" % DATA_BYTES),
)

ALL = MESSAGES + SERVICE_MESSAGES
