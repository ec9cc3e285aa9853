"""`ionto faults`: all of them, one, and one that there is not."""

import json

from ionto import faults
from tests.cli_fakes import SessionTransport, error_line, run, tools


def test_faults_lists_each_with_what_to_do() -> None:
    transport = SessionTransport()
    lines = run(["faults"], tools(transport)).stdout.splitlines()
    assert len(lines) == len(faults.FAULTS) + len(faults.CUTS)
    for line, row in zip(lines, faults.FAULTS, strict=False):
        assert line.split()[0] == str(row.number)
        assert row.name in line
        assert line.endswith(row.advice)
    assert transport.written == []


def test_one_fault_says_causes_and_measurements() -> None:
    words = run(["faults", "heartbeat"], tools(SessionTransport())).stdout
    assert words.startswith("fault 31  HEARTBEAT\n")
    for expected in (
        "What to do:",
        "Its value:   electrode voltage in mV",
        "Likely causes:\n  - ",
        "What to measure:\n  - ",
    ):
        assert expected in words


def test_faults_json_has_all_or_one() -> None:
    everything = json.loads(run(["faults", "--json"], tools(SessionTransport())).stdout)
    one = json.loads(run(["faults", "65", "--json"], tools(SessionTransport())).stdout)
    assert one == next(row for row in everything if row["number"] == 65)
    assert (one["name"], one["kind"]) == ("CONTACT CHANGED", "cut")


def test_unknown_fault_is_a_usage_error() -> None:
    result = run(["faults", "warp core"], tools(SessionTransport()))
    assert result.exit_code == 2
    assert "`ionto faults` lists them" in error_line(result)
