"""The bench database: its versions, two programs at once, and what it says when it cannot be written."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from host_tools.bench_db import BenchDb, BenchDbError
from host_tools.bench_schema import VERSION
from tests.cli_fakes import SessionTransport, error_line, run, tools

NOW = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
BOARD = "494f4e544f2d3100"

_WRITER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from host_tools.bench_db import BenchDb
for index in range(15):
    with BenchDb(Path(sys.argv[1])) as db:
        content = '{"of": %s, "index": %d}' % (sys.argv[2], index)
        db.add_document("certificates", content, datetime.now(UTC), board_id="b" + sys.argv[2], kind="verification",
                        technician="T", passed=1)
"""


def certificate(db: BenchDb, content: str = '{"points": []}') -> int:
    values = {"board_id": BOARD, "kind": "verification", "technician": "A. Nobody", "passed": 1}
    return db.add_document("certificates", content, NOW, **values)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "bench.sqlite3"


def test_database_is_made_with_its_folder_and_opened_again(path: Path) -> None:
    with BenchDb(path) as db:
        certificate(db)
    with BenchDb(path) as db:
        assert db.value("SELECT technician FROM certificates") == "A. Nobody"
        assert db.value("PRAGMA journal_mode") == "wal"
        assert db.value("PRAGMA user_version") == VERSION


def test_same_certificate_twice_is_there_once(path: Path) -> None:
    with BenchDb(path) as db:
        assert certificate(db) == certificate(db) != certificate(db, "{}")
        assert db.value("SELECT count(*) FROM certificates") == 2


@pytest.mark.requirement("REQ-HST-3")
def test_two_programs_that_make_and_write_it_at_once_lose_nothing(path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(path)]
    writers = [subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE) for number in (1, 2)]
    for writer in writers:
        assert writer.communicate()[1] == b""
    with BenchDb(path) as db:
        assert db.value("SELECT count(DISTINCT content) FROM certificates") == 30


@pytest.mark.requirement("REQ-HST-3")
def test_what_was_written_before_an_error_within_a_transaction_is_not_there(path: Path) -> None:
    def write(db: BenchDb) -> None:
        with db.transaction():
            db.see_device(BOARD, NOW)
            db.insert("devices", board_id=BOARD, first_seen_utc="", last_seen_utc="")

    with BenchDb(path) as db:
        with pytest.raises(BenchDbError, match="UNIQUE"):
            write(db)
        assert db.rows("SELECT * FROM devices") == []


@pytest.mark.requirement("REQ-HST-3")
def test_newer_version_is_refused_and_left_as_it_was(path: Path) -> None:
    with BenchDb(path) as db:
        certificate(db)
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(BenchDbError, match=f"is of version {VERSION + 1}, these tools know up to {VERSION}"):
        BenchDb(path)
    assert path.read_bytes() == before
    result = run(["db", "list", "--db", str(path)], tools(SessionTransport()))
    assert result.exit_code == 5
    assert "update the tools" in error_line(result)


@pytest.mark.requirement("REQ-HST-3")
def test_other_program_s_database_and_a_text_file_are_not_touched(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    text = tmp_path / "notes.txt"
    text.write_text("shopping: milk, bread, and something that is as long as a header\n" * 40)
    for file, words in ((other, "another program's"), (text, "is no database")):
        before = file.read_bytes()
        with pytest.raises(BenchDbError, match=words):
            BenchDb(file)
        assert file.read_bytes() == before


@pytest.mark.requirement("REQ-HST-3")
def test_full_disk_is_said_and_the_database_is_as_it_was(path: Path) -> None:
    with BenchDb(path) as db:
        kept = certificate(db)
        pages = db.value("PRAGMA page_count")
        db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(BenchDbError, match="the disk is full; what stood in the database still does"):
            certificate(db, "x" * 100_000)
    with BenchDb(path) as db:
        assert [row["id"] for row in db.rows("SELECT id FROM certificates")] == [kept]
        assert db.value("PRAGMA integrity_check") == "ok"


@pytest.mark.requirement("REQ-HST-3")
def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    for path in (Path("/proc/ionto/bench.sqlite3"), blocked / "bench.sqlite3"):  # also for root
        result = run(["log", "--db", str(path)], tools(SessionTransport()))
        assert result.exit_code == 5
        assert str(path) in error_line(result)


def test_database_that_is_not_there_is_not_made_by_looking(path: Path) -> None:
    result = run(["db", "list", "--db", str(path)], tools(SessionTransport()))
    assert result.exit_code == 5
    assert "there is no database" in error_line(result)
    assert not path.parent.exists()


def test_backup_is_one_whole_file_and_replaces_nothing(path: Path, tmp_path: Path) -> None:
    with BenchDb(path) as db:
        certificate(db)
        copy = tmp_path / "copy.sqlite3"
        db.backup(copy)
        with pytest.raises(BenchDbError, match="exists already"):
            db.backup(copy)
    assert [one.name for one in tmp_path.iterdir() if "copy" in one.name] == ["copy.sqlite3"]
    with BenchDb(copy) as db:
        assert db.value("SELECT count(*) FROM certificates") == 1


def test_check_finds_a_changed_certificate_and_a_damaged_page(path: Path) -> None:
    with BenchDb(path) as db:
        number = certificate(db)
    arguments = ["db", "check", "--db", str(path)]
    assert "whole" in run(arguments, tools(SessionTransport())).stdout
    with BenchDb(path) as db:
        db.execute("UPDATE certificates SET content = '{}' WHERE id = ?", number)
    result = run(arguments, tools(SessionTransport()))
    assert result.exit_code == 5
    assert f"certificates {number}: its content is not what its hash says" in result.stdout
