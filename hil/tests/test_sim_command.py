"""`ionto sim`: a board on a serial port; with --service one in SERVICE, with dummy loads."""

from typer.testing import CliRunner

from hil import commands
from host_tools.cli import app
from ionto.states import SERVICE


def test_board_in_service_has_the_load_whose_key_is_pressed(monkeypatch):
    seen = []

    def look(rig, _cable, _seconds):
        seen.append(rig.host.status().state)
        for key in "120l":
            commands._press(rig, key)
            rig.advance(20)
            seen.append(round(rig.truth.now["area"], 2))

    monkeypatch.setattr(commands, "_headless", look)
    result = CliRunner().invoke(app, ["sim", "--service", "--speed", "20"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("serial port: ")
    assert seen == [SERVICE, 1.0, 0.5, 0.1, 0.0]
