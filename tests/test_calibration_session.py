"""The file of a calibration's points: taken up again, undone step by step, never another board's."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from host_tools.calibrate import means, read_alive
from host_tools.calibration_errors import CalibrationRefused, MeterError
from host_tools.calibration_fit import Check, Point
from host_tools.calibration_session import Session
from host_tools.errors import PortError
from host_tools.records import Readings

POINT = Point("current", 1, 5000, 5.01e-3, 800.0, 400.0, 680.0, 740.0, 570.0)


def readings(**values: int) -> Readings:
    names = Readings.__dataclass_fields__
    return Readings(**(dict.fromkeys(names, 0) | values))


def test_points_are_taken_up_again_after_an_interruption(tmp_path: Path) -> None:
    session = Session(tmp_path / "points", "board 1", Point)
    session.points["BODY current"] = [POINT, POINT]
    session.save()
    again = Session(tmp_path / "points", "board 1", Point)
    assert again.load()
    assert again.points == session.points
    again.undo("BODY current")
    assert not Session(tmp_path / "points", "board 1", Point).load()


def test_points_of_another_board_or_table_are_not_taken(tmp_path: Path) -> None:
    session = Session(tmp_path / "points", "board 1", Point)
    session.points["x"] = [POINT]
    session.save()
    assert not Session(tmp_path / "points", "board 2", Point).load()
    assert not Session(tmp_path / "none", "board 1", Point).load()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "board 1"}', '{"key": "board 1", "points": {"x": [{}]}}'])
def test_file_that_is_damaged_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "points").write_text(text)
    with pytest.raises(CalibrationRefused, match="is damaged: remove it"):
        Session(tmp_path / "points", "board 1", Point).load()


def test_means_are_right_across_the_wrap_of_the_sums() -> None:
    top = (1 << 30) - 100
    before = readings(ticks=top, sum_a=top, sum_v=0, sum_b=0, rounds=top, sum_dac=top, sum_amplifier=0)
    after = readings(
        ticks=100, sum_a=top - (1 << 30) + 100_000, sum_v=20_000, sum_b=400, rounds=-90 & 0x3FFFFFFF,
        sum_dac=7300, sum_amplifier=50, a_zero_raw=-2, b_zero_raw=3, v_zero_raw=0,
    )  # fmt: skip
    found = means(before, after)
    assert found == {"a_raw": 498.0, "v_raw": 100.0, "b_raw": 5.0, "dac": 740.0, "amplifier": 5.0}
    with pytest.raises(CalibrationRefused, match="stands still"):
        means(before, before)


@pytest.mark.parametrize(
    ("kind", "asked", "device", "meter", "passed"),
    [
        ("current", 1e-3, 1.029e-3, 1.0e-3, True), ("current", 1e-3, 1.031e-3, 1.0e-3, False),
        ("current", 1e-2, 1.019e-2, 1.0e-2, True), ("current", 1e-2, 1.021e-2, 1.0e-2, False),
        ("current", 1e-2, 1.1e-2, 1.1e-2, False),  # the device says what flows, but that is not what was asked for
        ("voltage", 2.0, 2.099, 2.0, True), ("voltage", 2.0, 2.101, 2.0, False),
        ("voltage", 21.0, 20.39, 20.0, True), ("voltage", 21.0, 20.41, 20.0, False),
    ],
)  # fmt: skip
def test_verification_passes_within_two_percent_or_the_floor(
    kind: str, asked: float, device: float, meter: float, passed: bool
) -> None:
    assert Check(kind, 1, asked, device, meter).passed is passed


class SlowMeter:
    """Reads when it is let go."""

    name = "slow"
    readings = 1
    is_slow = True

    def __init__(self) -> None:
        self.go = Event()

    def read(self, kind: str) -> float:
        self.go.wait()
        if kind != "current":
            raise MeterError("it is set to amperes")
        return 4.2e-3


class Alive:
    """A device that counts signs of life; at the third it lets the meter go, or is lost."""

    def __init__(self, meter: SlowMeter, is_lost: bool = False) -> None:
        self.meter = meter
        self.is_lost = is_lost
        self.signs = 0

    def service_read(self) -> None:
        self.signs += 1
        if self.signs == 3 and self.is_lost:
            raise PortError("the cable has come out")
        if self.signs == 3:
            self.meter.go.set()

    def poll(self, _timeout_s: float) -> None:
        """Nothing comes."""


def test_device_hears_from_the_host_while_a_meter_takes_its_time() -> None:
    meter: Any = SlowMeter()
    device: Any = Alive(meter)
    assert read_alive(device, meter, "current") == 4.2e-3
    assert device.signs >= 3
    with pytest.raises(MeterError, match="set to amperes"):
        read_alive(device, meter, "voltage")


def test_reading_is_not_waited_for_once_the_device_is_lost() -> None:
    meter: Any = SlowMeter()
    device: Any = Alive(meter, is_lost=True)
    with pytest.raises(PortError, match="come out"):
        read_alive(device, meter, "current")
    assert not meter.go.is_set()
    meter.go.set()
