"""A technician at a bench in memory, for tests of `ionto calibrate` and `ionto verify`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from host_tools import cli_calibrate, cli_guide
from host_tools.bench_db import BenchDb
from host_tools.calibrate import CALIBRATE, VERIFY, Step
from tests.cli_fakes import run, tools
from tests.support.fram import Fram
from tests.support.service_device import OPEN, BenchMeter, ServiceBench, ServiceTransport

LOADS = {"2 kΩ": 2000, "1 kΩ": 1000, "10 kΩ": 10_000}
STEPS = {"calibrate": CALIBRATE, "verify": VERIFY}


class Desk:
    """A technician with a board, a meter, loads, a folder and a database. `typed` answers prompts."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.fram = Fram()
        self.loads: dict[str, float] = dict(LOADS)
        self.typed: dict[str, str] = {}
        self.asked: list[str] = []
        self.connect = True
        self.plug_in()
        monkeypatch.setattr(cli_guide, "ask", self.ask)
        monkeypatch.setattr(cli_calibrate, "open_visa", lambda _: self.meter)

    def plug_in(self) -> None:
        """The cable, and a board that has just been switched on."""
        self.transport = ServiceTransport(ServiceBench(self.fram))
        self.meter = BenchMeter(self.transport)

    def pull(self) -> None:
        """The cable comes out."""
        self.transport.is_pulled = True

    @property
    def bench(self) -> ServiceBench:
        return self.transport.bench

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        if prompt.startswith("Enter when") and self.connect:
            wanted = next(self.steps).connect
            self.bench.load_ohm = next((ohm for name, ohm in self.loads.items() if name in wanted), OPEN)
        return next((text for part, text in self.typed.items() if part in prompt), "")

    def run(self, command: str, *more: str, at_step: int = 0) -> Result:
        self.steps: Iterator[Step] = iter(STEPS[command][at_step:])
        arguments = [command, "-t", "A. Tester", "--meter", "y", "--out", str(self.folder / "out"), *more]
        if "--db" not in more:
            arguments += ["--db", str(self.database)]
        return run(arguments, tools(self.transport))

    @property
    def database(self) -> Path:
        return self.folder / "bench.sqlite3"

    def rows(self, table: str) -> list[dict[str, Any]]:
        with BenchDb(self.database) as db:
            return [dict(row) for row in db.rows(f"SELECT * FROM {table} ORDER BY id")]

    def points(self) -> int:
        """How many are kept."""
        files = list((self.folder / "out").glob("*.points"))
        return sum(len(some) for file in files for some in json.loads(file.read_text())["points"].values())
