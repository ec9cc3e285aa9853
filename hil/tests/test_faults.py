"""A part of the fault matrix (`make faults` is the whole), and that the matrix can fail."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from hil.faults import cell as cells_module
from hil.faults import report
from hil.faults.__main__ import main
from hil.faults.cell import Row, run_cell
from hil.faults.model import BORNE, FIRMWARE_MS, NOW, PERSONS, STATES, Cell, Expect
from hil.faults.programs import statements
from hil.faults.registry import FAULTS, cells, fault_named
from hil.faults.watch import Current
from hil.process import ROOT
from ionto import faults, limits

# What is not tested elsewhere, each in the state that tells most.
SAMPLE = {
    "sense A wrong channel": "ARMED",
    "sense A bus dead low": "HOLD",
    "sense B wrong channel": "IDLE",
    "glitch of A downwards": "ARMED",
    "glitch of the voltage": "RAMP_UP",
    "glitch of A upwards": "SELF_TEST",
    "DAC stuck code": "RAMP_UP",
    "amplifier at the rail": "HOLD",
    "RANGE stuck high": "IDLE",
    "latch never trips": "IDLE",
    "latch does not reach K1": "IDLE",
    "latch always tripped": "IDLE",
    "heartbeat pump stuck on": "IDLE",
    "display loses its content": "ARMED",
    "I2C stuck": "ARMED",
    "FRAM bit errors": "ARMED",
    "UART flooded": "ARMED",
    "power cut": "RAMP_UP",
    "timer rather slow": "ARMED",
    "timer twice": "RAMP_UP",
    "main loop hangs": "ARMED",
    "chip frozen": "HOLD",
    "statement raises ValueError": "RAMP_UP",
    "bit flips in drive or setpoint": "RAMP_UP",
    "bit flips in the mode": "IDLE",
    "bit flips in the session": "HOLD",
    "K1 welded, then latch dead": "ARMED",
}


def _parameters():
    for name, state in SAMPLE.items():
        rules = fault_named(name).expected(state).rules
        yield pytest.param(name, state, id=f"{name} in {state}", marks=pytest.mark.requirement("REQ-SES-14", *rules))


@pytest.mark.parametrize(("fault", "state"), list(_parameters()))
def test_fault_ends_as_promised(fault, state):
    row = run_cell(Cell(fault, state, "mask", 1))
    assert not row.problems, row


def test_faults_are_named_once_and_say_what_is_right_in_every_state_that_they_strike():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 95
    for fault in FAULTS:
        assert fault.breaks
        for state in fault.states:
            expect = fault.expected(state)
            assert expect.bound_ms() <= FIRMWARE_MS
            assert bool(expect.codes or expect.seen == "reset") != bool(expect.why and not expect.codes), fault.name
    assert {cell.state for cell in cells()} == set(STATES)
    assert {cell.person for cell in cells()} == {person.name for person in PERSONS}
    assert statements() > 1000


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        (Expect(NOW, (faults.GROUND,), ms=12.0), "told 7 REFERENCE first"),
        (Expect(NOW, (faults.REFERENCE,), ms=0.2), "allowed 0.20"),
        (Expect(NOW, (faults.REFERENCE,), dark=True), "ms after the fault"),
        (Expect(BORNE, why="a test"), "which nothing was to tell"),
        (Expect(NOW, (faults.REFERENCE,), above_ua=-300.0), "a true current of"),
    ],
)
def test_cell_that_does_not_go_as_promised_fails(monkeypatch, expect, problem):
    wrong = dataclasses.replace(fault_named("reference off"), expect={"*": expect})
    monkeypatch.setattr(cells_module, "fault_named", lambda _: wrong)
    monkeypatch.setattr(cells_module.CellRun, "_try_to_get_back", lambda _: None)
    monkeypatch.setattr(cells_module, "_DARK_MS", 0.0)
    row = run_cell(Cell("reference off", "RAMP_UP", "mask", 1))
    assert any(problem in text for text in row.problems), row
    assert not row.passed


def test_time_to_off_is_from_the_violation_to_when_the_current_stays_away():
    times = np.arange(0.0, 200_000.0, 500.0)
    current = np.where(times < 10_000, 300.0, 0.0)
    current[(times >= 12_000) & (times < 14_000)] = 60.0
    current[times >= 150_000] = 300.0  # a session that has resumed
    seen = Current(times, current)
    assert seen.off_us(2000) == 12_000
    assert seen.off_us(50_000) == 0
    assert seen.longest_above_us(200) == 49_500
    assert seen.last_on_us() == 199_500
    assert Current(times, np.full(len(times), 49.0)).last_on_us() == 0
    assert Current(times, np.full(len(times), 300.0)).off_us(0) is None
    assert Current(times, np.where(times < 1000, 600.0, 0.0)).first_above_us(500) is None
    assert Current(times, np.where(times < 9000, 600.0, 0.0)).first_above_us(500) == 0


def test_jump_of_the_dac_at_the_mode_s_maximum_stays_below_the_latch():
    for person in PERSONS:
        mode = limits.mode_named(person.mode)
        jump_ua = person.jump_ua(129)
        assert 100 < jump_ua < 1700
        assert mode.max_ua + jump_ua < mode.latch_ua


def test_report_names_what_failed_and_what_no_rule_sees(tmp_path):
    good = Row("K1 slow", "HOLD", "mask", 1, "unseen")
    bad = Row("timer dies", "IDLE", "hands", 2, "now", 13, "TICKS STOPPED", off_ms=12.0, problems=["<too> late"])
    report.write(tmp_path, [good, bad], 1.0)
    data = json.loads((tmp_path / "faults.json").read_text())
    assert (data["cells"], data["failed"]) == (2, 1)
    assert [row["pass"] for row in data["rows"]] == [True, False]
    assert any(one["fault"] == "K1 slow" and "DAC" in one["mitigation"] for one in data["unseen"])
    page = (tmp_path / "faults.html").read_text()
    assert "&lt;too&gt; late" in page
    assert "13 TICKS STOPPED" in page


def test_command_writes_a_report_and_fails_with_a_failing_cell(tmp_path, monkeypatch, capsys):
    rows = iter(
        [[Row("timer late", "IDLE", "mask", 1, NOW)], [Row("timer late", "IDLE", "mask", 1, NOW, problems=["x"])]]
    )
    monkeypatch.setattr("hil.faults.__main__._run", lambda *_: (next(rows), False))
    assert main(["--only", "timer late", "--states", "idle", "--out", str(tmp_path)]) == 0
    assert main(["--only", "timer late", "--out", str(tmp_path)]) == 1
    assert (tmp_path / "faults.html").exists()
    assert main(["--list", "--only", "timer"]) == 0
    assert "timer dies" in capsys.readouterr().out


def test_command_runs_outside_pytest():
    ran = subprocess.run(
        [sys.executable, "-m", "hil.faults", "--list", "--only", "timer dies"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "the hard timer fires no more" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "nonsense"], "no fault's name contains 'nonsense'"),
        (["--states", "LOST"], "no state 'LOST'; there are SELF_TEST"),
        (["--seeds", "0"], "must be above 0"),
        (["--only", "bit flips in drive", "--states", "IDLE"], "none of these faults can strike"),
    ],
)
def test_command_names_what_it_cannot_do(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
