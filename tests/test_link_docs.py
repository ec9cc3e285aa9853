"""docs/link.md says what the message table says, and its examples are real frames."""

import json
import re
from pathlib import Path

import pytest

from host_tools import framing
from ionto import link, messages, messages_service

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "link.md").read_text(encoding="utf-8")
TYPES = {"B": "u8", "H": "u16", "I": "u32", "i": "i32", "8s": "8 bytes", "116s": "116 bytes", "64s": "64 bytes"}
ALL = sorted(messages_service.ALL, key=lambda row: row.type)


def section(row: messages.Message) -> str:
    heading = f"### 0x{row.type:02X} {row.name}\n"
    assert TEXT.count(heading) == 1, f"docs/link.md has no section {heading!r}"
    return re.split(r"^#", TEXT.split(heading)[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_docs_list_every_field_with_type_and_unit_in_order(row: messages.Message) -> None:
    listed = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|", section(row), flags=re.MULTILINE)
    wanted = [(field.name, TYPES[field.format], field.unit) for field in row.fields]
    assert [tuple(cell.strip() for cell in cells) for cells in listed] == wanted


def test_docs_list_no_message_that_is_not_in_the_table() -> None:
    assert re.findall(r"^### 0x\w\w (\w+)", TEXT, flags=re.MULTILINE) == [row.name for row in ALL]


def test_docs_examples_are_golden_frames() -> None:
    golden = [v["wire"] for v in json.loads((ROOT / "tests" / "vectors" / "frames.json").read_text())["frames"]]
    raws = [bytes.fromhex(hexes) for hexes in re.findall(r"^raw +((?:[0-9a-f]{2} ?)+)$", TEXT, flags=re.MULTILINE)]
    wires = [bytes.fromhex(hexes) for hexes in re.findall(r"^wire +((?:[0-9a-f]{2} ?)+)$", TEXT, flags=re.MULTILINE)]
    assert len(raws) == len(wires) == 2
    for raw, wire in zip(raws, wires, strict=True):
        assert framing.encode(raw[0], raw[1], raw[2:-4]) == wire
        assert wire.hex() in golden


def test_docs_figures_are_the_code_s() -> None:
    assert f"0 to {framing.MAX_BODY_BYTES} bytes" in TEXT
    assert f"at most {messages.MAX_FRAME_BYTES} bytes on the wire" in TEXT
    assert f"0 to {messages.MAX_TELEMETRY_HZ} Hz" in TEXT
    assert f"The last {link.MAX_EVENTS} wait" in TEXT
    assert f"at most {link.READ_BYTES} bytes" in TEXT
