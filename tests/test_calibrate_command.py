"""`ionto calibrate` and `ionto verify` at a bench in memory: interrupted at every step, refused, and what is kept."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from host_tools import cli_guide
from host_tools.bench_db import BenchDb
from host_tools.cli_context import FILES, INTERRUPTED, NO_PORT, REFUSED
from ionto import store_records as records
from tests.cli_fakes import error_line, run, tools
from tests.link_fakes import BOARD_ID
from tests.support.calibration_desk import STEPS, Desk
from tests.support.fram import Fram
from tests.support.service_device import OPEN, stored_calibration

WHOLE = ("kind", "made", "due", "note", "device", "technician", "notes", "result", "meter", "sha256")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate, a database and the board's memory, made once."""
    folder = tmp_path_factory.mktemp("calibrated")
    with pytest.MonkeyPatch.context() as patch:
        desk = Desk(folder, patch)
        result = desk.run("calibrate")
        assert result.exit_code == 0, result.output
        (folder / "fram").write_bytes(desk.fram.bytes)
    return folder


@pytest.fixture
def own(desk: Desk, calibrated: Path) -> Desk:
    """A desk whose board was calibrated here."""
    shutil.copytree(calibrated, desk.folder, dirs_exist_ok=True)
    desk.fram = Fram((calibrated / "fram").read_bytes())
    desk.plug_in()
    return desk


