"""docs/schemas: what `--json` prints, as JSON Schema; names and columns are those of the tables."""

import json
from typing import Any

from host_tools.bench_tables import KINDS
from host_tools.selftest_watch import PROVEN
from ionto import faults, limits, messages

Schema = dict[str, Any]

INTEGER: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
BOARD: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
VERSION: Schema = {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"}
STATE: Schema = {"type": "string", "description": "a state, as " + ", ".join(messages.STATES)}
MODE: Schema = {"type": "string", "description": "a mode, as " + ", ".join(mode.name for mode in limits.MODES)}
REASONS: Schema = {"type": "array", "items": {"enum": [name for _, name in faults.REASONS]}, "uniqueItems": True}
CALIBRATION: Schema = {"type": "string", "description": "none, built-in or stored"}
_LOSSES = dict.fromkeys(("lost_telemetry", "lost_events", "bad_frames"), COUNT)
_NUMBERS = ("_ua", "_mv", "_ohm", "_s", "_ms", "_hz", "_ua_s", "_id", "_ons", "_resets")
_HEAD = "https://json-schema.org/draft/2020-12/schema"


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these fields and no others."""
    fields = {**required, **(optional or {})}
    return {"type": "object", "properties": fields, "required": [*required], "additionalProperties": False}


def rows(schema: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": schema}


_NOTE = {
    "number": INTEGER,
    "name": TEXT,
    "kind": {"enum": ["fault", "cut"]},
    "advice": TEXT,
    "channel": TEXT,
    "unit": TEXT,
    "means": TEXT,
    "causes": TEXTS,
    "measure": TEXTS,
}
_STATUS_FAULT = record(
    {"number": INTEGER, "value": INTEGER, "limit": INTEGER}, dict.fromkeys(("name", "channel", "unit", "advice"), TEXT)
)
_TEST_FAULT = record({"number": INTEGER}, {**_NOTE, "value": INTEGER, "limit": INTEGER})
_ALLOWED = record(
    {
        "level_ua": record({"lowest": COUNT, "highest": COUNT, "step": COUNT}),
        "minutes": record({"lowest": COUNT, "highest": COUNT}),
        "may_reverse": FLAG,
    }
)
_SETTINGS = record({"level_ua": COUNT, "minutes": COUNT, "is_reversing": FLAG, "allowed": _ALLOWED})
_STATUS_NUMBERS = dict.fromkeys(
    ("uptime_ms", "minutes", "current_ua", "voltage_mv", "remaining_s", "charge_ua_s", "ticks", "bad_frames",
     "dropped_telemetry", "battery_mv"), COUNT,
)  # fmt: skip
_STATUS_OPTIONAL = dict.fromkeys(("level_ua", "setpoint_ua", "resistance_ohm"), nullable(COUNT))
_RING = record({"oldest": COUNT, "newest": INTEGER, "added": COUNT, "missing": COUNT, "overwritten": COUNT})

_PLAIN: dict[str, Schema] = {
    "ports": rows(record(dict.fromkeys(("port", "description"), TEXT))),
    "info": record(
        {"port": TEXT, "firmware_version": VERSION, "board_id": BOARD, "calibration": CALIBRATION,
         "calibration_use": nullable(
             record({"sessions": nullable(COUNT), "treated_s": nullable(COUNT), "is_due": FLAG})
         ),
         "reset_cause": INTEGER, "message_table_hash": {"type": "string", "pattern": "^[0-9a-f]{8}$"}}
    ),
    "status": record(
        {**_STATUS_NUMBERS, **_STATUS_OPTIONAL, "state": STATE, "mode": MODE, "reasons": REASONS,
         "fault": nullable(_STATUS_FAULT), "polarity_reversed": FLAG, "calibration": CALIBRATION}
    ),
    "faults": rows(record(_NOTE)),
    "fault": record(_NOTE),
    "doctor": record(
        {"findings": rows(record({"check": TEXT, "verdict": {"enum": ["good", "note", "bad"]}, "found": TEXT,
                                  "advice": TEXT})),
         "exit_code": COUNT}
    ),
    "selftest": record(
        {"result": {"enum": ["passed", "failed"]}, "state": STATE, "fault": nullable(_TEST_FAULT),
         "proven": rows({"enum": list(PROVEN)}), "up_s": NUMBER, "board_id": BOARD, "battery_mv": COUNT,
         "calibration": CALIBRATION, "reset_cause": INTEGER}
    ),
    "settings-get": record({"is_kept": FLAG, "modes": record({mode.name: _SETTINGS for mode in limits.MODES})}),
    "record": record(
        {"directory": TEXT, "files": TEXTS, "rows": COUNT, "events": COUNT, "duration_s": NUMBER, "ended": TEXT,
         "calibration": nullable(CALIBRATION), **_LOSSES}
    ),
    "record-db": record(
        {"database": TEXT, "recording": COUNT, "board_id": BOARD, "rows": COUNT, "events": COUNT, "parts": COUNT,
         "ended": TEXT, **_LOSSES}
    ),
    "log": record(
        {"database": TEXT, "board_id": BOARD, "download": COUNT, "finished": FLAG, "new_memory": nullable(TEXT),
         "added": COUNT, "rings": {"type": "object", "additionalProperties": _RING},
         "regions": {"type": "object", "additionalProperties": INTEGER}, "files": TEXTS}
    ),
    "db": record({"database": TEXT, **dict.fromkeys(KINDS, COUNT)}),
}  # fmt: skip


def _cell(column: str) -> Schema:
    """What stands in a column of the database's tables."""
    if column.endswith(_NUMBERS) and column != "board_id":
        return {"type": ["number", "null"]}
    return {"type": ["string", "number", "boolean", "null"]}


def _tables() -> dict[str, Schema]:
    documents = {"content": {"type": ["object", "null"]}}
    return {
        f"db-{name}": rows(record({column: _cell(column) for column in kind.columns}, documents))
        for name, kind in KINDS.items()
    }


def schemas() -> dict[str, str]:
    """The text of each file, by its name without the ending."""
    found = {**_PLAIN, **_tables()}
    return {
        name: json.dumps({"$schema": _HEAD, "title": f"ionto: {name}", **schema}, indent=2, ensure_ascii=False) + "\n"
        for name, schema in found.items()
    }


def name_for(arguments: list[str]) -> str | None:
    """The schema of what `ionto ARGUMENTS --json` prints; None if there is none."""
    words = [word for word in arguments if not word.startswith("-")]
    if not words:
        return None
    first = words[0]
    if first == "db" and len(words) > 1 and words[1] in ("list", "show"):
        kind = next((word for word in words[2:] if word in KINDS), None)
        return f"db-{kind}" if kind else "db"
    if first == "faults":
        return "fault" if len(words) > 1 else "faults"
    if first == "record":
        return "record-db" if "--into" in arguments and arguments[arguments.index("--into") + 1] == "db" else "record"
    if first == "settings":
        return f"settings-{words[1]}"
    return first
