"""The columns of a recording: one table that the writers and the reader share.

Units stand last in the names. `None` (an empty field in CSV, null in Parquet) is "there is no value": no resistance
while the circuit is open, no setpoint while the output is off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from host_tools import describe
from host_tools.records import Telemetry

Value: TypeAlias = float | int | str | None


@dataclass(frozen=True)
class Column:
    """One column: its name, what its values are, what it means, and how it is taken from a Telemetry."""

    name: str
    kind: Literal["time", "text", "count"]
    meaning: str
    value: Callable[[Telemetry], Value]


COLUMNS: tuple[Column, ...] = (
    Column("time_s", "time", "seconds since the device started", lambda t: t.time_ms / 1000),
    Column("state", "text", "state of the session", lambda t: describe.state_name(t.state)),
    Column("reasons", "text", "why less is delivered than was set", lambda t: describe.reasons_text(t.reasons)),
    Column("fault", "text", "name of the fault, empty: none", lambda t: describe.fault_name(t.fault)),
    Column("level_ua", "count", "current that was set", lambda t: t.level_ua),
    Column("setpoint_ua", "count", "where the ramp is", lambda t: t.setpoint_ua),
    Column("current_ua", "count", "current delivered, sense A", lambda t: t.current_ua),
    Column("current_b_ua", "count", "current delivered, sense B", lambda t: t.current_b_ua),
    Column("voltage_mv", "count", "voltage at the electrodes", lambda t: t.voltage_mv),
    Column("resistance_ohm", "count", "resistance between the electrodes", lambda t: t.resistance_ohm),
    Column("remaining_s", "count", "treatment time left", lambda t: t.remaining_s),
    Column("charge_ua_s", "count", "charge delivered in this session", lambda t: t.charge_ua_s),
)

EVENT_COLUMNS = ("number", "time_s", "kind", "a", "b", "text")

TELEMETRY_CSV = "telemetry.csv"
TELEMETRY_PARQUET = "telemetry.parquet"
EVENTS_CSV = "events.csv"
INFO_JSON = "recording.json"


def row_of(telemetry: Telemetry, time_s: float) -> list[Value]:
    """The values of one row, in the order of `COLUMNS`, at `time_s` on the recording's own time line."""
    return [time_s, *(column.value(telemetry) for column in COLUMNS[1:])]


def csv_text(value: Value) -> str:
    """How a value is written in CSV: times with milliseconds, nothing for `None`."""
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
