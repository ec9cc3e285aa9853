"""A board is calibrated and verified on the simulated bench, end to end, against the physical truth."""

import json
import random
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from hil.technician import LOAD, TruthMeter, connect, enter_service, measure, set_spread
from host_tools import certificate, cli_calibrate, cli_guide
from host_tools.calibrate import CALIBRATE, VERIFY, Bench
from host_tools.calibration_errors import CalibrationRefused
from host_tools.cli import app
from host_tools.cli_context import Tools
from ionto import messages


@pytest.mark.requirement("REQ-CAL-5", "REQ-SRV-5")
@pytest.mark.rig(fram="blank", tolerance_sigma=0, seed=3, record_truth=4, load=LOAD)
def test_board_without_a_calibration_is_measured_calibrated_and_true(rig, tmp_path, monkeypatch):
    set_spread(rig, random.Random(3))
    enter_service(rig)
    steps = iter(CALIBRATE)
    prompts = []

    def ask(prompt):
        """Presses Enter, once the load that a step wants is connected."""
        prompts.append(prompt)
        if prompt.startswith("Enter when"):
            connect(rig, next(steps))
        return ""

    monkeypatch.setattr(cli_guide, "ask", ask)
    monkeypatch.setattr(cli_calibrate, "open_visa", lambda _: TruthMeter(rig))
    arguments = ["calibrate", "--port", "x", "-t", "A. Tester", "--meter", "y", "--out", str(tmp_path)]
    arguments += ["--db", str(tmp_path / "bench.sqlite3")]
    tools = Tools(open_transport=lambda _: rig.transport, clock=lambda: rig.now_us / 1e6)
    result = CliRunner().invoke(app, arguments, obj=tools)
    assert result.exit_code == 0, result.output
    assert "calibration: calibrated" in result.output
    assert len(prompts) == 2 * len(CALIBRATE)
    (path,) = tmp_path.glob("calibration-*.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert certificate.is_genuine(content)
    assert (len(content["points"]), len(content["lines"])) == (24, 12)
    assert not list(tmp_path.glob("*.points"))
    assert rig.host.hello().calibration == messages.CALIBRATION_STORED
    _, checks = measure(rig, TruthMeter(rig), (replace(VERIFY[2], parts=(0.51,)),))
    for check in checks:
        assert check.passed
        assert abs(check.device - check.meter) <= max(10e-6, 0.005 * check.meter)


@pytest.mark.requirement("REQ-CAL-5")
@pytest.mark.rig(fram="blank", tolerance_sigma=0, load=LOAD)
def test_point_with_a_wrong_meter_or_without_a_load_is_refused_and_the_output_is_off(rig):
    enter_service(rig)
    for wrong, reason in ((1000.0, "wrong range or unit"), (-1.0, "leads swapped")):
        with pytest.raises(CalibrationRefused, match=reason):
            Bench(rig.host, TruthMeter(rig, wrong)).measure("voltage", 0, 0.5)
        assert rig.truth.output_is_off()
    with pytest.raises(CalibrationRefused, match="does not find a circuit"):
        Bench(rig.host, TruthMeter(rig)).measure("current", 0, 0.5)
    rig.advance(500)
    assert rig.truth.output_is_off()
