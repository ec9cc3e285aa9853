"""The worked examples in docs/link.md: each message's bytes, field by field, and as they go on the wire."""

import re
import struct
import zlib

from host_tools import framing
from ionto import messages, messages_service
from tools.pages.link_examples import EXAMPLES, Value

_PIECE_BYTES = 16
_EXAMPLE = re.compile(r"\nExample:\n\n```\n.*?\n```\n", re.DOTALL)
_HEADING = re.compile(r"^### 0x([0-9A-F]{2}) \w+\n", re.MULTILINE)


def with_examples(page: str) -> str:
    """The page with the example of each message at the end of its section."""
    found = list(_HEADING.finditer(page))
    parts = [page[: found[0].start()]]
    for heading, after in zip(found, [*found[1:], None], strict=True):
        section = page[heading.start() : after.start() if after else len(page)]
        # A section ends at the next heading of any level.
        end = re.search(r"^#", section[len(heading.group()) :], re.MULTILINE)
        at = len(heading.group()) + end.start() if end else len(section)
        own = _EXAMPLE.sub("", section[:at]).rstrip("\n")
        rest = section[at:]
        parts.append(f"{own}\n\n{example(int(heading.group(1), 16))}" + (f"\n{rest}" if rest or after else ""))
    return "".join(parts)


def example(message_type: int) -> str:
    """The example of one message as a block of Markdown."""
    row = messages.message(message_type)
    assert row is not None, f"type {message_type} is not in the table"
    sequence, values = EXAMPLES[message_type]
    pieces = [(bytes((row.type,)), f"type {row.name}"), (bytes((sequence,)), f"sequence {sequence}")]
    pieces += [_field(field, value) for field, value in zip(row.fields, values, strict=True)]
    body = messages.pack(row, values)
    crc = zlib.crc32(bytes((row.type, sequence)) + body)
    pieces.append((struct.pack("<I", crc), f"CRC-32 0x{crc:08x}"))
    lines = [line for data, words in pieces for line in _lines(data, words)]
    wire = "\n".join(_lines(framing.encode(row.type, sequence, body), ""))
    return "Example:\n\n```\n" + "\n".join(lines) + f"\n\non the wire\n{wire}\n```\n"


def example_wires(page: str) -> list[bytes]:
    """The frames of the examples in a page, as written."""
    return [bytes.fromhex(text) for text in re.findall(r"^on the wire\n([0-9a-f \n]+?)\n```", page, re.MULTILINE)]


def _field(field: messages.Field, value: Value) -> tuple[bytes, str]:
    data = value if isinstance(value, bytes) else struct.pack("<" + field.format, value)
    words = "" if isinstance(value, bytes) else f" {value:,} {field.unit}".rstrip()
    return data, f"{field.name}{words}"


def _lines(data: bytes, words: str) -> list[str]:
    """At most 16 bytes a line; the words stand beside the first."""
    pieces = [data[at : at + _PIECE_BYTES] for at in range(0, len(data), _PIECE_BYTES)]
    first = f"{pieces[0].hex(' '):24}  {words}".rstrip()
    return [first, *(piece.hex(" ") for piece in pieces[1:])]


def documented() -> list[messages.Message]:
    """Every message, in the order of the page."""
    return sorted(messages_service.ALL, key=lambda row: row.type)
