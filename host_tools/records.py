"""What a device says, as frozen dataclasses with the fields of the message table, in its order and units.

Where the table has a number for "nothing to report", a record has None.
"""

import struct
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeAlias, TypeVar

from host_tools.errors import FrameError
from ionto import faults, messages

_NOTHING = {
    "level_ua": messages.NO_LEVEL,
    "setpoint_ua": messages.NO_LEVEL,
    "resistance_ohm": messages.NO_RESISTANCE,
}


@dataclass(frozen=True)
class Identity:
    """HELLO_REPLY: who the device is."""

    table_hash: int
    major: int
    minor: int
    patch: int
    board_id: bytes
    calibration: int
    reset_cause: int


@dataclass(frozen=True)
class Status:
    """STATUS_REPLY: everything the device says of itself."""

    uptime_ms: int
    state: int
    mode: int
    level_ua: int | None
    minutes: int
    setpoint_ua: int | None
    current_ua: int
    voltage_mv: int
    resistance_ohm: int | None
    remaining_s: int
    charge_ua_s: int
    reasons: int
    fault: int
    fault_value: int
    fault_limit: int
    polarity_reversed: int
    calibration: int
    ticks: int
    bad_frames: int
    dropped_telemetry: int
    battery_mv: int


@dataclass(frozen=True)
class Telemetry:
    """TELEMETRY: one sample of the session."""

    time_ms: int
    state: int
    reasons: int
    fault: int
    level_ua: int | None
    setpoint_ua: int | None
    current_ua: int
    current_b_ua: int
    voltage_mv: int
    resistance_ohm: int | None
    remaining_s: int
    charge_ua_s: int


@dataclass(frozen=True)
class Event:
    """EVENT: what happened; `kind` is messages.EVENT_*, which says what `a` and `b` mean."""

    number: int
    time_ms: int
    kind: int
    a: int
    b: int


@dataclass(frozen=True)
class RegionInfo:
    """REGION_INFO: what stands in a region of the memory."""

    region: int
    verdict: int  # 0 valid, -1 never written, else the number of a fault
    newest: int  # sequence; -1: there is none
    records: int  # that it has room for
    payload_bytes: int  # of each


@dataclass(frozen=True)
class Records:
    """RECORDS: some records of a region, from `sequence` on."""

    sequence: int
    whole: int  # a bit for each record that is there
    data: bytes

    def payloads(self, size: int) -> list[bytes | None]:
        """Each record's payload of `size` bytes, in order; None for one that is not there."""
        count = len(self.data) // size if size else 0
        pieces = [self.data[index * size : (index + 1) * size] for index in range(count)]
        return [piece if self.whole >> index & 1 else None for index, piece in enumerate(pieces)]


@dataclass(frozen=True)
class Raw:
    """RAW: a piece of the memory as it stands."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Readings:
    """SERVICE_READINGS: what is asked for and reached, and running sums of raw counts, modulo 2**30."""

    time_ms: int
    range: int
    kind: int  # 0 off, 1 voltage, 2 current
    value: int
    is_settled: int
    cut: int
    fault: int
    max_ua: int
    max_mv: int
    is_calibrated: int
    ticks: int
    sum_a: int
    sum_v: int
    sum_b: int
    rounds: int
    sum_dac: int
    sum_amplifier: int
    a_zero_raw: int
    b_zero_raw: int
    v_zero_raw: int
    current_ua: int
    voltage_mv: int


Record: TypeAlias = Telemetry | Event
AnyRecord = TypeVar("AnyRecord", Identity, Status, Telemetry, Event, RegionInfo, Records, Raw, Readings)


def fault(number: int) -> faults.Fault | None:
    """The row of a fault number; None for 0 (no fault) and for a number that this table does not know."""
    return next((row for row in faults.FAULTS if row.number == number), None)


def row_of_type(message_type: int) -> messages.Message:
    """The table's row of a message type that is known to be in it."""
    row = messages.message(message_type)
    assert row is not None, f"message type {message_type} is not in the table"
    return row


def values_of(message_type: int, body: bytes) -> tuple[Any, ...]:
    """The plain values of a body. Raises FrameError if the body has the wrong length."""
    try:
        return messages.unpack(row_of_type(message_type), body)
    except ValueError as error:
        raise FrameError(str(error)) from error


def parse(record: type[AnyRecord], message_type: int, body: bytes) -> AnyRecord:
    """A record from a body. Raises FrameError if the body has the wrong length."""
    layout, nothing = _layout(record, message_type)
    if len(body) != layout.size:
        values_of(message_type, body)  # raises, and says which
    values = list(layout.unpack(body))
    for index, number in nothing:
        if values[index] == number:
            values[index] = None
    return record(*values)


@cache
def _layout(record: type[Any], message_type: int) -> tuple[struct.Struct, tuple[tuple[int, int], ...]]:
    """How a body is unpacked, and which value of which field is "nothing". Made once: telemetry is much."""
    row = row_of_type(message_type)
    names = [field.name for field in row.fields]
    assert names == [field.name for field in fields(record)], f"{record.__name__} is not in the table's order"
    nothing = tuple((index, _NOTHING[name]) for index, name in enumerate(names) if name in _NOTHING)
    return struct.Struct(messages.body_format(row)), nothing
