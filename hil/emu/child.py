"""The process of an emulated board: `python child.py <descriptor of a socket>`, started by the nursery.

It takes and gives the same lines of JSON as the simulated board's process (hil/sim/child.py), and one more: `fork`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).resolve().parents[2]


class TruthFile:
    """Where the truth is written: into memory, for whoever is forked, and into the file of one rig."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._file: IO[bytes] | None = None

    def open(self, path: str) -> None:
        """From here on there is a file at `path`, with everything up to now."""
        self._file = Path(path).open("wb")  # noqa: SIM115
        self._file.write(self._kept)

    def write(self, data: Any) -> None:
        self._kept += bytes(data)
        if self._file is not None:
            self._file.write(data)

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()


class Session:
    """One emulated board and the rig at the other end of two pipes."""

    def __init__(self, commands: Any, answers: Any, config: dict[str, Any]):
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
        timer_us = config["clock_offset_ms"] * 1000  # both clocks, ticks_us and ticks_ms, wrap at 2**30 ms
        self.chip = Chip(Path(config["micropython"]), Path(config["image"]).read_bytes(), console, timer_us)
        kernel = self.chip.kernel
        kernel.truth = Truth(os.devnull, config["truth_every"])
        self._file = TruthFile()
        if kernel.truth.file is not None:
            kernel.truth.file.close()
            kernel.truth.file = self._file
        self.board = Board(
            kernel,
            load,
            config["spread"],
            config["area"],
            lambda arguments: load_object(config["load"], arguments),
        )
        self.board.fram.load(config["fram"])
        self.chip.connect(self.board)
        self.chip.start(0)

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
        if "fork" in command:
            return self.fork(command["fork"])
        if "until_us" in command:
            self.chip.run_until(command["until_us"])
            return self.report()
        answer: dict[str, Any] = {"now_us": kernel.now_us}
        if "oled" in command:
            answer |= {"ram": bytes(self.board.oled.ram).hex(), "oled": self.board.oled.state()}
        if "fram" in command:
            answer["fram"] = bytes(self.board.fram.array).hex()
        if "flush" in command:
            kernel.truth.flush()
            self._file.flush()
        if "edges" in command:
            self.chip.log.edges = [] if command["edges"] else None
        if "peek" in command:
            answer["words"] = self.chip.peek(command["peek"], command["words"])
        if "ticks" in command:
            answer |= self.chip.log.take()
        return answer

    def fork(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """A process that goes on from here for whoever listens at `wanted["socket"]`; this one goes on too."""
        sys.stdout.flush()
        if os.fork():
            return {"now_us": self.chip.kernel.now_us}
        self._commands.close()
        self._answers.close()
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(wanted["socket"])
            self._commands, self._answers = line.makefile("rb"), line.makefile("wb")
        printed = os.open(wanted["printed"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        os.close(printed)
        if wanted["truth"]:
            self._file.open(wanted["truth"])
        return {"now_us": self.chip.kernel.now_us, "pid": os.getpid()}


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
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what is forked
    with socket.socket(fileno=int(sys.argv[1])) as line:
        commands, answers = line.makefile("rb"), line.makefile("wb")
    config = json.loads(commands.readline())
    sys.path[0:1] = [str(_ROOT / "hil" / "emu" / "shims"), str(_ROOT), *config["load_path"]]
    from hil.emu import pointers

    pointers.install()
    try:
        session = Session(commands, answers, config)
    except ValueError as error:
        answers.write((json.dumps({"fatal": str(error)}) + "\n").encode())
        answers.flush()
        return
    session.run()


if __name__ == "__main__":
    main()
