"""Pages made from tables say what the tables say, and the examples in them are real frames."""

from pathlib import Path

import pytest

from host_tools.fault_notes import find, notes
from host_tools.framing import Decoder
from ionto import faults, framing, messages
from tools.pages.__main__ import pages
from tools.pages.link_examples import EXAMPLES
from tools.pages.link_page import documented, example_wires, with_examples

DOCS = Path(__file__).parents[1] / "docs"
LINK = (DOCS / "link.md").read_text(encoding="utf-8")


def test_made_pages_are_what_their_tables_say() -> None:
    for path, text in pages(DOCS).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is old: `make docs`"


def test_every_message_has_an_example_with_a_value_for_each_field() -> None:
    for row in documented():
        assert row.type in EXAMPLES, f"{row.name} needs an example in tools/pages/link_examples.py"
        assert len(EXAMPLES[row.type][1]) == len(row.fields), row.name


def test_examples_are_frames_that_the_device_would_send_and_take() -> None:
    wires = example_wires(LINK)
    assert len(wires) == len(documented())
    received = framing.Decoder()
    for row, wire in zip(documented(), wires, strict=True):
        sequence, values = EXAMPLES[row.type]
        assert framing.encode(row.type, sequence, messages.pack(row, values)) == wire
        found = [(kind, number, bytes(body)) for kind, number, body in received.feed(wire, len(wire))]
        assert [(kind, number) for kind, number, _ in found] == [(row.type, sequence)]
        assert messages.unpack(row, found[0][2]) == values
        assert [frame.type for frame in Decoder().feed(wire)] == [row.type]


def test_making_examples_twice_changes_nothing() -> None:
    assert with_examples(with_examples(LINK)) == LINK


def test_every_fault_and_cut_has_meaning_causes_and_measurements() -> None:
    numbers = [row.number for row in faults.FAULTS] + [number for number, _ in faults.CUTS]
    assert [note.number for note in notes()] == numbers
    for note in notes():
        assert note.means.endswith(".")
        assert note.causes
        assert note.measure
        assert all(text and not text.endswith(".") for text in (*note.causes, *note.measure)), note.name


@pytest.mark.parametrize("wanted", ["5", "SENSE MISMATCH", "sense-mismatch", "Sense_Mismatch"])
def test_fault_is_found_by_number_and_by_name(wanted: str) -> None:
    note = find(wanted)
    assert note is not None
    assert note.number == faults.SENSE_MISMATCH


@pytest.mark.parametrize("wanted", ["0", "39", "", "MISMATCH", "999999999999999999999"])
def test_what_is_no_fault_is_not_found(wanted: str) -> None:
    assert find(wanted) is None
