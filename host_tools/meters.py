"""Bench meters: typed in by hand, or read by SCPI over VISA. Readings in V or A."""

import math
import re
from collections.abc import Callable
from typing import Any, Protocol

from host_tools.calibration_errors import MeterError

READINGS = 5
MAX_SPREAD_PERCENT = 0.3
MAX_SPREAD = {"voltage": 0.005, "current": 12e-6}  # V, A

# Command sets: what to send before the first reading of a kind, and what asks for one.
COMMANDS = {
    "keysight": ({"voltage": "CONF:VOLT:DC AUTO", "current": "CONF:CURR:DC AUTO"}, "READ?"),
    "keithley": (
        {
            "voltage": ':SENS:FUNC "VOLT:DC";:SENS:VOLT:RANG:AUTO ON',
            "current": ':SENS:FUNC "CURR:DC";:SENS:CURR:RANG:AUTO ON',
        },
        ":READ?",
    ),
}  # fmt: skip
_FACTORS = {"": 1.0, "v": 1.0, "a": 1.0, "mv": 1e-3, "ma": 1e-3, "uv": 1e-6, "ua": 1e-6, "µa": 1e-6, "µv": 1e-6}


class Meter(Protocol):
    """Anything that reads one voltage (V) or current (A)."""

    name: str
    readings: int  # to take for a point

    def read(self, kind: str) -> float:
        """One reading. Raises MeterError."""
        ...


def parse_reading(text: str, kind: str) -> float:
    """A typed reading in V or A: a point or a comma, with a unit; without one it is V, or mA for a current.

    Raises MeterError.
    """
    match = re.fullmatch(r"\s*([+-]?\d+(?:[.,]\d+)?)\s*([a-zµ]*)\s*", text.lower().replace("μ", "µ"))
    if match is None or match[2] not in _FACTORS:
        raise MeterError(f"{text.strip()!r} is no reading: type a number, as 4.997 mA or 12,03 V")
    unit = match[2] or ("v" if kind == "voltage" else "ma")
    if unit[-1] != ("v" if kind == "voltage" else "a"):
        raise MeterError(f"{text.strip()!r} has the wrong unit: a {kind} is wanted")
    return float(match[1].replace(",", ".")) * _FACTORS[unit]


class HandMeter:
    """A person reads the meter and types what it says. `ask(prompt)` returns a line."""

    readings = 1

    def __init__(self, ask: Callable[[str], str], name: str) -> None:
        self.name = name
        self._ask = ask

    def read(self, kind: str) -> float:
        """Asks until something is typed that is a reading."""
        prompt = "meter, V: " if kind == "voltage" else "meter, mA: "
        while True:
            try:
                return parse_reading(self._ask(prompt), kind)
            except MeterError as error:
                prompt = f"{error}: "


class ScpiMeter:
    """A meter behind `resource`, an open VISA resource with `write`, `query` and `close`."""

    readings = READINGS

    def __init__(self, resource: Any) -> None:
        self._resource = resource
        self._kind = ""
        self.name = self._query("*IDN?").strip()
        family = next((name for name in COMMANDS if name in self.name.lower()), "keysight")
        self._setups, self._read = COMMANDS[family]

    def read(self, kind: str) -> float:
        """One reading. Raises MeterError if it answers nonsense, nothing, or overrange."""
        if kind != self._kind:
            self._send(self._setups[kind])
            self._kind = kind
        text = self._query(self._read)
        try:
            value = float(text.split(",")[0])
        except ValueError as error:
            raise MeterError(f"the meter answers {text.strip()[:40]!r}, which is no reading") from error
        if not math.isfinite(value) or abs(value) > 1e30:
            raise MeterError("the meter overranges: choose a higher range, and look at how it is connected")
        return value

    def _send(self, text: str) -> None:
        try:
            self._resource.write(text)
        except Exception as error:
            raise MeterError(f"the meter takes no command ({error}): is it on, is its cable in?") from error

    def _query(self, text: str) -> str:
        try:
            return str(self._resource.query(text))
        except Exception as error:
            raise MeterError(f"the meter does not answer ({error}): is it on, is its cable in?") from error


def open_visa(address: str) -> ScpiMeter:
    """The meter at a VISA address, by pyvisa with pyvisa-py. Raises MeterError."""
    try:
        import pyvisa  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MeterError("reading a meter by itself takes: pip install 'ionto[meters]'") from error
    try:
        resource = pyvisa.ResourceManager("@py").open_resource(address, read_termination="\n", write_termination="\n")
    except Exception as error:
        raise MeterError(f"no meter at {address}: {error}") from error
    return ScpiMeter(resource)


def steady(values: list[float], kind: str) -> float:
    """The mean of some readings. Raises MeterError if they are too far apart."""
    mean = sum(values) / len(values)
    spread = max(values) - min(values)
    allowed = max(MAX_SPREAD[kind], abs(mean) * MAX_SPREAD_PERCENT / 100)
    if spread > allowed:
        unit = "V" if kind == "voltage" else "A"
        raise MeterError(
            f"the reading is not steady: it moves by {spread:.3g} {unit}, {allowed:.3g} {unit} are allowed"
        )
    return mean
