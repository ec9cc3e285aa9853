"""The source of hazards and requirements: what it must say, its numbers, and the pages made from it."""

import re
from pathlib import Path

import pytest

from ionto import limits
from tools.requirements import pages
from tools.requirements.__main__ import SOURCE
from tools.requirements.numbers import filled, worst_cases_ms
from tools.requirements.source import Source, SourceError, read

ROOT = Path(__file__).parents[1]
TOML = (ROOT / SOURCE).read_text(encoding="utf-8")

MISSION = '[[mission]]\nid = "MIS-1"\ntext = "help"\n'
HAZARD = '[[hazard]]\nid = "HAZ-1"\nname = "Heat"\nevents = "it burns"\nsituation = "somebody near"\nharm = "burns"\n'
REQUIREMENT = '[[requirement]]\nid = "REQ-NEW-1"\ntext = "It is cool."\nfor = ["HAZ-1", "MIS-1"]\n'


def read_text(tmp_path: Path, text: str) -> Source:
    path = tmp_path / "requirements.toml"
    path.write_text(text, encoding="utf-8")
    return read(path)


def test_source_is_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    second = REQUIREMENT.replace("NEW-1", "NEW-2").replace('"It is cool."', '"""It\nis   cold."""\nplanned = "no ice"')
    source = read_text(tmp_path, MISSION + HAZARD + REQUIREMENT + second)
    assert [one.id for one in source.requirements] == ["REQ-NEW-1", "REQ-NEW-2"]
    assert source.requirements[1].text == "It is cold."
    assert [one.planned for one in source.requirements] == ["", "no ice"]
    assert source.for_purpose("MIS-1") == list(source.requirements)
    assert source.hazards[0].harm == "burns"
    assert source.hazards[0].left == ""


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('id = "REQ-NEW-1"', 'id = "REQ-1"', "REQ-1"),
        ('id = "HAZ-1"\nname', "name", "hazard whose id"),
        ('id = "MIS-1"\ntext', 'id = "MIS-1"\nwhy = "so"\ntext', "MIS-1: nobody reads why"),
        ('harm = "burns"\n', "", "HAZ-1.*harm"),
        ('text = "It is cool."\n', "", "REQ-NEW-1.*text"),
        ('"It is cool."', '" "', "REQ-NEW-1: text is empty"),
        ('text = "It is cool."', "text = 5", "REQ-NEW-1: text is empty"),
        ('for = ["HAZ-1", "MIS-1"]', "for = []", "REQ-NEW-1: `for`"),
        ('for = ["HAZ-1", "MIS-1"]\n', "", "REQ-NEW-1.*purposes|REQ-NEW-1: `for`"),
        ('["HAZ-1", "MIS-1"]', '"HAZ-1"', "REQ-NEW-1: `for`"),
        ('["HAZ-1", "MIS-1"]', '["HAZ-2"]', "REQ-NEW-1 is for HAZ-2, which is no"),
        ('text = "It is cool."', 'text = "Below {MAX_C|K}."', "REQ-NEW-1: MAX_C"),
        ('id = "REQ-NEW-1"', "id =", "requirements.toml"),
        ("[[mission]]", "[[wish]]", "must have mission, hazard, requirement"),
    ],
)
def test_source_that_is_wrong_is_named(tmp_path: Path, before: str, after: str, words: str) -> None:
    text = MISSION + HAZARD + REQUIREMENT
    assert before in text
    with pytest.raises(SourceError, match=words):
        read_text(tmp_path, text.replace(before, after))


def test_source_with_an_id_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="REQ-NEW-1 stands there twice"):
        read_text(tmp_path, MISSION + HAZARD + REQUIREMENT + REQUIREMENT)


def test_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.toml"):
        read(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{PROBE_MV|V}", f"{limits.PROBE_MV / 1000} V"),
        ("{FACE.max_ua|mA}, {HANDS.max_ua|µA}", "3 mA, 15000 µA"),
        ("{FEET.max_charge_ua_ms|mA·min}", "400 mA·min"),
        ("{FACE.ramp_up_ua_per_s|mA/s}", "0.05 mA/s"),
        ("{OPEN_OHM|kΩ}", "100 kΩ"),
        ("{PAUSED_TIMEOUT_MS|min} or {CONTACT_STEADY_MS|s}", "5 min or 1 s"),
        ("{MAX_SELF_RECONNECTS} times, {GROUND_MAX_RAW} counts", "3 times, 8 counts"),
        ("{REQ-TRP-9.ms} ms", "50.0 ms"),
    ],
)
def test_number_is_that_of_the_table(text: str, expected: str) -> None:
    assert filled(text) == expected


@pytest.mark.parametrize(
    "place",
    [
        "NOTHING|V",
        "PROBE_MV|A",
        "PROBE_MV",
        "ARM.max_ua|mA",
        "FACE.name|",
        "MODES",
        "MAX_SELF_RECONNECTS|s",
        "REQ-TRP-99.ms",
        "REQ-TRP-1.s",
    ],
)
def test_number_that_is_nowhere_is_an_error(place: str) -> None:
    with pytest.raises(ValueError, match=re.escape(place.partition("|")[0].partition(".ms")[0])):
        filled(f"{{{place}}}")


def test_worst_case_is_the_longest_where_rules_share_a_requirement(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "rules.md"
    page.write_text(
        "| Rule | ms | Requirement |\n| a | 9.5 | REQ-TRP-1 |\n| b | 10.0 | REQ-TRP-1 |\n", encoding="utf-8"
    )
    monkeypatch.setattr("tools.requirements.numbers.TRIP_RULES", page)
    worst_cases_ms.cache_clear()
    try:
        assert worst_cases_ms() == {"REQ-TRP-1": "10.0"}
    finally:
        worst_cases_ms.cache_clear()


def test_no_number_with_a_unit_stands_in_the_source_itself() -> None:
    entries = re.sub(r"\{[^{}]*\}|^#.*$", "", TOML, flags=re.MULTILINE)
    assert re.findall(r"\d[\d.,]*\s*(?:[µmk]?[AVΩ]\b|[µm]?s\b|min\b|%|counts|ticks|mA)", entries) == []


def test_pages_have_every_entry_once() -> None:
    source = read(ROOT / SOURCE)
    hazards, requirements = pages.hazards_page(source), pages.requirements_page(source)
    for hazard in source.hazards:
        assert len(re.findall(rf"^## {hazard.id} {re.escape(hazard.name)}$", hazards, re.MULTILINE)) == 1
    for one in source.requirements:
        assert requirements.count(f'<a id="{one.id.lower()}"></a>**{one.id}**') == 1
        assert hazards.count(f"  - [{one.id}](") == sum(purpose.startswith("HAZ") for purpose in one.purposes)
    assert requirements.count("**Planned:**") == sum(bool(one.planned) for one in source.requirements)


def test_pages_have_the_limits_of_every_mode() -> None:
    page = pages.requirements_page(read(ROOT / SOURCE))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    assert rows[0] == ["", *[mode.name for mode in limits.MODES]]
    table = {row[0]: row[1:] for row in rows[2:]}
    assert table["Maximum current"] == [f"{mode.max_ua / 1000:g} mA" for mode in limits.MODES]
    assert table["Charge cap"] == [f"{mode.max_charge_ua_ms / 60e6:g} mA·min" for mode in limits.MODES]
    assert len(table) == 10
