"""docs/store.md says what the code does: map, faults, queue lengths, number of cuts."""

import re
from pathlib import Path

import pytest

from ionto import faults, store_journal, store_map, store_rings, store_writer
from tests.support import store_cuts

TEXT = (Path(__file__).parents[1] / "docs" / "store.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table after a heading."""
    table = TEXT.split(f"\n## {heading}")[1].split("\n|", 1)[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_map_is_that_of_the_code() -> None:
    rows = rows_of("Map")
    assert [row[0] for row in rows] == list(store_map.REGIONS)
    assert [int(row[1]) for row in rows] == list(range(len(store_map.REGIONS)))
    slots = rows[: store_map.SESSIONS]
    assert [int(row[2], 16) for row in slots] == [store_map.slot_address(r, 0) for r in range(store_map.SESSIONS)]
    assert {int(row[3]) for row in slots} == {store_map.SLOT_BYTES}
    for row, place in zip(rows[store_map.SESSIONS :], store_map.RINGS, strict=True):
        records = re.findall(r"ring of (\d+)", row[4])
        assert (int(row[2], 16), int(row[3]), int(records[0])) == place[1:]
    assert f"layout {store_map.LAYOUT}" in TEXT


def test_faults_are_those_of_the_table() -> None:
    rows = rows_of("Slots")
    numbers = [int(row[2]) for row in rows]
    assert numbers == [*range(faults.MEMORY_ABSENT, faults.MEMORY_WRITE + 1), faults.NO_CALIBRATION]
    for row, number in zip(rows, numbers, strict=True):
        assert row[1] == faults.fault(number).name


@pytest.mark.parametrize(
    "words",
    [
        f"a queue of {store_writer.MAX_JOBS}",
        f"in one of {store_journal.MAX_WAITING}",
        f"at most {store_writer.PIECE_BYTES} bytes",
        "Four or more that stood in the way" if store_rings.NEIGHBOURS == 4 else "",
        f"the {store_rings.BEYOND} records from there on",
        f"up to {store_rings.BEYOND - 1} damaged records in a row",
        "in three attempts" if store_writer.ATTEMPTS == 3 else "",
        "in four places" if store_rings.SAMPLES == 4 else "",
    ],
)
def test_numbers_are_those_of_the_code(words: str) -> None:
    assert words
    assert words in " ".join(TEXT.split())


def test_number_of_cuts_is_what_the_tests_try() -> None:
    counts = store_cuts.run()
    assert f"{sum(counts.values()) - counts['interrupted']:,} cuts" in TEXT
