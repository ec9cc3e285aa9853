"""`ionto settings` with the whole firmware: read anywhere at rest, written in SERVICE only, used after the restart."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hil.rig import Rig
from hil.technician import enter_service
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import power_on, tap, until
from hil.tests.firmware.test_link_requests import refused
from host_tools.cli import app
from host_tools.cli_context import Tools
from ionto import faults, limits, store_map, store_records
from tests.support.schemas import validate_output

HANDS = 2


def settings(rig: Rig, *arguments: str) -> Result:
    tools = Tools(open_transport=lambda _: rig.transport, clock=lambda: rig.now_us / 1e6)
    return CliRunner().invoke(app, ["settings", *arguments, "--port", "x"], obj=tools)


def stored(rig: Rig) -> list[tuple[int, ...]]:
    """The record as the device holds it, without the tools."""
    return store_records.unpack_settings(rig.host.read_records(store_map.SETTINGS).data[:16])


@pytest.mark.requirement("REQ-SRV-6")
def test_settings_are_written_in_service_kept_and_used_after_the_restart(rig: Rig, tmp_path: Path) -> None:
    enter_service(rig)
    assert "None were ever kept" in settings(rig, "get").stdout
    result = settings(rig, "set", "hands", "--level", "4", "--minutes", "12", "--reversal")
    assert result.exit_code == 0, result.output
    assert "Written and read back" in result.stdout
    assert stored(rig)[HANDS] == (4000, 12, 1)
    assert stored(rig)[0] == (500, 10, 0)
    path = tmp_path / "device.json"
    assert settings(rig, "export", str(path)).exit_code == 0
    assert "is there already" in settings(rig, "export", str(path)).stderr
    assert settings(rig, "set", "face", "--minutes", "5").exit_code == 0
    assert settings(rig, "import", str(path)).stdout.startswith("FACE ")
    assert settings(rig, "import", str(path)).stdout == "Nothing to change.\n"
    rig.host.service_leave()
    rig.advance(100)
    until(rig, "IDLE", timeout_ms=4000)
    tap(rig, "MODE")
    tap(rig, "MODE")
    status = rig.host.status()
    assert (status.mode, status.level_ua, status.minutes) == (HANDS, 4000, 12)
    text = settings(rig, "get", "--json").stdout
    validate_output(["settings", "get"], text)
    values = json.loads(text)
    assert values["is_kept"]
    assert values["modes"]["HANDS"]["level_ua"] == 4000
    assert values["modes"]["HANDS"]["allowed"]["level_ua"] == {"lowest": 500, "highest": 15_000, "step": 500}


@pytest.mark.requirement("REQ-SRV-6", "REQ-LNK-2")
def test_device_refuses_what_a_mode_may_not_have_and_keeps_what_it_had(rig: Rig) -> None:
    enter_service(rig)
    for number, mode in enumerate(limits.MODES):
        for field, value, limit, values in (
            ("level_ua", mode.max_ua + 1, mode.max_ua, (number, mode.max_ua + 1, 1, False)),
            ("level_ua", mode.step_ua - 1, mode.step_ua, (number, mode.step_ua - 1, 1, False)),
            ("minutes", mode.max_min + 1, mode.max_min, (number, mode.step_ua, mode.max_min + 1, False)),
            ("minutes", 0, limits.MIN_MINUTES, (number, mode.step_ua, 0, False)),
            ("is_reversing", 2, int(mode.can_reverse), (number, mode.step_ua, 1, 2)),
        ):
            is_low = value < limit
            code = faults.BELOW_MINIMUM if is_low else faults.ABOVE_MAXIMUM
            assert refused(rig.host.service_settings, *values) == (code, field, value, limit)
    assert refused(rig.host.service_settings, 4, 500, 1, False) == (faults.ABOVE_MAXIMUM, "mode", 4, 3)
    assert refused(rig.host.service_settings, 0, 500, 1, True) == (faults.ABOVE_MAXIMUM, "is_reversing", 1, 0)
    assert rig.host.region_info(store_map.SETTINGS).verdict == -1
    rig.host.service_voltage(1000)
    assert refused(rig.host.service_settings, 0, 500, 1, False)[0] == faults.OUTPUT_ACTIVE
    rig.host.service_off()
    rig.advance(1000)


@pytest.mark.requirement("REQ-SRV-6", "REQ-LNK-2")
def test_outside_of_service_nothing_is_written_and_the_way_there_is_said(rig: Rig) -> None:
    power_on(rig)
    result = settings(rig, "set", "face", "--minutes", "5")
    assert result.exit_code == 1
    assert "hold MODE and DOWN" in result.stderr
    assert refused(rig.host.service_settings, 0, 500, 5, False)[0] == faults.NOT_IN_STATE
    tap(rig, "START")
    result = settings(rig, "get")
    assert result.exit_code == 1
    assert "READ_INFO refused: not possible in this state (state CONFIRM)" in result.stderr
    rig.advance(50)
    assert shows(rig, "CONFIRM")


def test_memory_that_does_not_take_settings_is_told(rig: Rig) -> None:
    enter_service(rig)
    rig.board.fault("fram_protected")
    result = settings(rig, "set", "face", "--minutes", "5")
    assert result.exit_code == 1
    assert "the memory cannot be used" in result.stderr
