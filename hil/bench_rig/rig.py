"""The rig `bench`: a real Ionto-1 with a load box. It has the parts of `hil.rig.Rig`, and what it cannot give skips.

Time is real: `advance` waits until the board's own clock has moved on, by its telemetry.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any, NoReturn, Self

from hil.bench_rig import parts, ports
from hil.bench_rig.lacking import lacking
from hil.bench_rig.loads import BoxLoad
from hil.bench_rig.ports import Cables
from hil.bench_rig.supply import Supply
from hil.bench_rig.truth import BenchTruth, told
from hil.process import RigError
from hil.rig import RigFailure
from host_tools.errors import IontoError

SAMPLE_HZ = 100
_PUMP_S = 0.02
_LEAST_S = 1e-4
_QUIET_S = 0.3
_SILENT_S = 4.0
_PROOF_OHM = 4700
_IGNORED = ("tolerance_sigma", "record_truth", "realtime", "speed", "load_path", "wall_timeout_s")
_DEFAULTS = {"clock_before_wrap_ms": 20_000, "board_id": b"SIMBOARD", "program": None}


class BenchRig:
    """A real board in IDLE, freshly switched on, and the box as its person and fingers.

    Takes the options of `hil.rig.Rig`; one that a real board has no answer to skips the test. `cables` are the two
    transports, by default those of IONTO_PORT and IONTO_LOADBOX. Raises RigError, with nothing switched, unless a board
    in IDLE and a load box are there.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        cables: Cables | None = None,
        load: str | None = None,
        load_arguments: dict[str, Any] | None = None,
        area: float = 0.0,
        **options: Any,
    ):
        for name, value in options.items():
            if name not in _IGNORED and (name not in _DEFAULTS or value != _DEFAULTS[name]):
                lacking(f"{name} of a real board cannot be chosen")
        self.random = random.Random(seed)
        self.realtime = True
        self.is_firmware = True
        self.mute_expected = False
        self.closed = False
        self.expected_faults: set[int] = set()
        self._desk = ports.meet(cables or ports.open_ports())
        self._clock = self._desk.clock
        self._supply = Supply(self._desk, lambda: self._pump(_PUMP_S), self.advance)
        self.truth = BenchTruth(self.advance)
        self.board = parts.Board(self)
        self.person = parts.Person(self)
        self.buttons = parts.Buttons(self)
        self.panel = parts.Panel()
        self.transport = parts.Cable(self)
        try:
            load = load or os.environ.get("IONTO_LOAD") or "hil.person:Person"
            self.load = BoxLoad(load, load_arguments or {}, self._desk.loads_ohm)
            self._begin(area)
        except BaseException:
            self.close()
            raise

    def _begin(self, area: float) -> None:
        """Switches the board off and on, which is what every test begins with, and waits for IDLE."""
        self._desk.box.on_sample = self.truth.take
        self._desk.board.on_telemetry = self.truth.take_told
        self._desk.box.ask("rest")
        self._lost = self._desk.box.lost()
        self._desk.box.ask(f"stream {SAMPLE_HZ}")
        self._supply.cycle()
        if area:
            self.person.contact(area)

    # -- time -------------------------------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """Since the rig was made, by the box's clock."""
        return self.truth.now_us(self._clock())

    def advance(self, ms: float) -> None:
        """Waits until the board's clock has moved on by `ms`. Raises RigFailure if it falls silent or restarts."""
        uptime = self._desk.board.uptime
        by_board = self._supply.on and uptime.last_ms is not None
        end_us = self.now_us + ms * 1000  # the box's clock as well: what it measures is counted by that
        end_ms = uptime.now_ms(self._clock()) + ms
        while True:
            left_ms = (end_us - self.now_us) / 1000
            if by_board:
                left_ms = max(left_ms, end_ms - uptime.now_ms(self._clock()))
            if left_ms <= 0:
                return
            self._pump(max(_LEAST_S, min(_PUMP_S, left_ms / 1000)))

    def advance_until(self, predicate: Callable[[], Any], timeout_ms: float, step_ms: float = 10) -> Any:
        """Waits until `predicate()` is true; returns what it said. Raises RigFailure after `timeout_ms`."""
        end_us = self.now_us + round(timeout_ms * 1000)
        while True:
            result = predicate()
            if result:
                return result
            if self.now_us >= end_us:
                raise RigFailure(f"did not happen within {timeout_ms:g} ms: {predicate}\n{self.describe()}")
            self.advance(step_ms)

    def _pump(self, timeout_s: float) -> None:
        """Carries what has come, keeps the box awake, and looks after a board that says nothing."""
        board, box = self._desk.board, self._desk.box
        box.pump(0)
        board.pump(timeout_s)
        lost = box.keep_alive()
        if lost > self._lost:
            raise RigFailure("the load box has let go: it heard nothing from the rig for 2 s")
        if not self._supply.on:
            return
        if board.restarts:
            raise RigFailure("the board has restarted by itself")
        quiet_s = self._clock() - board.heard_s
        if quiet_s > _QUIET_S and not board.look() and quiet_s > _SILENT_S:
            raise RigFailure(f"the board has said nothing for {quiet_s:.0f} s")

    # -- what the parts do ------------------------------------------------------------------------------------------

    def ask_at(self, ms: float, line: str) -> None:
        """Has the box do something `ms` from now."""
        self._desk.box.ask(f"after {round(ms)} {line}" if ms else line)

    def send_raw(self, data: bytes) -> None:
        """Bytes on the board's line."""
        self._desk.send(data)

    def power(self, on: bool) -> None:
        """Interrupts the board's supply, or gives it back and waits until its link answers."""
        self._supply.switch(on)
        self.truth.now["powered"] = on

    # -- what a test expects ----------------------------------------------------------------------------------------

    def expect_fault(self, *numbers: int) -> None:
        """These faults may be set at the end of the test."""
        self.expected_faults.update(numbers)

    def expect_error(self, text: str) -> NoReturn:
        """Only a simulated board has errors of its own."""
        lacking(f"a real board reports no error {text!r}")

    @property
    def host(self) -> Any:
        """A host_tools client on the cable."""
        return self._desk.board

    def reported_fault(self) -> int:
        """The fault that the board reports over the link now; 0: none, or it is switched off. Raises RigFailure."""
        if not self._supply.on or self.mute_expected:
            return 0
        try:
            return int(self._desk.board.status().fault)
        except IontoError as error:
            raise RigFailure(f"the link does not answer at the end of the test: {error}\n{self.describe()}") from error

    def describe(self) -> str:
        """What the box measures and what the board says, for messages."""
        measured = f"{self.truth.current_ua:.0f} uA, {self.truth.now.get('electrode_mv')} mV"
        return f"load box: {measured}\nboard: {told(self.truth.telemetry)}"

    # -- the end ----------------------------------------------------------------------------------------------------

    def prove_safe(self) -> None:
        """Presses STOP and proves with the box, 1.2 s later, that nothing drives the electrodes. Raises RigFailure.

        First as the test left them, then with a resistor across them: a voltage that cannot flow shows in the first.
        """
        self.buttons.stop_press()
        self.advance(1200)
        for line in ("", f"load {_PROOF_OHM}"):
            if line:
                self._desk.box.ask(line)
                self.advance(20)
            if not self.truth.output_is_off():
                raise RigFailure(f"the output is on 1.2 s after STOP\n{self.describe()}")

    def close(self) -> None:
        """Puts the box at rest and the board back into IDLE, and lets go of both ports. Safe to call twice."""
        if self.closed:
            return
        self.closed = True
        try:
            self._desk.box.ask("rest")
            if self._supply.needs_cycle():
                self._supply.cycle()
        except (RigError, RigFailure, IontoError):
            pass  # the box lets go by itself, and the next rig says what is wrong before it switches anything
        finally:
            self._desk.box.close()
            self._desk.board.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
