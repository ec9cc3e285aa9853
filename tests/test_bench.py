"""The bench's own machinery: figures, table, JSON, verdicts, the command line, and one small figure end to end."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from hil.bench import __main__ as bench
from hil.bench import records
from hil.bench.breaks import answer_us, was_closed
from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure, show, write_json
from hil.bench.jolts import largest_change_ua
from hil.bench.overlimit import ticks_within
from hil.bench.overshoot import overshoot
from hil.bench.pool import run_trial, run_trials
from hil.bench.ramps import slope_ua_per_s
from hil.bench.registry import EXPERIMENTS, experiment_named, figure_names
from hil.truth import SAMPLE, Event, Truth
from ionto.limits import FACE, MODES


def _figure(**changes: Any) -> Figure:
    fields: dict[str, Any] = {"name": "a_us", "value": 10.0, "unit": "µs", "bound": 20.0, "trials": 3, "seed": 1}
    return Figure(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({}, True),
        ({"value": 20.0}, True),
        ({"value": 20.1}, False),
        ({"value": math.inf}, False),
        ({"value": None}, False),
        ({"trials": 0}, False),
        ({"failures": ("trial 3 (rig seed 5): RigFailure",)}, False),
        ({"value": 30.0, "at_least": True}, True),
        ({"value": 19.0, "at_least": True}, False),
        ({"bound": None, "value": 1e9}, True),
        ({"bound": None, "value": None, "trials": 0}, True),
        ({"bound": None, "failures": ("trial 0",)}, False),
    ],
)
def test_a_figure_passes_only_when_its_bound_holds_and_no_trial_failed(changes: dict[str, Any], passed: bool) -> None:
    assert _figure(**changes).passed is passed


def test_json_has_the_agreed_keys(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    write_json(path, [_figure(worst={"to_zero_us": math.inf, "x": 1.23456}), _figure(name="b", value=math.inf)])
    first, second = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert {"name", "value", "unit", "bound", "pass", "trials", "seed"} <= set(first)
    assert first["name"] == "a_us"
    assert first["pass"] is True
    assert first["worst"] == {"to_zero_us": None, "x": 1.235}
    assert (second["value"], second["pass"]) == (None, False)


def test_table_shows_value_bound_and_what_missed() -> None:
    console = Console(width=160)
    figures = [_figure(), _figure(name="b", value=99.0, worst={"trial": 7}, note="how it was measured")]
    with console.capture() as captured:
        show(figures, console)
    text = captured.get()
    assert "≤ 20" in text
    assert "µs" in text
    assert "b: missed" in text
    assert "how it was measured" in text
    assert '"trial": 7' in text


def _experiment(value: float, name: str = "made_up_us", fails: bool = False) -> Experiment:
    def run(trial: Trial) -> list[dict[str, Any]]:
        if fails and trial.index == 1:
            raise ValueError("trial 1 went wrong")
        return [{"value": value}]

    def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
        return [worst_figure(name, "value", "µs", 20.0, outcomes, seed)]

    return Experiment("made up", (name,), 4, run, judge)


@pytest.mark.parametrize(("value", "code"), [(10.0, 0), (30.0, 1)])
def test_exit_code_says_whether_every_bound_holds(
    value: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "EXPERIMENTS", (_experiment(value),))
    out = tmp_path / "bench.json"
    assert bench.main(["--jobs", "1", "--out", str(out)]) == code
    assert [row["pass"] for row in json.loads(out.read_text())] == [code == 0]


def test_a_trial_that_fails_is_a_missed_figure_with_its_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "EXPERIMENTS", (_experiment(10.0, fails=True),))
    out = tmp_path / "bench.json"
    assert bench.main(["--jobs", "1", "--out", str(out)]) == 1
    (row,) = json.loads(out.read_text())
    assert row["trials"] == 3
    assert "trial 1 (rig seed " in row["failures"][0]
    assert "went wrong" in row["failures"][0]


def test_an_interruption_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_trial: Trial) -> list[dict[str, Any]]:
        raise KeyboardInterrupt

    second = Experiment("second", ("second_us",), 1, interrupted, lambda outcomes, seed: [])
    monkeypatch.setattr(bench, "EXPERIMENTS", (_experiment(10.0), second))
    out = tmp_path / "bench.json"
    assert bench.main(["--jobs", "1", "--out", str(out)]) == 130
    assert [row["name"] for row in json.loads(out.read_text())] == ["made_up_us"]


def test_an_unknown_figure_is_named_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench.main(["--only", "brake_to_zero_us"])
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert "'brake_to_zero_us'" in message
    assert "break_to_zero_us" in message


def test_every_figure_has_one_name_and_none_passes_when_its_only_trial_failed() -> None:
    names = figure_names()
    assert len(names) == len(set(names))
    for experiment in EXPERIMENTS:
        assert experiment_named(experiment.name) is experiment
        figures = experiment.judge([], 1)
        assert tuple(figure.name for figure in figures) == experiment.figures
        failed = experiment.judge([Outcome(0, 5, error="it broke")], 1)
        assert not any(figure.passed for figure in failed)


def test_a_trial_draws_the_same_whenever_it_runs() -> None:
    draws = [Trial.of("breaks", 1, index).random.random() for index in (0, 1, 0)]
    assert draws[0] == draws[2] != draws[1]
    assert Trial.of("breaks", 2, 0).seed != Trial.of("breaks", 1, 0).seed


def _truth(*events: tuple[int, str]) -> Truth:
    truth = Truth(Path(), lambda: None, 0)
    truth.events = [Event(time_us, name, 0) for time_us, name in events]
    return truth


def test_a_break_is_answered_before_the_circuit_closes_again_or_never() -> None:
    truth = _truth((5, "k1_closed"), (100, "break"), (900, "drive_at_zero"), (5000, "make"), (9000, "k1_open"))
    assert answer_us(truth, 100, "drive_at_zero") == 800
    assert answer_us(truth, 100, "k1_open") == math.inf
    assert was_closed(truth, 100)
    assert not was_closed(truth, 9001)


def test_time_over_a_limit_joins_steps_and_changes_of_contact() -> None:
    rows = [(1, 10, 10, 500), (1, 30, 20, 2_000_000), (1, 40, 10, 2_000_000), (2, 20, 20, 2_000_000)]
    rows += [(2, 40, 20, 100), (2, 60, 20, -2_000_000)]
    found = np.array(rows, dtype=records.STEP)
    assert records.longest_over_us(found, [1000, 1040], 1000) == (50, 1010)
    assert records.longest_over_us(found[:1], [1000], 1000) == (0, 0)
    assert records.peak_ua(found, 2, 30) == 2000
    assert records.peak_ua(found, 3, 30) == 0


def test_ticks_within_an_unbroken_time_are_those_that_could_have_seen_it() -> None:
    ticks_us = np.array([1000, 1500, 2000, 2500])
    assert ticks_within(ticks_us, 1000, 499) == 0  # the tick at which it began saw nothing yet
    assert ticks_within(ticks_us, 1100, 629) == 1
    assert ticks_within(ticks_us, 1100, 900) == 2
    assert ticks_within(ticks_us, 0, 0) == 0


def test_largest_change_looks_10_ms_back_and_both_ways() -> None:
    current_ua = np.zeros(100)
    current_ua[50:] = np.minimum(np.arange(50) * 2.0, 30)
    assert largest_change_ua(current_ua) == (30.0, 45)
    assert largest_change_ua(np.zeros(3)) == (0.0, 0)


def _samples(current_ua: np.ndarray) -> np.ndarray:
    samples = np.zeros(len(current_ua), dtype=SAMPLE)
    samples["time_us"] = np.arange(len(current_ua)) * 500
    samples["current_ua"] = current_ua
    return samples


def test_slope_and_overshoot_of_a_made_up_ramp() -> None:
    ramp_ua = np.minimum(np.arange(30_000) * 0.025, 500.0)
    assert slope_ua_per_s(_samples(ramp_ua), 500) == pytest.approx(50, rel=1e-3)
    with pytest.raises(ValueError, match="does not ramp"):
        slope_ua_per_s(_samples(ramp_ua * 0), 500)
    assert overshoot(_samples(ramp_ua), 0, MODES[FACE], 0, 500) == pytest.approx(0, abs=1e-3)
    assert overshoot(_samples(ramp_ua + 25), 0, MODES[FACE], 0, 500) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.timeout(120)
def test_a_figure_end_to_end_is_the_same_in_a_pool_and_alone() -> None:
    experiment = experiment_named("self_tests")
    outcomes = run_trials(experiment, 1, 2, 2)
    assert [outcome.error for outcome in outcomes] == ["", ""]
    assert outcomes[1] == run_trial(experiment, 1, 1)
    (figure,) = experiment.judge(outcomes, 1)
    assert figure.trials == 2
    assert 600 < (figure.value or 0) <= 1500
