"""The rig: one board under test, with what a test needs to touch and to see. Time is the rig's.

with Rig(seed=1) as rig:
    rig.advance(3000)
    rig.buttons.press("START")
    rig.person.contact(1.0)
    print(rig.truth.current_ua)
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from hil.board_config import FIRMWARE, draw_spread, firmware_files, search_path
from hil.emu.process import EmuProcess
from hil.memory import memory_content
from hil.parts import BoardPart, Buttons, Panel, PersonPart, Transport
from hil.process import BoardProcess, RigError
from hil.sim import facts
from hil.truth import Truth

RIGS = {"sim": BoardProcess, "emu": EmuProcess}
_FOREVER_US = 1 << 60
_GRANT_US = 1_000_000


class RigFailure(AssertionError):
    """Something that no test may leave behind: a dead timer, an output that stays on, an unexpected fault."""


class Rig:
    """A simulated board, a person and a cable, deterministic from `seed`.

    Args:
        seed: everything random: the board's spread, noise, bounce.
        load: `module:Class` of another load; IONTO_LOAD by default, else the person.
        load_arguments: keywords for it.
        area: contact area at the start.
        program: a file to run in place of the firmware.
        firmware: another folder with the firmware's files, as they stand on a device; compiled for the emulated one.
        record_truth: a sample every that many ticks; 0 records none (events and the maximum always are).
        tolerance_sigma: spread of the board's parts; 0 is the nominal board.
        realtime: `advance` takes as long as it says, divided by `speed`.
        fram: the memory: `calibrated` for the spread, `blank`, `foreign`, `cut` in its first calibration, or its bytes.
        clock_before_wrap_ms: both clocks of the chip start this long before their wrap.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        load: str | None = None,
        load_arguments: dict[str, Any] | None = None,
        area: float = 0.0,
        program: str | Path | None = None,
        firmware: Path = FIRMWARE,
        record_truth: int = 1,
        tolerance_sigma: float = 1.0,
        realtime: bool = False,
        speed: float = 1.0,
        clock_before_wrap_ms: int = 20_000,
        board_id: bytes = b"SIMBOARD",
        fram: str | bytes = "calibrated",
        load_path: Sequence[str] = (),
        wall_timeout_s: float = 60.0,
    ):
        kind = os.environ.get("IONTO_RIG") or "sim"
        if kind not in RIGS:
            raise RigError(f"IONTO_RIG is {kind!r}; there are: {', '.join(RIGS)}")
        self.random = random.Random(seed)
        self.realtime = realtime
        self.speed = speed
        self.uart_sinks: list[Callable[[bytes], None]] = []
        self.now_us = 0
        self.is_firmware = program is None
        self.expected_faults: set[int] = set()
        self.expected_errors: list[str] = []
        self.errors: list[str] = []
        self.mute_expected = False  # a test that leaves the link dead sets it
        self.closed = False
        self._pending: list[list[Any]] = []
        self._client: Any = None
        self._directory = Path(tempfile.mkdtemp(prefix="ionto-rig-"))
        every = int(record_truth)
        self.truth = Truth(self._directory / "truth.bin", self._flush_truth, every)
        self.board = BoardPart(self)
        self.person = PersonPart(self)
        self.buttons = Buttons(self)
        self.panel = Panel(self)
        self._outgoing = bytearray()
        self.transport = Transport(self)
        self.board_id = RIGS[kind].fixed_board_id or board_id
        spread = draw_spread(seed, tolerance_sigma)
        load = load or os.environ.get("IONTO_LOAD") or "hil.person:Person"
        config = {
            "path": search_path(load_path, firmware),
            "programs": [str(Path(program).resolve())] if program else firmware_files(firmware),
            "folder": str(firmware),
            "load": load,
            "load_arguments": load_arguments or {},
            "area": float(area),
            "seed": seed,
            "spread": spread,
            "fram": memory_content(fram, spread, self.board_id).hex(),
            "truth_path": str(self._directory / "truth.bin"),
            "truth_every": every,
            "clock_offset_us": (1 << 30) - clock_before_wrap_ms * 1000,
            "clock_offset_ms": (1 << 30) - clock_before_wrap_ms,
            "board_id": board_id.hex(),
            "gc_threshold": 500_000,
            "is_firmware": self.is_firmware,
        }
        try:
            self._process = RIGS[kind](config, wall_timeout_s=wall_timeout_s)
            self._absorb(self._process.answer())
        except BaseException:
            self.close()
            raise
        self._wall_start_s = time.monotonic()

    # -- time -------------------------------------------------------------------------------------------------------

    def at(self, ms: float, name: str, value: Any = 0) -> None:
        """Schedules a physical event `ms` from now."""
        self._pending.append([self.now_us + round(ms * 1000), name, value])

    def request(self, command: dict[str, Any]) -> dict[str, Any]:
        """A command to the board's process that grants no time."""
        return self._process.request(self._with_outgoing(command))

    def _with_outgoing(self, command: dict[str, Any]) -> dict[str, Any]:
        """The command, with what the host has sent since the last one."""
        if self._outgoing:
            command["uart"] = self._outgoing.hex()
            self._outgoing.clear()
        return command

    def _flush_truth(self) -> None:
        self.request({"flush": 1})

    def send_uart(self, data: bytes) -> None:
        self._outgoing += data

    def advance(self, ms: float) -> None:
        """Lets `ms` of virtual time pass. Raises RigFailure as soon as something broke in the simulated board."""
        end_us = self.now_us + round(ms * 1000)
        while self.now_us < end_us:
            step_us = min(end_us - self.now_us, 20_000 if self.realtime else _GRANT_US)
            command = {"until_us": self.now_us + step_us, "at": self._pending}
            self._pending = []
            self._absorb(self._process.request(self._with_outgoing(command)))
            if self.realtime:
                self._wait()

    def advance_to_uart(self, ms: float, step_ms: float) -> None:
        """Like advance(), but ends after any whole `step_ms` in which the board has sent something."""
        if self.realtime or not self._process.waits_for_uart:
            self.advance(min(ms, step_ms))
            return
        command = {"until_us": self.now_us + round(ms * 1000), "step_us": round(step_ms * 1000), "at": self._pending}
        self._pending = []
        self._absorb(self._process.request(self._with_outgoing(command)))

    def _wait(self) -> None:
        """Until real time has caught up. Time that the computer lost for good is not made up for."""
        ahead_s = self.now_us / 1e6 / self.speed - (time.monotonic() - self._wall_start_s)
        if ahead_s > 0:
            time.sleep(ahead_s)
        elif ahead_s < -0.5:
            self._wall_start_s -= ahead_s

    def advance_until(self, predicate: Callable[[], Any], timeout_ms: float, step_ms: float = 10) -> Any:
        """Lets time pass until `predicate()` is true; returns what it said. Raises RigFailure after `timeout_ms`."""
        end_us = self.now_us + round(timeout_ms * 1000)
        while True:
            result = predicate()
            if result:
                return result
            if self.now_us >= end_us:
                raise RigFailure(f"did not happen within {timeout_ms:g} ms: {predicate}\n{self.describe()}")
            self.advance(step_ms)

    def _absorb(self, report: dict[str, Any]) -> None:
        self.now_us = report["now_us"]
        self.truth._absorb(report)
        if "uart" in report:
            data = bytes.fromhex(report["uart"])
            self.transport._absorb(data)
            for sink in self.uart_sinks:
                sink(data)
        for text in report.get("errors", ()):
            self.errors.append(text)
            if not self._is_expected(text):
                raise RigFailure(f"at {self.now_us / 1e6:.6f} s: {text}\n{self.describe()}")

    def _is_expected(self, text: str) -> bool:
        return any(part in text for part in self.expected_errors)

    # -- what a test expects ----------------------------------------------------------------------------------------

    def expect_fault(self, *numbers: int) -> None:
        """These faults may be set at the end of the test."""
        self.expected_faults.update(numbers)

    def expect_error(self, text: str) -> None:
        """An error of the simulated board that contains `text` does not fail the test."""
        self.expected_errors.append(text)

    @property
    def host(self) -> Any:
        """A host_tools client on the cable."""
        if self._client is None:
            from host_tools.client import Client

            self._client = Client(self.transport, clock=lambda: self.now_us / 1e6)
        return self._client

    def reported_fault(self) -> int:
        """The fault that the device reports over the link now; 0: none, or there is no firmware or no cable.

        Raises RigFailure if a firmware that is on does not answer.
        """
        if not self.is_firmware or not self.transport.plugged or not self.truth.now["powered"] or self.mute_expected:
            return 0
        try:
            return int(self.host.status().fault)
        except Exception as error:
            raise RigFailure(
                f"the link does not answer at the end of the test: {error!r}\n{self.describe()}"
            ) from error

    def output(self) -> str:
        """What the board's program printed."""
        return self._process.printed()

    def describe(self) -> str:
        """The board's state and what it printed, for messages."""
        events = "\n".join(f"  {e.time_us / 1e6:11.6f} s {e.name} {e.value}" for e in self.truth.events[-20:])
        return f"board: {self.truth.now}\nlast events:\n{events}\nprinted:\n{self._process.printed()}"

    # -- the end ----------------------------------------------------------------------------------------------------

    def prove_safe(self) -> None:
        """Presses STOP and proves that the output is off when K1 has opened, and that nothing broke. Raises RigFailure.

        Waits 1.2 s for K1, which a welded one lets pass, and 100 ms more, in which nothing may come back. The physical
        part does not depend on the firmware's word.
        """
        self.buttons.stop_press()
        for _ in range(24):
            if not self.truth.k1_closed:
                break
            self.advance(50)
        self.advance(100)
        now = self.truth.now
        off = not self.truth.k1_closed or now["amplifier_mv"] < facts.ZERO_V * 1000
        if not off or abs(self.truth.current_ua) >= 50:
            raise RigFailure(f"the output is on after STOP\n{self.describe()}")
        unexpected = [e for e in self.truth.violations() if not self._is_expected(e.name)]
        if unexpected:
            raise RigFailure(f"{unexpected}\n{self.describe()}")

    def close(self) -> None:
        """Ends the board's process and removes the recorded truth. Safe to call twice."""
        self.closed = True
        process = getattr(self, "_process", None)
        if process is not None:
            process.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
