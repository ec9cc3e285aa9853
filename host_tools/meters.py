"""Bench meters: typed in by hand, or read by SCPI over VISA. Readings in V or A."""

import math
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from host_tools.calibration_errors import MeterError
from host_tools.extras import need

READINGS = 5
TIMEOUT_MS = 5000
MAX_SPREAD_PERCENT = 0.3
MAX_SPREAD = {"voltage": 0.005, "current": 12e-6}  # V, A

# Command sets: what to send before the first reading of a kind, and what asks for one.
COMMANDS = {
    "keysight": ({"voltage": ("CONF:VOLT:DC AUTO",), "current": ("CONF:CURR:DC AUTO",)}, "READ?"),
    "keithley": (
        {
            "voltage": (':SENS:FUNC "VOLT:DC"', ":SENS:VOLT:RANG:AUTO ON"),
            "current": (':SENS:FUNC "CURR:DC"', ":SENS:CURR:RANG:AUTO ON"),
        },
        ":READ?",
    ),
}  # fmt: skip
_FACTORS = {"": 1.0, "v": 1.0, "a": 1.0, "mv": 1e-3, "ma": 1e-3, "uv": 1e-6, "ua": 1e-6, "µa": 1e-6, "µv": 1e-6}


class Meter(Protocol):
    """Anything that reads one voltage (V) or current (A)."""

    name: str
    readings: int  # to take for a point
    is_slow: bool  # a reading may take longer than the device waits for a sign of life

    def read(self, kind: str) -> float:
        """One reading. Raises MeterError."""
        ...


def parse_reading(text: str, kind: str) -> float:
    """A typed reading in V or A: a point or a comma, with a unit; without one it is V, or mA for a current.

    Raises MeterError.
    """
    if text.strip().lower().lstrip("-") in ("ol", "o.l", "0l", "0.l", "overload"):
        raise MeterError("the meter overranges: choose a higher range, and look at how it is connected")
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
    is_slow = True

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
    """A meter behind `resource`, an open VISA resource with `write`, `query`, `clear` and `close`."""

    readings = READINGS
    is_slow = True  # with autorange and its usual integration a reading may take a second

    def __init__(self, resource: Any) -> None:
        self._resource = resource
        self._kind = ""
        self.name = self._query("*IDN?").strip()
        family = next((name for name in COMMANDS if name in self.name.lower()), "keysight")
        self._setups, self._read = COMMANDS[family]

    def read(self, kind: str) -> float:
        """One reading. Raises MeterError if it answers nonsense, nothing, or overrange."""
        if kind != self._kind:
            self._set_up(kind)
        text = self._query(self._read)
        try:
            value = float(text.split(",")[0])
        except ValueError as error:
            self._kind = ""
            raise MeterError(f"the meter answers {text.strip()[:40]!r}, which is no reading") from error
        if not math.isfinite(value) or abs(value) > 1e30:
            raise MeterError("the meter overranges: choose a higher range, and look at how it is connected")
        return value

    def close(self) -> None:
        """Lets go of the meter."""
        with suppress(Exception):
            self._resource.close()

    def _set_up(self, kind: str) -> None:
        """Sets it to volts or amperes, and makes sure that it took that: a reading of the other would look like one."""
        for command in ("*CLS", *self._setups[kind]):
            self._send(command)
        answer = self._query("SYST:ERR?").strip()
        match = re.match(r"([+-]?\d+)\s*,", answer)
        if match is None:
            raise MeterError(f"the meter answers {answer[:40]!r} where its errors are asked for: switch it off and on")
        if int(match[1]):
            commands = " and ".join(self._setups[kind])
            raise MeterError(f"the meter does not take {commands} ({answer}): read it by hand")
        self._kind = kind

    def _send(self, text: str) -> None:
        try:
            self._resource.write(text)
        except Exception as error:
            raise self._lost("takes no command", error) from error

    def _query(self, text: str) -> str:
        try:
            return str(self._resource.query(text))
        except Exception as error:
            raise self._lost("does not answer", error) from error

    def _lost(self, what: str, error: Exception) -> MeterError:
        """Drops an answer that may still come, as it would be taken for the next one's; sets the meter up anew."""
        self._kind = ""
        with suppress(Exception):
            self._resource.clear()
        return MeterError(f"the meter {what} ({error}): is it on, is its cable in?")


def open_visa(address: str, library: str = "@py") -> ScpiMeter:
    """The meter at a VISA address, by pyvisa with pyvisa-py. Raises MeterError, NotInstalledError."""
    need("pyvisa", "pyvisa_py")
    import pyvisa

    try:
        resource: Any = pyvisa.ResourceManager(library).open_resource(address)
        resource.read_termination = resource.write_termination = "\n"
        resource.timeout = TIMEOUT_MS
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
