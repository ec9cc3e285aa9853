"""Boards with every part anywhere within its tolerance are calibrated, and then measured against the physical truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, worst_figure
from hil.bench.figures import Figure
from hil.rig import Rig
from hil.technician import LOAD, TruthMeter, enter_service, measure, set_spread
from host_tools.calibrate import CALIBRATE, VERIFY, calibrate

ALLOWED_A = 10e-6
ALLOWED_PERCENT = 0.5
_NOTE = (
    "current by the device against the true one, at 8 points of both ranges, as a share of 0.5 % of the reading or "
    "10 µA, whichever is larger; boards without a calibration, each part drawn evenly within 3 sigma; a perfect meter"
)


def run(trial: Trial) -> list[dict[str, Any]]:
    """One board: blank, calibrated, verified."""
    with Rig(trial.seed, fram="blank", tolerance_sigma=0, record_truth=4, load=LOAD) as rig:
        set_spread(rig, trial.random)
        enter_service(rig)
        points, _ = measure(rig, TruthMeter(rig), CALIBRATE)
        calibrate(rig.host, points)
        rows = []
        for check in measure(rig, TruthMeter(rig), VERIFY[1:])[1]:
            allowed_a = max(ALLOWED_A, check.meter * ALLOWED_PERCENT / 100)
            error_a = check.device - check.meter
            rows.append(
                {"range": check.range, "true_ua": check.meter * 1e6, "error_ua": error_a * 1e6,
                 "delivered_off_ua": (check.asked - check.meter) * 1e6, "share": abs(error_a) / allowed_a}
            )  # fmt: skip
        return rows


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """The worst reading."""
    return [worst_figure("calibration_error_share", "share", "", 1, outcomes, seed, note=_NOTE)]


EXPERIMENT = Experiment("calibrations", ("calibration_error_share",), 50, run, judge)
