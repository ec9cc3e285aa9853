"""The process of an emulated board: `python child.py <descriptor in> <descriptor out>`, started by the rig.

It takes and gives the same lines of JSON as the simulated board's process (hil/sim/child.py).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).resolve().parents[2]


class Session:
    """One emulated board and the rig at the other end of two pipes."""

    def __init__(self, commands: IO[bytes], answers: IO[bytes], config: dict[str, Any]):
        from hil.emu.chip import Chip
        from hil.sim import bus, facts
        from hil.sim.board import Board
        from hil.sim.truth import Truth

        self._commands = commands
        self._answers = answers
        self._bus = bus
        load = load_object(config["load"], config["load_arguments"])
        load.contact(config["area"])
        bus.seed_noise(config["seed"], facts.A_NOISE_LSB)
        bus.state[bus.B_NOISE] = facts.B_NOISE_FACTOR
        console = (lambda data: sys.stdout.write(bytes(data).decode(errors="replace"))) if config["console"] else None
        self.chip = Chip(Path(config["micropython"]), Path(config["image"]).read_bytes(), console)
        kernel = self.chip.kernel
        kernel.truth = Truth(config["truth_path"], config["truth_every"])
        self.board = Board(kernel, load, config["spread"], config["area"])
        self.chip.connect(self.board)
        self.chip.start(1)

    def answer(self, message: dict[str, Any]) -> None:
        self._answers.write((json.dumps(message) + "\n").encode())
        self._answers.flush()

    def report(self) -> dict[str, Any]:
        """What happened since the last one."""
        kernel = self.chip.kernel
        report = {"now_us": kernel.now_us, "board": self.board.snapshot(), "events": kernel.truth.take()}
        if self.chip.spi.errors:
            kernel.errors.append(f"{self.chip.spi.errors} SPI transfers with no part or both selected")
            self.chip.spi.errors = 0
        if kernel.errors:
            report["errors"], kernel.errors = kernel.errors, []
        if self.chip.sent:
            report["uart"] = self.chip.sent.hex()
            self.chip.sent.clear()
        return report

    def run(self) -> None:
        """Answers, takes a command, until the rig is gone."""
        report = self.report()
        while True:
            self.answer(report)
            line = self._commands.readline()
            if not line:
                return
            report = self.obey(json.loads(line))

    def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        """One command of the rig."""
        kernel = self.chip.kernel
        if "uart" in command:
            self.chip.uart.receive(bytes.fromhex(command["uart"]))
        for at_us, name, value in command.get("at", ()):
            kernel.later(max(at_us, kernel.now_us), name, value)
        if "until_us" in command:
            self.chip.run_until(command["until_us"])
            return self.report()
        answer: dict[str, Any] = {"now_us": kernel.now_us}
        if "oled" in command:
            answer |= {"ram": bytes(self.board.oled.ram).hex(), "oled": self.board.oled.state()}
        if "flush" in command:
            kernel.truth.flush()
            if kernel.truth.file:
                kernel.truth.file.flush()
        if "edges" in command:
            self.chip.log.edges = [] if command["edges"] else None
        if "ticks" in command:
            answer |= self.chip.log.take()
        return answer


def load_object(spec: str, arguments: dict[str, Any]) -> Any:
    """The load named `module:Class`. Raises ValueError with one clear sentence."""
    module_name, _, class_name = spec.partition(":")
    try:
        module = __import__(module_name, None, None, [class_name])
    except Exception as error:
        raise ValueError(f"load {spec}: module {module_name} does not import: {error!r}") from error
    cls = getattr(module, class_name, None)
    if cls is None:
        raise ValueError(f"load {spec}: module {module_name} has no {class_name}")
    try:
        made = cls(**arguments)
    except Exception as error:
        raise ValueError(f"load {spec}: {class_name}(...) raised {error!r}") from error
    for method in ("step", "contact"):
        if not callable(getattr(made, method, None)):
            raise ValueError(f"load {spec}: {class_name} has no method {method}()")
    return made


def main() -> None:
    commands = os.fdopen(int(sys.argv[1]), "rb")
    answers = os.fdopen(int(sys.argv[2]), "wb")
    config = json.loads(commands.readline())
    sys.path[0:1] = [str(_ROOT / "hil" / "emu" / "shims"), str(_ROOT), *config["load_path"]]
    from hil.emu import pointers

    pointers.install()
    try:
        session = Session(commands, answers, config)
    except ValueError as error:
        answers.write((json.dumps({"fatal": str(error)}) + "\n").encode())
        return
    session.run()


if __name__ == "__main__":
    main()