@pytest.mark.requirement("REQ-CAL-5", "REQ-CAL-7")
@pytest.mark.parametrize("command", ["calibrate", "verify"])
def test_cable_pulled_at_every_step_costs_one_point_and_changes_nothing(command: str, own: Desk) -> None:
    before, certificates = stored_calibration(own.bench), own.rows("certificates")
    measured = left = 0
    for number, step in enumerate(STEPS[command]):
        points = len(step.ranges) * len(step.parts)
        own.plug_in()
        own.meter.at_reading = (5 * (left + points // 2) + 3, own.pull)
        result = own.run(command, at_step=max(0, number - 1))
        assert result.exit_code == NO_PORT, result.output
        assert "the cable may have come out" in error_line(result)
        measured += left + points // 2
        left = points - points // 2
        assert own.points() == measured, step.name
        assert stored_calibration(own.bench) == before
        assert own.rows("certificates") == certificates
    own.plug_in()
    result = own.run(command, "--notes", "later", at_step=len(STEPS[command]) - 1)
    assert result.exit_code == 0, result.output
    assert own.meter.count == 5 * left, "only what was left is measured"
    assert [row["passed"] for row in own.rows("certificates")] == [1, 1]
    assert own.points() == 0


def test_hand_reads_the_meter_told_what_to_expect_and_types_a_comma(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["", "about one", "OL", "1,603"]

    def ask(prompt: str) -> str:
        desk.ask(prompt)
        if not answers:
            raise typer.Abort
        return answers.pop(0)

    monkeypatch.setattr(cli_guide, "ask", ask)
    result = desk.run("verify", "--meter", "")
    assert result.exit_code == INTERRUPTED, result.output
    assert (
        "1 of 6: voltage, FACE range, 16% of the highest\n    expect about 1.600 V\n    measured 1.603 V"
        in result.stdout
    )
    assert desk.asked[1] == "meter, V: "
    assert "is no reading" in desk.asked[2]
    assert "overranges" in desk.asked[3]
    assert desk.points() == 1


@pytest.mark.requirement("REQ-CAL-7")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, typer.Abort])
def test_interrupted_by_the_keyboard_the_output_ends_and_what_was_measured_is_kept(
    stop: type[BaseException], own: Desk
) -> None:
    def interrupt() -> None:
        raise stop

    own.meter.at_reading = (5 * 2 + 3, interrupt)
    result = own.run("verify")
    assert result.exit_code == INTERRUPTED
    assert "the same command goes on with it" in error_line(result)
    assert own.points() == 2
    assert not own.bench.service.is_on()


@pytest.mark.parametrize("typed", ["u", "n"])
def test_a_step_is_undone_and_old_points_are_not_taken_when_they_are_not_wanted(typed: str, own: Desk) -> None:
    own.meter.at_reading = (5 * 6 + 3, own.pull)
    assert own.run("verify").exit_code == NO_PORT
    assert own.points() == 6
    own.plug_in()
    own.meter.at_reading = (3 if typed == "n" else 5 + 3, own.pull)
    own.typed = {"Points from before": typed} if typed == "n" else {"Enter goes on": "u"}
    assert own.run("verify").exit_code == NO_PORT
    assert own.points() == (0 if typed == "n" else 1)


def test_points_that_another_calibration_was_verified_with_are_not_taken(own: Desk) -> None:
    own.meter.at_reading = (5 * 3 + 3, own.pull)
    assert own.run("verify").exit_code == NO_PORT
    own.plug_in()
    own.bench.device.store.save(own.bench.device.store.load().ranges)
    own.meter.at_reading = (3, own.pull)
    assert own.run("verify").exit_code == NO_PORT
    assert not any("Points from before" in prompt for prompt in own.asked)


def test_certificates_are_kept_with_what_was_written_and_the_same_one_once(own: Desk, tmp_path: Path) -> None:
    (calibration,) = own.rows("calibrations")
    assert calibration["payload"] == stored_calibration(own.bench)
    own.meter.factor = 1.03
    result = own.run("verify")
    assert result.exit_code == REFUSED
    assert "not within its tolerance" in error_line(result)
    first, second = own.rows("certificates")
    assert [(row["kind"], row["passed"]) for row in (first, second)] == [("calibration", 1), ("verification", 0)]
    assert first["calibration_id"] == second["calibration_id"] == calibration["id"]
    files = sorted((own.folder / "out").glob("*.json"))
    result = run(["db", "add", *map(str, files), "--db", str(own.database)], tools(own.transport))
    assert result.stdout.count("was there already") == 2
    assert own.rows("certificates") == [first, second]
    again = tmp_path / "again"
    database = str(own.database)
    assert run(["db", "certificate", "2", "--out", str(again), "--db", database], tools(own.transport)).exit_code == 0
    assert sorted(path.suffix for path in again.iterdir()) == [".html", ".json", ".pdf"]
    (copy,) = again.glob("*.json")
    assert copy.read_bytes() == next(file for file in files if file.name == copy.name).read_bytes()
    assert "no certificate 7" in error_line(run(["db", "certificate", "7", "--db", database], tools(own.transport)))
    assert run(["db", "list", "certificates", "--json", "--db", database], tools(own.transport)).exit_code == 0
    assert run(["db", "check", "--db", database], tools(own.transport)).exit_code == 0


@pytest.mark.requirement("REQ-CAL-6")
def test_info_says_how_much_the_device_was_used_since_its_calibration(own: Desk) -> None:
    def used() -> Any:
        own.plug_in()
        return json.loads(run(["info", "--json"], tools(own.transport)).stdout)["calibration_use"]

    def count(sessions: int, treated_s: int) -> None:
        store = own.bench.device.store
        store.keep_counters(records.COUNTERS.changed(store.counters, sessions=sessions, treated_s=treated_s))
        store.step()
        store.writer.flush()

    assert used() == {"sessions": 0, "treated_s": 0, "is_due": False}
    count(199, 7200)
    assert used() == {"sessions": 199, "treated_s": 7200, "is_due": False}
    assert "199 sessions, 2.0 h of treatment since\n" in run(["info"], tools(own.transport)).stdout
    assert "calibration is due" not in run(["doctor"], tools(own.transport)).stdout
    count(200, 7200)
    assert used()["is_due"]
    assert "since: calibration is due" in run(["info"], tools(own.transport)).stdout
    doctor = run(["doctor"], tools(own.transport)).stdout
    assert "note  calibration: 200 sessions, 2.0 h of treatment since: calibration is due\n" in doctor
    count(1, 2)
    own.bench.device.store.save(own.bench.device.store.load().ranges)
    count(0, 0)  # they are not this calibration's any more
    assert used() == {"sessions": None, "treated_s": None, "is_due": True}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is no JSON"), ("[]", "no certificate of these tools"), ('{"kind": "calibration"}', "no certificate"),
        (
            json.dumps(dict.fromkeys(WHOLE, "calibration")),
            "not as it was made",
        ),
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_not_added_nor_what_stands_beside_it(text: str, reason: str, own: Desk) -> None:
    bad = own.folder / "bad.json"
    bad.write_text(text)
    (good,) = (own.folder / "out").glob("*.json")
    other = own.folder / "other.sqlite3"
    result = run(["db", "add", str(good), str(bad), "--db", str(other)], tools(own.transport))
    assert result.exit_code == FILES
    assert reason in error_line(result)
    assert not other.exists()


@pytest.mark.requirement("REQ-CAL-5")
@pytest.mark.parametrize(
    ("factor", "load_ohm", "reason"),
    [
        (-1.0, 0, "are its leads swapped"), (1000.0, 0, "the wrong range or unit"),
        (0.0, 0, "is it connected, and set to volts"), (1.0, OPEN, "does not find a circuit"),
        (1.0, 2000, "wrong load"), (1.0, 10_000, "wrong load"),
    ],
)  # fmt: skip
def test_point_that_cannot_be_is_refused_and_nothing_is_written(
    factor: float, load_ohm: float, reason: str, desk: Desk
) -> None:
    desk.meter.factor = factor
    if load_ohm:  # what stays connected, whatever a step says
        desk.bench.load_ohm, desk.connect = load_ohm, False
    desk.typed = {"q leaves": "q"}
    result = desk.run("calibrate")
    assert result.exit_code == REFUSED, result.output
    assert reason in error_line(result)
    assert any(reason in prompt for prompt in desk.asked), "it can be measured again first"
    assert stored_calibration(desk.bench) is None
    assert not desk.bench.service.is_on()
    assert desk.rows("certificates") == []


@pytest.mark.requirement("REQ-CAL-5")
def test_load_of_another_step_is_refused_with_the_points_before_it_kept(own: Desk) -> None:
    before = stored_calibration(own.bench)
    own.loads["2 kΩ"] = 10_000
    own.typed = {"q leaves": "q"}
    result = own.run("calibrate")
    assert result.exit_code == REFUSED
    assert "is this the load of this step" in error_line(result)
    assert own.points() == 12 + 2
    assert stored_calibration(own.bench) == before


@pytest.mark.requirement("REQ-CAL-5")
def test_board_whose_parts_are_off_is_refused_with_all_points_kept(desk: Desk) -> None:
    desk.bench.gain = 1.04
    result = desk.run("calibrate")
    assert result.exit_code == REFUSED
    assert "range, a: gain is -3.8" in error_line(result)
    assert stored_calibration(desk.bench) is None
    assert desk.points() == 24


def fill_disk(part: Path) -> None:
    """Whatever is written there meets a full disk."""
    part.symlink_to("/dev/full")


@pytest.mark.requirement("REQ-CAL-7")
@pytest.mark.parametrize("after", [0, 3])
def test_disk_that_is_full_ends_it_with_the_points_that_were_kept(after: int, own: Desk) -> None:
    before = stored_calibration(own.bench)
    part = own.folder / "out" / f"calibration-{BOARD_ID.hex()}.part"
    own.meter.at_reading = (5 * after + 1, lambda: fill_disk(part))
    if after == 0:
        fill_disk(part)
    result = own.run("calibrate")
    assert result.exit_code == FILES
    assert "No space left on device" in error_line(result)
    assert own.points() == after
    assert stored_calibration(own.bench) == before
    assert not own.bench.service.is_on()
    assert len(own.rows("certificates")) == 1
    assert not list(own.folder.glob("out/*.part"))
    own.plug_in()
    own.meter.at_reading = (6, own.pull)
    assert own.run("calibrate").exit_code == NO_PORT
    assert own.points() == after + 1, "it goes on where it was"


@pytest.mark.parametrize("what", ["folder", "database"])
def test_place_that_cannot_be_written_is_said_before_anything_is_measured(what: str, own: Desk) -> None:
    place = own.folder / "file"
    place.write_text("in the way")
    option = ("--out", str(place / "below")) if what == "folder" else ("--db", str(place / "x.sqlite3"))
    result = own.run("calibrate", *option)
    assert result.exit_code == FILES
    assert str(place) in error_line(result)
    assert own.meter.count == 0


@pytest.mark.parametrize(("fails", "hint"), [("files", "ionto db certificate 2"), ("database", "ionto db add")])
def test_certificate_that_one_place_cannot_take_is_in_the_other(fails: str, hint: str, own: Desk) -> None:
    if fails == "files":
        (page,) = own.folder.glob("out/*.html")
        fill_disk(page.with_name(page.name.replace("calibration", "verification") + ".part"))
    else:
        with BenchDb(own.database) as db:
            db.execute("CREATE TRIGGER full BEFORE INSERT ON certificates BEGIN SELECT RAISE(ABORT, 'full'); END")
    result = own.run("verify")
    assert result.exit_code == FILES
    assert hint in error_line(result)
    assert len(own.rows("certificates")) == (2 if fails == "files" else 1)
    assert len(list(own.folder.glob("out/verification*"))) == (0 if fails == "files" else 3)
