"""`ionto selftest` with the whole firmware: restarted by a person or out of SERVICE, passed and failed."""

import json

import pytest
from typer.testing import CliRunner, Result

from hil.rig import Rig
from hil.technician import enter_service
from hil.tests.firmware.steps import power_on
from host_tools.cli import app
from host_tools.cli_context import Tools
from ionto import faults
from tests.support.schemas import validate_output


def selftest(rig: Rig, *arguments: str, switch: bool = False, defect: str = "") -> Result:
    """Runs it. `switch`: the device is switched off and on, with a defect, when the command first waits."""
    waits = iter((switch,))

    def sleep(seconds: float) -> None:
        if next(waits, False):
            rig.board.power_off()
            rig.advance(500)
            if defect:
                rig.board.fault(defect)
            rig.board.power_on()
        rig.advance(seconds * 1000)

    tools = Tools(open_transport=lambda _: rig.transport, clock=lambda: rig.now_us / 1e6, sleep=sleep)
    return CliRunner().invoke(app, ["selftest", "--port", "x", *arguments], obj=tools)


def test_device_that_is_switched_off_and_on_has_passed(rig: Rig) -> None:
    power_on(rig)
    result = selftest(rig, switch=True)
    assert result.exit_code == 0, result.output
    assert "Switch the device off and on now" in result.stderr
    assert "Passed: the device is in IDLE" in result.stdout
    assert "latch: trips, opens K1, comes back" in result.stdout


def test_out_of_service_the_device_restarts_by_itself(rig: Rig) -> None:
    enter_service(rig)
    result = selftest(rig, "--json")
    assert result.exit_code == 0, result.output
    validate_output(["selftest"], result.stdout)
    values = json.loads(result.stdout)
    assert (values["result"], values["state"], values["fault"]) == ("passed", "IDLE", None)
    assert 0 < values["up_s"] < 5


def test_defect_is_told_with_its_value_and_likely_causes(rig: Rig) -> None:
    power_on(rig)
    rig.expect_fault(faults.K1_WELDED)
    result = selftest(rig, switch=True, defect="k1_welded")
    assert result.exit_code == 1, result.output
    assert f"FAILED: fault {faults.K1_WELDED} RELAY WELDED: electrode voltage" in result.stdout
    assert "perhaps: K1 is welded" in result.stdout


@pytest.mark.requirement("REQ-LNK-2")
def test_host_never_starts_the_test_itself(rig: Rig) -> None:
    power_on(rig)
    since_us = rig.now_us
    result = selftest(rig, "--wait", "5")
    assert result.exit_code == 4
    assert "was not switched off and on within 5 s" in result.stderr
    assert not rig.truth.times_us("k1_closed", since_us)
