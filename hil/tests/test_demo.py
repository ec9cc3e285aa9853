"""The demo's errors. Its session itself is `make demo`: ten minutes of virtual time are too long for a test."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from hil import demo
from hil.rig import RigFailure


def test_demo_into_a_place_that_cannot_be_written_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(typer.Exit) as ended:
        demo.demo(out=in_the_way / "demo", seed=1)
    assert ended.value.exit_code == 5
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert str(in_the_way / "demo") in lines[0]


@pytest.mark.parametrize(("error", "code"), [(RigFailure("the session did not go on"), 1), (KeyboardInterrupt(), 130)])
def test_demo_that_does_not_go_on_keeps_what_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(demo, "_interruptions", stop)
    monkeypatch.setattr(demo, "LIFT_MINUTE", 0)
    monkeypatch.setattr(demo.Demo, "minute", lambda *_: lambda: True)
    with pytest.raises(typer.Exit) as ended:
        demo.demo(out=tmp_path / "demo", seed=1)
    assert ended.value.exit_code == code
    rows = (tmp_path / "demo" / "telemetry.csv").read_text().splitlines()
    assert len(rows) > 100
    assert (tmp_path / "demo" / "telemetry.parquet").stat().st_size > 0
