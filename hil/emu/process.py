"""The process in which an emulated board runs. It speaks as the simulated board's does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hil.board_config import FIRMWARE
from hil.emu.image import built_image, image_of, micropython_uf2
from hil.emu.line import Line
from hil.emu.nursery import Step, nursery
from hil.process import BoardProcess, RigError

_COPY_EVERY_US = 200_000
_USED = ("load", "load_arguments", "area", "seed", "spread", "fram", "truth_every", "clock_offset_ms")


class EmuProcess(BoardProcess):
    """One emulated board. As long as its run is one that the nursery knows, there is no process at all."""

    waits_for_uart = False
    fixed_board_id = b"\xff" * 8  # the emulated flash does not know the command that asks for it

    def __init__(self, config: dict[str, Any], **_options: Any):
        program = None if config["is_firmware"] else Path(config["programs"][0])
        shims = str(Path("hil", "sim", "shims"))
        used = {name: config[name] for name in _USED} | {
            "micropython": str(micropython_uf2()),
            "image": str(
                built_image(program) if config["folder"] == str(FIRMWARE) else image_of(Path(config["folder"]))
            ),
            "load_path": [path for path in config["path"] if not path.endswith(shims)],
            "console": bool(os.environ.get("IONTO_EMU_CONSOLE")),
        }
        self._family = nursery().family(used)
        self._truth: str = config["truth_path"]
        self._steps: list[Step] = []
        self._line: Line | None = None
        self._copied_us = 0
        self._is_plain = True  # it can be told by its commands
        self._text = ""
        self._is_closed = False

    @property
    def pid(self) -> int:
        """Of the process; 0 if there is none."""
        return self._line.pid if self._line else 0

    def printed(self) -> str:
        """What the board's process printed so far; with IONTO_EMU_CONSOLE the firmware's own output and tracebacks."""
        return self._line.printed() if self._line else self._text

    def answer(self) -> dict[str, Any]:
        """What the board says before the first command."""
        return self._family.first

    def request(self, command: dict[str, Any]) -> dict[str, Any]:
        """Sends `command`, returns the answer. Raises RigError if the process ended or does not answer."""
        if self._is_closed:
            raise RigError("the emulated board's process has been ended")
        text = json.dumps(command)
        is_step = command.keys() <= {"until_us", "at", "uart"}
        key = self._family.after(self._steps[-1].key if self._steps else self._family.key, text)
        if self._line is None:
            known = self._family.recall(key) if is_step else None
            if known is not None:
                self._steps.append(Step(key, text, known))
                self._copied_us = known["now_us"]
                return known
            self._line = self._family.fork(self._steps, self._truth)
        found = self._line.ask(text)
        if is_step:
            self._steps.append(Step(key, text, found))
            self._leave_copy(command, found["now_us"])
        elif command.keys() & {"ticks", "edges"}:
            self._is_plain = False
        return found

    def _leave_copy(self, command: dict[str, Any], now_us: int) -> None:
        if self._line and self._is_plain and "until_us" in command and now_us - self._copied_us >= _COPY_EVERY_US:
            self._copied_us = now_us
            self._family.leave_copy(self._line, self._steps)

    def close(self) -> None:
        """Ends the process. Safe to call twice."""
        self._is_closed = True
        if self._line is not None:
            self._text = self._line.printed()
            self._line.end()
            self._line = None
