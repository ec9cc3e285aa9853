"""Boards and meters that no calibration may come of: each is refused for its true reason, and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hil.bench.experiment import Experiment, Outcome, Trial, failures_of, rows_of
from hil.bench.figures import Figure
from hil.rig import Rig
from hil.technician import LOAD, TruthMeter, enter_service, measure, set_spread
from host_tools.calibrate import CALIBRATE, Step, calibrate
from host_tools.calibration_errors import CalibrationRefused, MeterError
from ionto import messages

# Sense B is off by this while one point of the BODY range is read: not off its line yet, but too far from sense A.
_DRIFT_A = 215e-6
_DRIFTS_AFTER = 35  # readings of a current: six points in the FACE range, one in the other
_NOTE = "boards or meters with one defect that were not refused, or for another reason, or that kept something of it"
_TOLD = "output.*: SENSE MISMATCH"  # the device itself may find it first


@dataclass(frozen=True)
class Misfit:
    """One defect: a part of the board, or what is done with the meter, and the words of the refusal.

    Attributes:
        part: of the board, with how far it is off its nominal, either way: a gain as a part of it, else in counts.
        meter: what is wrong with the meter or its leads: a factor on what it says, or `unsteady`.
        steps: what is measured.
    """

    name: str
    reason: str
    part: str = ""
    least: float = 0.0
    most: float = 0.0
    factor: float = 1.0
    wander: float = 0.0
    steps: tuple[Step, ...] = CALIBRATE


def _gain(line: str, part: str, least: float) -> Misfit:
    reason = f"range, {line}: gain is" + (f"|{_TOLD}" if line in "ab" else "")
    return Misfit(f"{line} gain", reason, part, least, least + 0.02)


def _offset(line: str, part: str, least: float) -> Misfit:
    return Misfit(f"{line} offset", f"range, {line}: offset is", part, least, least + 2)


_CLOSE = tuple(replace(step, parts=(0.70, 0.74, 0.78, 0.82, 0.86, 0.90)) for step in CALIBRATE)
MISFITS = (
    _gain("a", "a_gain", 0.034), _gain("b", "b_gain", 0.056), _gain("v", "v_gain", 0.034),
    _gain("dac", "dac_gain", 0.034), _gain("amp", "amplifier_sense_gain", 0.034),
    _gain("series", "series_gain", 0.034),
    _offset("a", "a_zero_lsb", 9.5), _offset("v", "v_zero_lsb", 9.5), _offset("b", "b_zero_lsb", 16.5),
    Misfit("A and B disagree", f"sense A and B disagree|{_TOLD}", "b_offset_a"),
    Misfit("leads swapped", "are its leads swapped", factor=-1.0),
    Misfit("wrong range of the meter", "the wrong range or unit", factor=1e3),
    Misfit("wrong unit", "the wrong range or unit", factor=1e-3),
    Misfit("unsteady meter", "the reading is not steady", wander=0.02),
    Misfit("points too close", "the points are too close", steps=_CLOSE),
)  # fmt: skip


class _Meter(TruthMeter):
    """A meter with a defect; it also knows the point at which sense B has one."""

    def __init__(self, rig: Rig, misfit: Misfit) -> None:
        super().__init__(rig, misfit.factor)
        self._board = rig.board
        self._misfit = misfit
        self._count = 0
        self._sign = 1

    def read(self, kind: str) -> float:
        self._count += kind == "current"
        if self._misfit.part == "b_offset_a":
            is_off = _DRIFTS_AFTER < self._count < _DRIFTS_AFTER + self.readings
            self._board.fault("b_offset_a", _DRIFT_A if is_off else 0.0)
        self._sign = -self._sign
        return super().read(kind) * (1 + self._misfit.wander * self._sign)


def run(trial: Trial) -> list[dict[str, Any]]:
    """One board with one defect."""
    misfit = MISFITS[trial.index % len(MISFITS)]
    with Rig(trial.seed, fram="blank", tolerance_sigma=0, record_truth=4, load=LOAD) as rig:
        set_spread(rig, trial.random)
        _break(rig, misfit, trial)
        enter_service(rig)
        said = ""
        try:
            points, _ = measure(rig, _Meter(rig, misfit), misfit.steps)
            calibrate(rig.host, points)
        except (CalibrationRefused, MeterError) as error:
            said = str(error)
        rig.advance(1000)
        kept = rig.host.hello().calibration != messages.CALIBRATION_NONE or not rig.truth.output_is_off()
        missed = int(kept or re.search(misfit.reason, said) is None)
        return [{"defect": misfit.name, "said": said, "kept": kept, "missed": missed}]


def _break(rig: Rig, misfit: Misfit, trial: Trial) -> None:
    if misfit.part == "b_offset_a":
        rig.board.fault("b_zero_lsb", 0.0)  # its own would add to it
    if misfit.least:
        off = trial.random.uniform(misfit.least, misfit.most) * trial.random.choice((-1, 1))
        rig.board.fault(misfit.part, off if misfit.part.endswith("_lsb") else 1 + off)


def judge(outcomes: Sequence[Outcome], seed: int) -> list[Figure]:
    """How many got through."""
    rows = rows_of(outcomes)
    missed = sum(row["missed"] for row in rows)
    worst = max(rows, key=lambda row: row["missed"], default={})
    return [
        Figure(
            "calibration_defects_missed", missed if rows else None, "", 0, len(rows), seed,
            failures=failures_of(outcomes), note=_NOTE, worst=worst if missed else {},
        )
    ]  # fmt: skip


EXPERIMENT = Experiment("misfits", ("calibration_defects_missed",), 4 * len(MISFITS), run, judge)
