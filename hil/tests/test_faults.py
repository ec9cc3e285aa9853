"""A part of the fault matrix (`make faults` is the whole), and that the matrix can fail."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from hil.faults import cell as cells_module
from hil.faults import report
from hil.faults import run as run_module
from hil.faults.__main__ import main
from hil.faults.cell import run_cell
from hil.faults.current import Current
from hil.faults.model import (
    BORNE,
    ENDS,
    FIRMWARE_MS,
    FLOWING,
    NEXT_TEST,
    NOW,
    PRESSED,
    RESET,
    STATES,
    UNSEEN,
    Cell,
    Expect,
)
from hil.faults.persons import DUMMY, EVERYBODY, FULL, PERSONS
from hil.faults.programs import statements
from hil.faults.registry import FAULTS, cells, fault_named
from hil.faults.rules import rules
from hil.faults.run import Row
from hil.process import ROOT
from ionto import faults, limits

# What is not tested elsewhere: (fault, state, person, seed), and what each proves.
SAMPLE = {
    ("sense A wrong channel", "ARMED", "hands", 2): (),
    ("sense A bus dead low", "HOLD", "capacitive mask", 3): ("REQ-SES-14",),
    ("sense A gain low", "SERVICE", "dummy load", 1): ("REQ-SES-14",),
    ("sense B wrong channel", "IDLE", "mask", 4): ("REQ-SES-14",),
    ("glitch of A downwards", "ARMED", "underarms", 5): (),
    ("glitch of the voltage", "RAMP_UP", "hands", 1): (),
    ("glitch of A upwards", "SELF_TEST", "mask", 2): (),
    ("DAC stuck code", "RAMP_UP", "underarms", 3): ("REQ-SES-14",),
    ("DAC stuck bit low", "HOLD", "underarms", 2): (),
    ("amplifier at the rail", "HOLD", "hands, full", 1): ("REQ-SES-14",),
    ("amplifier at the rail", "FAULT", "mask", 2): ("REQ-SES-14",),
    ("RANGE stuck high", "IDLE", "capacitive mask", 5): (),
    ("latch never trips", "IDLE", "hands", 6): ("REQ-SLF-3",),
    ("latch does not reach K1", "IDLE", "underarms", 7): ("REQ-SLF-3",),
    ("latch always tripped", "IDLE", "mask", 8): ("REQ-TRP-3", "REQ-SES-14"),
    ("heartbeat pump stuck on", "IDLE", "hands", 9): ("REQ-SLF-4",),
    ("UP stuck", "HOLD", "mask", 2): ("REQ-SES-5",),
    ("service USB", "RAMP_UP", "hands", 3): ("REQ-SES-16",),
    ("STOP contact stuck closed", "HOLD", "underarms", 4): (),
    ("display loses its content", "ARMED", "hands", 5): (),
    ("I2C stuck", "ARMED", "mask", 6): (),
    ("FRAM bit errors", "ARMED", "underarms", 7): (),
    ("calibration damaged, then a restart", "HOLD", "hands", 8): (),
    ("UART flooded", "ARMED", "mask", 9): (),
    ("power cut", "RAMP_UP", "hands", 2): ("REQ-MEM-5",),
    ("timer rather slow", "ARMED", "hands", 3): ("REQ-TRP-15",),
    ("timer twice", "RAMP_UP", "underarms", 4): ("REQ-TRP-15", "REQ-SES-14"),
    ("timer dies", "HOLD", "mask", 5): (),
    ("main loop hangs", "ARMED", "hands", 6): (),
    ("chip frozen", "HOLD", "underarms", 7): (),
    ("statement raises ValueError", "RAMP_UP", "mask", 8): ("REQ-APP-1",),
    ("bit flips in the drive", "RAMP_UP", "hands", 9): ("REQ-TRP-14", "REQ-SES-14"),
    ("bit flips in the mode", "IDLE", "underarms", 1): (),
    ("bit flips in the session", "HOLD", "hands", 2): ("REQ-TRP-14", "REQ-SES-14"),
    ("K1 welded, then latch dead", "ARMED", "mask", 3): ("REQ-SLF-2",),
}


def _parameters():
    for (name, state, person, seed), proves in SAMPLE.items():
        marks = [pytest.mark.requirement(*proves)] if proves else []
        yield pytest.param(Cell(name, state, person, seed), id=f"{name} in {state}", marks=marks)


@pytest.mark.parametrize("cell", list(_parameters()))
def test_fault_ends_as_promised(cell):
    row = run_cell(cell)
    assert not row.problems, row


def test_faults_are_named_once_and_say_what_is_right_in_every_state_that_they_strike():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 115
    for fault in FAULTS:
        assert fault.breaks
        for state in fault.all_states():
            for person in EVERYBODY:
                _assert_right(fault.name, fault.expected(state, person.name))
    found = list(cells())
    assert {cell.state for cell in found} == set(STATES)
    assert {cell.person for cell in found} == {person.name for person in EVERYBODY}
    assert len({(cell.fault, cell.state, cell.person, cell.seed) for cell in found}) == len(found)
    assert statements() > 1000


def _assert_right(name, expect):
    for code in (0, *expect.codes):
        assert expect.bound_ms(code) <= FIRMWARE_MS
    assert bool(expect.why) == (expect.seen in (BORNE, UNSEEN, PRESSED)), name
    assert bool(expect.codes) or expect.seen in (BORNE, UNSEEN, RESET), name
    if expect.seen == FLOWING:
        assert bool(expect.apart) + expect.astray + expect.dark == 1, name
    if expect.seen == ENDS:
        assert expect.ends, name


def test_persons_go_from_little_to_near_every_mode_s_maximum():
    assert {person.mode for person in FULL} == {mode.name for mode in limits.MODES}
    for person in FULL:
        assert 0.93 <= person.level_ua / limits.mode_named(person.mode).max_ua < 1.0
    assert {cell.person for cell in cells([fault_named("amplifier at the rail")], ["HOLD"])} == {
        person.name for person in (*PERSONS, *FULL)
    }
    assert [cell.person for cell in cells([fault_named("amplifier at the rail")], ["SERVICE"])] == [DUMMY.name]


def test_bound_is_that_of_the_rule_that_was_told():
    expect = Expect(NOW, (faults.OVERCURRENT_A, faults.SENSE_MISMATCH, faults.TICKS_STOPPED), ms=10.0)
    assert rules()[faults.OVERCURRENT_A] == (0.5, "REQ-TRP-4")
    assert expect.bound_ms(faults.OVERCURRENT_A) == pytest.approx(2.2)
    assert expect.bound_ms(faults.SENSE_MISMATCH) == pytest.approx(51.7)
    assert expect.bound_ms(faults.TICKS_STOPPED) == 10.0
    assert Expect(RESET, rule=faults.MAIN_LATE).bound_ms() == pytest.approx(97.2)
    assert Expect(NOW, (faults.MAIN_LATE,), late_ms=50.0).bound_ms(faults.MAIN_LATE) == FIRMWARE_MS


REFERENCE = Cell("reference off", "RAMP_UP", "mask", 1)


@pytest.mark.parametrize(
    ("cell", "expect", "problem"),
    [
        (REFERENCE, Expect(NOW, (faults.GROUND,)), "told 7 REFERENCE first"),
        (REFERENCE, Expect(NOW, (faults.REFERENCE,), late_ms=-9.0), "allowed 2.70"),
        (REFERENCE, Expect(NOW, (faults.REFERENCE,), dark=True), "ms after the fault"),
        (REFERENCE, Expect(BORNE, why="a test"), "which nothing was to tell"),
        (REFERENCE, Expect(NOW, (faults.REFERENCE,), above_ua=-400.0), "a true current of"),
        (REFERENCE, Expect(FLOWING, (faults.REFERENCE,), apart=lambda _, ua: ua - 9000), "it never became a violation"),
        (REFERENCE, Expect(ENDS, (faults.REFERENCE,), ends=(2,), ms=500.0), "no ramp"),
        # Silent until current flows, and declared as seen at once: the current that then flows is too long.
        (Cell("sense B gain low", "ARMED", "mask", 1), Expect(NOW, (faults.SENSE_MISMATCH,)), "off after"),
        (Cell("K1 slow", "HOLD", "mask", 1), Expect(NOW, (faults.REFERENCE,)), "never told"),
        (Cell("K1 slow", "HOLD", "mask", 1), Expect(NEXT_TEST, (faults.REFERENCE,)), "never told"),
        (Cell("K1 slow", "HOLD", "mask", 1), Expect(RESET), "not started again"),
        (Cell("K1 slow", "HOLD", "mask", 1), Expect(ENDS, ends=(2,), ms=900.0), "no session ended for"),
    ],
)
def test_cell_that_does_not_go_as_promised_fails(monkeypatch, cell, expect, problem):
    wrong = dataclasses.replace(fault_named(cell.fault), expect={"*": expect})
    monkeypatch.setattr(run_module, "fault_named", lambda _: wrong)
    monkeypatch.setattr(cells_module, "fault_named", lambda _: wrong)
    monkeypatch.setattr("hil.faults.ends.try_to_get_back", lambda _: None)
    monkeypatch.setattr("hil.faults.measure.DARK_MS", 0.0)
    row = run_cell(cell)
    assert any(problem in text for text in row.problems), row
    assert not row.passed


def test_fault_that_is_left_by_itself_fails(monkeypatch):
    """As a firmware would that goes back to IDLE: nobody holds START, and the state is another one soon after."""
    monkeypatch.setattr("hil.faults.journey.Journey.state", lambda _: "IDLE")
    monkeypatch.setattr("hil.faults.journey.Journey.reach", _reach_ramp_up)
    row = run_cell(REFERENCE)
    assert any("soon after" in text for text in row.problems), row
    assert any("at the end in 'IDLE'" in text for text in row.problems), row


def _reach_ramp_up(journey, _state):
    from hil.tests.firmware import steps

    steps.treat(journey.rig, journey.person.mode, journey.person.level_ua)


def test_cell_reports_an_error_of_the_board_that_its_fault_does_not_explain(monkeypatch):
    wrong = dataclasses.replace(fault_named("K1 slow"), inject=lambda rig, _: rig.board.fault("no such part"))
    monkeypatch.setattr(run_module, "fault_named", lambda _: wrong)
    row = run_cell(Cell("K1 slow", "IDLE", "mask", 1))
    assert any("no fault 'no such part'" in text for text in row.problems), row


def test_time_to_off_is_from_the_violation_to_when_the_current_stays_away():
    times = np.arange(0.0, 200_000.0, 500.0)
    current = np.where(times < 10_000, 300.0, 0.0)
    current[(times >= 12_000) & (times < 14_000)] = 60.0
    current[times >= 150_000] = 300.0  # a session that has resumed
    seen = Current(times, current)
    assert seen.off_us(2000) == 12_000
    assert seen.off_us(50_000) == 0
    assert seen.episodes() == [(0, 14_000), (150_000, None)]
    assert seen.episodes(100_000) == [(150_000, None)]
    assert seen.between(0, 11_000).episodes() == [(0, 10_000)]
    assert seen.last_on_us() == 199_500
    assert Current(times, np.full(len(times), 49.0)).episodes() == []
    assert Current(times, np.full(len(times), 300.0)).off_us(0) is None
    assert Current(times, np.where(times < 1000, 600.0, 0.0)).first_above_us(500) is None
    assert Current(times, np.where(times < 9000, 600.0, 0.0)).first_above_us(500) == 0


def test_rise_is_within_a_tenth_of_a_second_and_not_after_contact():
    times = np.arange(0.0, 1_000_000.0, 500.0)
    ramp = Current(times, 300.0 + times * 50e-6)
    assert ramp.rise_ua() == pytest.approx(5, abs=0.2)
    jump = np.where(times < 500_000, 300.0, 500.0)
    assert Current(times, jump).rise_ua() == 200
    assert Current(times, jump, (499_900.0,)).rise_ua() == 0
    assert Current(times, np.where(times < 500_000, -300.0, 0.0)).rise_ua() == 0


def test_jump_of_the_dac_at_the_mode_s_maximum_stays_below_the_latch():
    for person in (*PERSONS, *FULL):
        mode = limits.mode_named(person.mode)
        jump_ua = person.jump_ua(129)
        assert 100 < jump_ua < 1700
        assert mode.max_ua + jump_ua < mode.latch_ua


def test_report_names_what_failed_and_what_no_rule_sees(tmp_path):
    good = Row("K2 does not move", "HOLD", "mask", 1, "unseen")
    bad = Row("timer dies", "IDLE", "hands", 2, "now", 13, "TICKS STOPPED", off_ms=12.0, problems=["<too> late"])
    report.write(tmp_path, [good, bad], 1.0)
    data = json.loads((tmp_path / "faults.json").read_text())
    assert (data["cells"], data["failed"]) == (2, 1)
    assert [row["pass"] for row in data["rows"]] == [True, False]
    assert any(one["fault"] == "K2 does not move" and "direction" in one["mitigation"] for one in data["unseen"])
    assert any(one["fault"] == "UP stuck" and "250 ms" in one["reason"] for one in data["borne"])
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
        (["--only", "bit flips in the drive", "--states", "IDLE"], "none of these faults can strike"),
    ],
)
def test_command_names_what_it_cannot_do(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
