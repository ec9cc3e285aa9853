"""The bench's figures of the trip rules: each is of one rule, told by its own code, held against its requirement."""

from types import SimpleNamespace
from typing import Any

import pytest

from hil.bench import offs
from hil.bench.offs import RULES, Rule, ended_us, since_us, told
from hil.faults.model import K1_MS, PHASE_MS
from hil.rig import RigFailure
from hil.truth import Event
from ionto import faults
from tests.test_sampler_rules import TABLE

LATCH = RULES["latch"]


def rig_with(*events: tuple[int, str, int]) -> Any:
    """A rig of whose truth only the events are asked."""
    found = [Event(*event) for event in events]

    def named(name: str, since: int = 0) -> list[Event]:
        return [event for event in found if event.name == name and event.time_us >= since]

    def times_us(name: str, since: int = 0) -> list[int]:
        return [event.time_us for event in named(name, since)]

    return SimpleNamespace(
        truth=SimpleNamespace(events=found, named=named, times_us=times_us), describe=lambda: "as it is"
    )


def watch_with(off_us: float | None) -> Any:
    return SimpleNamespace(current=lambda: SimpleNamespace(off_us=lambda since: off_us))


def log_with(code: int) -> Any:
    return SimpleNamespace(first=lambda: code)


def test_every_rule_of_the_table_but_an_open_circuit_has_a_figure_held_against_its_requirement() -> None:
    assert {code for rule in RULES.values() for code in rule.codes} == set(TABLE) - {faults.CUT_OPEN, faults.MAIN_LATE}
    assert RULES["main_loop"].requirement == TABLE[faults.MAIN_LATE]["Requirement"]
    for name, rule in RULES.items():
        own = [TABLE[code] for code in rule.codes if TABLE[code]["Requirement"] == rule.requirement]
        assert own or name == "main_loop", name
        assert all(rule.bound_ms() == float(row["Worst case, ms"]) + K1_MS + PHASE_MS for row in own)


def test_every_rule_has_ten_trials() -> None:
    assert offs.EXPERIMENT.trials == 10 * len(RULES)


def test_end_is_when_request_relay_and_current_have_ended_the_last_of_them() -> None:
    events = ((400, "k1_open", 0), (900, "k1_request", 0), (1000, "k1_request", 1), (1200, "k1_open", 0))
    assert ended_us(rig_with(*events), watch_with(300.0), 500) == 700
    assert ended_us(rig_with(*events), watch_with(900.0), 500) == 900
    for missing in (events[:1], events[:2], events[3:]):
        with pytest.raises(RigFailure):
            ended_us(rig_with(*missing), watch_with(300.0), 500)
    with pytest.raises(RigFailure, match="dark after None"):
        ended_us(rig_with(*events), watch_with(None), 500)


def test_violation_counts_from_its_event_where_it_has_one() -> None:
    hang = RULES["main_loop"]
    rig = rig_with((100, "hang", 0), (700, "hang", 0), (800, "hang", 0))
    assert since_us(rig, LATCH, 500) == 500
    assert since_us(rig, hang, 500) == 700
    with pytest.raises(RigFailure, match="no hang"):
        since_us(rig, hang, 900)


def test_code_must_be_the_rules_own() -> None:
    assert told(rig_with(), LATCH, log_with(faults.LATCH), 0) == faults.LATCH
    for other in (0, faults.CUT_OPEN, faults.AMPLIFIER):
        with pytest.raises(RigFailure, match=f"told {other}"):
            told(rig_with(), LATCH, log_with(other), 0)


def test_dead_main_loop_tells_nothing_and_is_reset_by_the_watchdog() -> None:
    dead = RULES["main_loop"]
    assert told(rig_with((9, "chip_start", 3)), dead, log_with(0), 5) == 0
    for events, code in (((), 0), (((9, "chip_start", 1),), 0), (((9, "chip_start", 3),), faults.MAIN_LATE)):
        with pytest.raises(RigFailure):
            told(rig_with(*events), dead, log_with(code), 5)


def test_trial_whose_defect_breaks_another_rule_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offs, "RULES", {"wrong": Rule((faults.AMPLIFIER,), "REQ-TRP-12", LATCH.breaks)})
    with pytest.raises(RigFailure, match=f"told {faults.LATCH}"):
        offs.run(offs.Trial.of("offs", 1, 0))
