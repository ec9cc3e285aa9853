"""The steps of a calibration and a verification, each point of them, and what is then written to the device.

The device's output is on only while a point is measured, and ends by itself if this program does not say so twice a
second.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from host_tools import describe
from host_tools.calibration_errors import CalibrationRefused, MeterError
from host_tools.calibration_fit import MODES, RANGE_NAMES, Check, Fit, Point, check_meter, fit_range
from host_tools.calibration_use import stored_payload
from host_tools.client import Client
from host_tools.errors import IontoError, RefusedError
from host_tools.meters import Meter, steady
from host_tools.records import Readings
from ionto import faults, store_records
from ionto.messages_service import SUM_MASK

SETTLE_TRIES = 150  # of POLL_S: the longest ramp takes 7 s, the look at the load 2 s
POLL_S = 0.1
FLOWS_UA = 50
REST_POLLS = 15
ATTEMPTS = 3  # of a point whose reading is not steady
FIT_PARTS = (0.08, 0.24, 0.42, 0.60, 0.78, 0.97)  # of the highest that the device allows
VERIFY_PARTS = (0.16, 0.51, 0.88)


@dataclass(frozen=True)
class Step:
    """What is connected once, and the points that are then measured: of each range, in parts of its highest."""

    name: str
    connect: str
    kind: str
    ranges: tuple[int, ...]
    parts: tuple[float, ...]


_ACROSS = "Connect the meter, set to DC volts, across the electrode terminals. Nothing else is connected."
_SERIES = "Connect the {load} load and the meter, set to DC milliamperes, in series to the electrode terminals."
CALIBRATE = (
    Step("voltage", _ACROSS, "voltage", (0, 1), FIT_PARTS),
    Step("FACE current", _SERIES.format(load="2 kΩ"), "current", (0,), FIT_PARTS),
    Step("BODY current", _SERIES.format(load="1 kΩ (0.5 W)"), "current", (1,), FIT_PARTS),
)
VERIFY = (
    Step("voltage", _ACROSS, "voltage", (0, 1), VERIFY_PARTS),
    Step("FACE current", _SERIES.format(load="2 kΩ"), "current", (0,), VERIFY_PARTS),
    Step("BODY current", _SERIES.format(load="1 kΩ (0.5 W)"), "current", (1,), VERIFY_PARTS),
    Step("10 kΩ", _SERIES.format(load="10 kΩ"), "current", (0, 1), (0.14,)),
)


class Bench:
    """Measures points on a device in SERVICE with a meter. `say(text)` shows what to expect of it."""

    def __init__(self, client: Client, meter: Meter, say: Callable[[str], None] = lambda _: None) -> None:
        self._client = client
        self._meter = meter
        self._say = say

    def measure(self, kind: str, range_: int, part: float) -> tuple[Point, Readings]:
        """One point, `part` of the highest that the device allows. Raises CalibrationRefused or MeterError."""
        client = self._client
        self.rest()
        client.service_range(range_)
        readings = client.service_read()
        highest = readings.max_mv if kind == "voltage" else readings.max_ua
        asked = round(highest * part / 10) * 10
        for attempt in range(ATTEMPTS):
            try:
                return self._point(kind, range_, asked)
            except MeterError:
                if attempt == ATTEMPTS - 1:
                    raise
            finally:
                self.rest()
        raise AssertionError("unreachable")

    def rest(self) -> None:
        """Ends the output and waits until it has ended."""
        with suppress(RefusedError):
            self._client.service_off()
        for _ in range(REST_POLLS):
            self._client.poll(POLL_S)
            readings = self._client.service_read()
            if readings.kind == 0 and readings.current_ua < 20:
                self._client.poll(POLL_S)
                return

    def _point(self, kind: str, range_: int, asked: int) -> tuple[Point, Readings]:
        client = self._client
        (client.service_voltage if kind == "voltage" else client.service_current)(asked)
        before = after = self._settled(kind)
        expected = asked / (1e3 if kind == "voltage" else 1e6)
        self._say(f"    expect about {describe.reading(kind, expected)}")
        values = []
        for _ in range(self._meter.readings):
            client.poll(POLL_S)
            values.append(self._read(kind))
            after = client.service_read()
        for _ in range(max(0, 5 - self._meter.readings)):
            client.poll(POLL_S)
            after = client.service_read()
        if after.kind == 0:
            raise CalibrationRefused(f"the output ended while the meter was read: {_why(after)}: look at its panel")
        meter = steady(values, kind)
        full = MODES[range_].max_electrode_mv / 1e3 if kind == "voltage" else MODES[range_].max_ua / 1e6
        check_meter(kind, expected, meter, full)
        return Point(kind, range_, asked, meter, **means(before, after)), after

    def _settled(self, kind: str) -> Readings:
        readings = self._client.service_read()
        for _ in range(SETTLE_TRIES):
            self._client.poll(POLL_S)
            readings = self._client.service_read()
            if readings.fault or readings.cut or readings.kind == 0:
                raise CalibrationRefused(f"the device ended its output: {_why(readings)}: look at its panel")
            if readings.is_settled:
                for _ in range(5):
                    self._client.poll(POLL_S)
                    readings = self._client.service_read()
                return readings
        if kind == "voltage" or readings.current_ua > FLOWS_UA:
            raise CalibrationRefused("the device does not reach what was asked for: is this the load of this step?")
        raise CalibrationRefused("the device does not find a circuit: is the load connected, and the meter in series?")

    def _read(self, kind: str) -> float:
        return read_alive(self._client, self._meter, kind) if self._meter.is_slow else self._meter.read(kind)


def read_alive(client: Client, meter: Meter, kind: str) -> float:
    """A reading by a meter that may take minutes, with signs of life to the device until it is there.

    If the device is lost meanwhile, what is typed is not waited for.
    """
    results: list[float | BaseException] = []

    def read() -> None:
        try:
            results.append(meter.read(kind))
        except BaseException as error:
            results.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while not results:
        client.service_read()
        client.poll(POLL_S)
    if isinstance(results[0], BaseException):
        raise results[0]
    return results[0]


def _why(readings: Readings) -> str:
    if readings.fault:
        return f"{describe.fault_name(readings.fault)} (fault {readings.fault})"
    return dict(faults.CUTS).get(readings.cut, "STOP, or no sign of life")


def means(before: Readings, after: Readings) -> dict[str, float]:
    """The mean raw counts between two readings, zeros put back."""

    def between(name: str) -> int:
        return (getattr(after, name) - getattr(before, name)) & SUM_MASK

    ticks, rounds = between("ticks"), between("rounds")
    if not ticks or not rounds:
        raise CalibrationRefused("the device's sampling stands still")
    return {
        "a_raw": between("sum_a") / ticks + after.a_zero_raw,
        "v_raw": between("sum_v") / ticks + after.v_zero_raw,
        "b_raw": between("sum_b") / ticks + after.b_zero_raw,
        "dac": between("sum_dac") / rounds,
        "amplifier": between("sum_amplifier") / rounds,
    }


def fit(points: Sequence[Point]) -> tuple[Fit, Fit]:
    """The lines of both ranges. Raises CalibrationRefused."""
    return fit_range(0, points), fit_range(1, points)


def write(client: Client, fits: Sequence[Fit]) -> bytes:
    """Writes the factors, reads them back and compares; the record as the device has it. Raises IontoError."""
    client.service_save([value for one in fits for value in one.row])
    payload = stored_payload(client)
    if not payload or store_records.unpack_calibration(payload) != tuple(one.row for one in fits):
        raise IontoError("the device does not read back what was written: calibrate again, or have its memory checked")
    return payload


def calibrate(client: Client, points: Sequence[Point]) -> tuple[Fit, Fit]:
    """Fits, writes, reads back and compares. Raises CalibrationRefused; the device then has what it had."""
    fits = fit(points)
    write(client, fits)
    return fits


def check_of(point: Point, after: Readings) -> Check:
    """A verification's point."""
    scale = 1e3 if point.kind == "voltage" else 1e6
    device = after.voltage_mv if point.kind == "voltage" else after.current_ua
    return Check(point.kind, point.range, point.asked / scale, device / scale, point.meter)


def title(step: Step, range_: int, part: float) -> str:
    """A point in words, for progress."""
    return f"{step.name}, {RANGE_NAMES[range_]} range, {part:.0%} of the highest"
