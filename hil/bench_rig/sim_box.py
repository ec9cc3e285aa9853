"""The simulated load box, seen from the host: its process, its pins, and the resistance that they make."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from hil.process import ROOT, BoardProcess

# The box's hardware, in numbers of its own: nothing here is taken from its firmware.
BRANCHES_OHM = {2: 68e3, 3: 150e3, 4: 41e3, 5: 18e3, 6: 8440.0, 7: 3730.0, 8: 1450.0, 9: 1.0}
ALWAYS_OHM = 100.0 + 47.0 + 2.0
CONTACT = 10
BUTTONS = {11: "UP", 12: "DOWN", 13: "MODE", 14: "START"}
STOP = 15
POWER = 16
SHUNT_OHM = 47.0
SUPPLY_V = 3.3
LOW_V = 1.65
DIVIDER = 68.0 / (2200.0 + 68.0)
RELAY_US = 500
_NOISE_CODES = 16.0  # of 65,536: 1 LSB of the converter, in the mean of a few readings
_CHILD = ROOT / "hil" / "box_sim" / "child.py"


class Change(NamedTuple):
    """A pin that changed its level."""

    time_us: int
    pin: int
    level: int


class SimBox:
    """One load box. `advance` runs its firmware; `levels` are its pins."""

    def __init__(self, seed: int = 1, programs: Sequence[Path] = (), jumper: bool = False):
        self.levels: dict[int, int] = {}
        self.uart_sinks: list[Callable[[bytes], None]] = []
        self.errors: list[str] = []
        self.resets = 0
        self.jumper = jumper
        self._random = random.Random(seed)
        self._input = b""
        firmware = [ROOT / "loadbox" / name for name in ("boot.py", "main.py")]
        config = {
            "path": [str(ROOT / "hil" / "box_sim" / "shims"), str(ROOT)],
            "programs": [str(path) for path in programs or firmware],
            "board_id": b"LOADBOX1".hex(),
            "jumper": int(jumper),
        }
        self._process = _Process(config, heap="1M")
        try:
            self._process.answer()
        except BaseException:
            self.close()
            raise

    def send_uart(self, data: bytes) -> None:
        """From the host to the box."""
        self._input += data

    def advance(self, until_us: int, current_a: float, electrode_v: float) -> list[Change]:
        """Runs the box until `until_us` while it sees this current and voltage. Returns the pins that changed."""
        command = {"until_us": until_us, "uart": self._input.hex(), "codes": self._codes(current_a, electrode_v)}
        self._input = b""
        report = self._process.request(command | {"jumper": int(self.jumper)})
        changes = [Change(*row) for row in report["changes"]]
        self.levels |= {change.pin: change.level for change in changes}
        self.errors += report["errors"]
        self.resets = report["resets"]
        data = bytes.fromhex(report["uart"])
        for sink in self.uart_sinks if data else ():
            sink(data)
        return changes

    def _codes(self, current_a: float, electrode_v: float) -> dict[str, int]:
        volts = {"26": LOW_V + current_a * SHUNT_OHM, "27": LOW_V, "28": LOW_V + electrode_v * DIVIDER}
        noisy = {pin: v / SUPPLY_V * 65535 + self._random.gauss(0, _NOISE_CODES) for pin, v in volts.items()}
        return {pin: max(0, min(65535, round(code))) for pin, code in noisy.items()}

    def printed(self) -> str:
        """Tracebacks of the box's firmware."""
        return self._process.printed()

    def close(self) -> None:
        """Ends the process. Safe to call twice."""
        self._process.close()


class _Process(BoardProcess):
    """The process of one simulated load box."""

    def _command_line(self, heap: str) -> list[str]:
        command = super()._command_line(heap)
        return [*command[:-1], str(_CHILD)]


def ohm(levels: dict[int, int]) -> float | None:
    """Between the electrode terminals with these pins; None: open."""
    siemens = sum(1 / branch for pin, branch in BRANCHES_OHM.items() if levels.get(pin))
    if not levels.get(CONTACT) or not siemens:
        return None
    return ALWAYS_OHM + 1 / siemens
