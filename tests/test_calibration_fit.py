"""From points to factors: a sound board's are found, and every defect is refused with its own reason."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from host_tools.calibration_errors import CalibrationRefused
from host_tools.calibration_fit import MODES, Point, check_meter, fit_range
from ionto.calibration import NOMINAL, RangeCalibration

PARTS = (0.08, 0.24, 0.42, 0.60, 0.78, 0.97)
TRUE = (
    RangeCalibration(1263, -2, 7350, 4, 12480, 3, 4021, 12950, 2213000),
    RangeCalibration(6212, 3, 7250, 0, 12540, -2, 9950, 12800, 468000),
)
FULL_UA = [mode.max_ua for mode in MODES]
Change = Callable[[Point], Point]


def board(range_: int, change: Change = lambda point: point) -> list[Point]:
    """The points of a board with the factors of TRUE, each changed by `change`."""
    row, mode = TRUE[range_], MODES[range_]
    points = []
    for part in PARTS:
        volt = mode.max_electrode_mv / 1e3 * 0.8 * part
        raw_v = volt * 1e6 / row.v_uv_per_lsb + row.v_zero_raw
        points.append(
            Point("voltage", range_, round(volt * 1e3), volt, row.a_zero_raw, raw_v, row.b_zero_raw,
                  volt * 1e6 / row.dac_uv_per_lsb, volt * 1e6 / row.amp_uv_per_lsb)
        )  # fmt: skip
        ampere = mode.max_ua / 1e6 * 0.8 * part
        load_v = ampere * 1000
        out_v = load_v + ampere * row.series_mohm / 1e3
        points.append(
            Point("current", range_, round(ampere * 1e6), ampere, ampere * 1e9 / row.a_na_per_lsb + row.a_zero_raw,
                  load_v * 1e6 / row.v_uv_per_lsb + row.v_zero_raw, ampere * 1e9 / row.b_na_per_lsb + row.b_zero_raw,
                  out_v * 1e6 / row.dac_uv_per_lsb, out_v * 1e6 / row.amp_uv_per_lsb)
        )  # fmt: skip
    return [change(point) for point in points]


def only(kind: str, **factors: float) -> Change:
    """Multiplies fields of the points of one kind."""

    def change(point: Point) -> Point:
        if point.kind != kind:
            return point
        return replace(point, **{name: getattr(point, name) * by for name, by in factors.items()})

    return change


@pytest.mark.parametrize("range_", [0, 1])
def test_factors_of_a_sound_board_are_found(range_: int) -> None:
    fit = fit_range(range_, board(0) + board(1))
    for name, found, true in zip(RangeCalibration._fields, fit.row, TRUE[range_], strict=True):
        assert found == pytest.approx(true, abs=1 if name != "series_mohm" else 60), name
    assert max(line.worst_percent for line in fit.lines) < 0.001


@pytest.mark.parametrize("range_", [0, 1])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (only("current", a_raw=1.05), "a: gain"),
        (only("current", b_raw=0.93), "b: gain"),
        (only("voltage", v_raw=1.05), "v: gain"),
        (only("voltage", dac=0.95), "dac: gain"),
        (only("voltage", amplifier=1.05), "amp: gain"),
        (lambda p: replace(p, a_raw=p.a_raw + 12), "a: offset is"),
        (lambda p: replace(p, v_raw=p.v_raw + 15), "v: offset is"),
        (lambda p: replace(p, dac=p.dac + 20), "dac: offset is"),
        (lambda p: replace(p, a_raw=p.a_raw * (1 + 0.12 * p.asked / FULL_UA[p.range])), "gain|off the line"),
        (lambda p: replace(p, a_raw=1000.0), "stuck"),
        (lambda p: replace(p, meter=p.meter / 3), "points are too close: they span"),
        (lambda p: replace(p, meter=p.meter * 1.1), "gain is"),
    ],
)  # fmt: skip
def test_defect_is_refused_with_its_reason(range_: int, change: Change, reason: str) -> None:
    with pytest.raises(CalibrationRefused, match=reason):
        fit_range(range_, board(range_, change))


@pytest.mark.parametrize("name", ["a_raw", "v_raw", "dac"])
def test_single_point_off_the_line_is_refused(name: str) -> None:
    points = board(1)
    index = 6 if name != "a_raw" else 7
    points[index] = replace(points[index], **{name: getattr(points[index], name) * 1.02})
    with pytest.raises(CalibrationRefused, match=r"of full scale off the line, 0\.5 % are allowed|disagree"):
        fit_range(1, points)


def test_too_few_points_or_two_of_one_place_are_refused() -> None:
    with pytest.raises(CalibrationRefused, match="4 points, at least 5 are needed"):
        fit_range(0, board(0)[:8])
    points = board(0)
    points[2] = replace(points[2], meter=points[4].meter * 1.001)
    with pytest.raises(CalibrationRefused, match="two points are too close"):
        fit_range(0, points)


def test_zero_below_what_the_device_takes_is_the_nearest_that_it_does() -> None:
    row = fit_range(0, board(0, lambda p: replace(p, b_raw=p.b_raw - 8))).row
    assert row.b_zero_raw == 0


@pytest.mark.parametrize(
    ("kind", "asked", "meter", "reason"),
    [
        ("current", 5e-3, 5.0, "wrong range or unit"),
        ("current", 5e-3, 5e-6, "wrong range or unit"),
        ("voltage", 12.0, -12.0, "leads swapped"),
        ("current", 5e-3, -5e-3, "leads swapped"),
        ("voltage", 12.0, 9.9e37, "overranges"),
        ("voltage", 12.0, float("nan"), "overranges"),
        ("current", 5e-3, 1e-5, "set to amperes"),
        ("voltage", 12.0, 9.0, "defective board"),
    ],
)
def test_reading_that_cannot_be_is_refused_with_what_to_look_at(
    kind: str, asked: float, meter: float, reason: str
) -> None:
    with pytest.raises(CalibrationRefused, match=reason):
        check_meter(kind, asked, meter, 36.0 if kind == "voltage" else 15e-3)


@pytest.mark.parametrize("factor", [0.97, 1.0, 1.03])
def test_reading_of_a_sound_board_before_calibration_is_taken(factor: float) -> None:
    check_meter("current", 5e-3, 5e-3 * factor, 15e-3)
    check_meter("voltage", 0.64, 0.64 * factor, 10.0)


def test_nominal_board_is_its_own_calibration() -> None:
    assert NOMINAL[0].a_na_per_lsb == 1250
