"""Guides a technician through a calibration or a verification: what to connect, each point, resume and undo.

Every point is kept in a file as soon as it is measured, so an interruption costs one point. The device's output is on
only while a point is measured, and ends by itself if this program does not say so twice a second.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from host_tools.calibration_errors import CalibrationRefused, MeterError
from host_tools.calibration_fit import MODES, RANGE_NAMES, Fit, Point, check_meter, fit_range
from host_tools.client import Client
from host_tools.errors import IontoError, RefusedError
from host_tools.meters import Meter, steady
from host_tools.records import Readings
from ionto import store_map, store_records
from ionto.messages_service import SUM_MASK

SETTLE_TRIES = 150  # of POLL_S: the longest ramp takes 7 s, the look at the load 2 s
POLL_S = 0.1
REST_POLLS = 15
ATTEMPTS = 3  # of a point whose reading is not steady
FIT_PARTS = (0.08, 0.24, 0.42, 0.60, 0.78, 0.97)  # of the highest that the device allows
VERIFY_PARTS = (0.16, 0.51, 0.88)
TOLERANCE_PERCENT = 2.0
TOLERANCE = {"voltage": 0.100, "current": 30e-6}  # V, A


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


class Session:
    """The points measured so far, in a file of their own. `key` says whose they are: board, and what for."""

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key
        self.points: dict[str, list[Point]] = {}  # by step

    def load(self) -> bool:
        """Takes up what the file has of the same key. Returns whether there was any."""
        with suppress(FileNotFoundError):
            try:
                found = json.loads(self.path.read_text(encoding="utf-8"))
                if found["key"] == self.key:
                    self.points = {name: [Point(**one) for one in some] for name, some in found["points"].items()}
            except (ValueError, KeyError, TypeError) as error:
                raise CalibrationRefused(f"{self.path} is damaged: remove it to begin anew") from error
        return bool(self.points)

    def save(self) -> None:
        """Writes the file, whole or not at all."""
        rows = {name: [asdict(one) for one in some] for name, some in self.points.items()}
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"key": self.key, "points": rows}, indent=1), encoding="utf-8")
        part.replace(self.path)

    def undo(self, step: str) -> None:
        """Forgets the points of a step."""
        self.points.pop(step, None)
        self.save()

    def all(self) -> list[Point]:
        """Every point."""
        return [point for some in self.points.values() for point in some]


class Bench:
    """Measures points on a device in SERVICE with a meter. `say(text)` shows progress."""

    def __init__(self, client: Client, meter: Meter, say: Callable[[str], None]) -> None:
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
        values = []
        for _ in range(self._meter.readings):
            client.poll(POLL_S)
            values.append(self._read(kind))
            after = client.service_read()
        for _ in range(max(0, 5 - self._meter.readings)):
            client.poll(POLL_S)
            after = client.service_read()
        if after.kind == 0:
            raise CalibrationRefused("the output ended while the meter was read: is the load still connected?")
        meter = steady(values, kind)
        full = MODES[range_].max_electrode_mv / 1e3 if kind == "voltage" else MODES[range_].max_ua / 1e6
        check_meter(kind, asked / (1e3 if kind == "voltage" else 1e6), meter, full)
        return Point(kind, range_, asked, meter, **means(before, after)), after

    def _settled(self, kind: str) -> Readings:
        for _ in range(SETTLE_TRIES):
            self._client.poll(POLL_S)
            readings = self._client.service_read()
            if readings.fault or readings.cut or readings.kind == 0:
                raise CalibrationRefused(
                    f"the device ended its output (fault {readings.fault}, cut {readings.cut}): look at its panel"
                )
            if readings.is_settled:
                for _ in range(5):
                    self._client.poll(POLL_S)
                    readings = self._client.service_read()
                return readings
        what = "a circuit" if kind == "current" else "the voltage"
        raise CalibrationRefused(f"the device does not find {what}: is the load connected, and the meter in series?")

    def _read(self, kind: str) -> float:
        """One reading; a person who types takes longer than the device waits, so signs of life go on meanwhile."""
        if self._meter.readings > 1:
            return self._meter.read(kind)
        return read_alive(self._client, self._meter, kind)


def read_alive(client: Client, meter: Meter, kind: str) -> float:
    """A reading by a meter that may take minutes, with signs of life to the device until it is there."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(meter.read, kind)
        while not reading.done():
            client.service_read()
            client.poll(POLL_S)
        return reading.result()


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


def calibrate(client: Client, points: Sequence[Point]) -> tuple[Fit, Fit]:
    """Fits, writes, reads back and compares. Raises CalibrationRefused; the device then has what it had."""
    fits = (fit_range(0, points), fit_range(1, points))
    values = [value for fit in fits for value in fit.row]
    client.service_save(values)
    size_bytes = client.region_info(store_map.CALIBRATION).payload_bytes
    stored = client.read_records(store_map.CALIBRATION)
    if not stored.whole or store_records.unpack_calibration(stored.data[:size_bytes]) != tuple(f.row for f in fits):
        raise IontoError("the device does not read back what was written: calibrate again, or have its memory checked")
    return fits


@dataclass(frozen=True)
class Check:
    """One point of a verification: what the device said, by its calibration, against the meter. In V or A."""

    kind: str
    range: int
    asked: float
    device: float
    meter: float

    @property
    def allowed(self) -> float:
        """How far device and meter may be apart."""
        return max(TOLERANCE[self.kind], abs(self.meter) * TOLERANCE_PERCENT / 100)

    @property
    def passed(self) -> bool:
        """What the device said, and a current that was asked for, are both what the meter says."""
        off = [self.device - self.meter] + ([self.asked - self.meter] if self.kind == "current" else [])
        return max(abs(one) for one in off) <= self.allowed


def check_of(point: Point, after: Readings) -> Check:
    """A verification's point."""
    scale = 1e3 if point.kind == "voltage" else 1e6
    device = after.voltage_mv if point.kind == "voltage" else after.current_ua
    return Check(point.kind, point.range, point.asked / scale, device / scale, point.meter)


def title(step: Step, range_: int, part: float) -> str:
    """A point in words, for progress."""
    return f"{step.name}, {RANGE_NAMES[range_]} range, {part:.0%} of the highest"
