"""Settings files and arguments that no device may have: one clear line, before a port is opened."""

import json
from pathlib import Path
from typing import Any

import pytest

from host_tools.settings import FORMAT, ModeSettings, SettingsError, check, dump, level_ua_of, load
from ionto import limits
from tests.cli_fakes import SessionTransport, error_line, run, tools

GOOD: dict[str, Any] = {"level_ua": 400, "minutes": 8, "is_reversing": False}


def content(**changes: Any) -> dict[str, Any]:
    return {"format": FORMAT, "modes": {"FACE": {**GOOD, **changes}}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no whole settings file"),
        ("{", "no whole settings file"),
        ("[]", "no settings file of these tools"),
        ("null", "no settings file of these tools"),
        (json.dumps({"format": "ionto settings 2", "modes": {}}), "no settings file of these tools"),
        (json.dumps({"format": FORMAT}), "no whole settings file"),
        (json.dumps({"format": FORMAT, "modes": {"EARS": GOOD}}), "no mode is called EARS"),
        (json.dumps({"format": FORMAT, "modes": {"FACE": 7}}), "no whole settings file"),
        (json.dumps(content(level_ua="400")), "whole numbers"),
        (json.dumps(content(level_ua=True)), "whole numbers"),
        (json.dumps(content(minutes=8.5)), "whole numbers"),
        (json.dumps(content(is_reversing=0)), "true or false"),
        (json.dumps(content(level_ua=3100)), "0.1 to 3 mA in steps of 0.1; not 3.1"),
        (json.dumps(content(level_ua=450)), "in steps of 0.1; not 0.45"),
        (json.dumps(content(level_ua=0)), "not 0"),
        (json.dumps(content(minutes=16)), "1 to 15 minutes; not 16"),
        (json.dumps(content(is_reversing=True)), "FACE never reverses"),
    ],
)
def test_bad_file_is_refused_before_the_port_is_opened(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    transport = SessionTransport()
    result = run(["settings", "import", str(path)], tools(transport))
    assert result.exit_code == 5
    assert words in error_line(result)
    assert transport.written == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["face"], "nothing to set"),
        (["nose", "--minutes", "5"], "no mode is called nose"),
        (["face", "--level", "0,4"], "with a point, to 0.001"),
        (["face", "--level", "nan"], "with a point, to 0.001"),
        (["face", "--level", "1e99999999"], "with a point, to 0.001"),
        (["face", "--level", "1e900000"], "with a point, to 0.001"),
        (["face", "--level", "0.0004"], "with a point, to 0.001"),
    ],
)
def test_bad_arguments_are_refused_before_the_port_is_opened(arguments: list[str], words: str) -> None:
    transport = SessionTransport()
    result = run(["settings", "set", *arguments], tools(transport))
    assert result.exit_code == 2
    assert words in error_line(result)
    assert transport.written == []


def test_what_is_exported_is_what_is_imported(tmp_path: Path) -> None:
    rows = [ModeSettings(mode, mode.default_ua, mode.default_min, bool(mode.can_reverse)) for mode in limits.MODES]
    path = tmp_path / "settings.json"
    path.write_text(dump(rows, b"\x01" * 8, "0.1.0"), encoding="utf-8")
    assert load(path) == rows


def test_every_limit_of_a_mode_is_allowed_and_what_lies_beyond_is_not() -> None:
    for mode in limits.MODES:
        for level_ua in (mode.step_ua, mode.max_ua):
            check(ModeSettings(mode, level_ua, mode.max_min, False))
        with pytest.raises(SettingsError):
            check(ModeSettings(mode, mode.max_ua + mode.step_ua, 1, False))
    assert level_ua_of("0.4") == 400
