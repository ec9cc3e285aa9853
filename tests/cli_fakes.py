"""Fakes for tests of the `ionto` command: a session that never was, and a device in memory on the firmware's own link.

Time is the bench's: reading from the transport moves it, and nothing else does.
"""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from typer.testing import CliRunner, Result

from host_tools.cli import app
from host_tools.cli_context import Tools
from host_tools.framing import Decoder
from host_tools.records import Event, Record, Telemetry
from host_tools.transport import Port
from ionto import faults, messages
from ionto.messages import STATES
from tests.link_fakes import BenchTransport, LinkBench
from tests.support.schemas import validate_output

Script = tuple[tuple[float, str], ...]
"""When each state begins, in seconds."""

SESSION: Script = (
    (0, "IDLE"),
    (5, "CONFIRM"),
    (9, "ARMING"),
    (14, "ARMED"),
    (30, "RAMP_UP"),
    (50, "HOLD"),
    (215, "PAUSED"),
    (240, "RAMP_UP"),
    (262, "HOLD"),
    (640, "RAMP_DOWN"),
    (650, "DONE"),
    (660, "IDLE"),
)
SHORT: Script = ((0, "IDLE"), (1, "ARMED"), (2, "RAMP_UP"), (4, "HOLD"), (7, "RAMP_DOWN"), (8, "DONE"))
_DRIVEN = ("RAMP_UP", "HOLD", "RAMP_DOWN", "REVERSING")


def state_at(script: Script, at_s: float) -> tuple[str, float]:
    """The state at a time, and for how long it has been that."""
    began_s, state = [step for step in script if step[0] <= at_s][-1]
    return state, at_s - began_s


def sample(script: Script, at_s: float) -> Telemetry:
    """What a FACE session would report at a time, without a physical model: smooth and plausible."""
    state, in_state_s = state_at(script, at_s)
    level_ua = 500 if at_s < 60 else min(1500, 500 + 100 * int((at_s - 60) / 2)) if at_s < 400 else 1200
    setpoint = {"RAMP_UP": min(level_ua, 50 * in_state_s), "HOLD": level_ua, "RAMP_DOWN": level_ua - 120 * in_state_s}
    setpoint_ua = max(0, int(setpoint[state])) if state in setpoint else None
    current_ua = 0 if setpoint_ua is None else int(setpoint_ua * 0.99) + int(at_s * 7) % 9
    resistance = int(4000 + 26000 / (1 + at_s / 60)) if state in (*_DRIVEN, "ARMED") else None
    ramping = state in ("RAMP_UP", "RAMP_DOWN")
    return Telemetry(
        time_ms=round(at_s * 1000),
        state=STATES.index(state),
        reasons=faults.RAMPING if ramping else faults.V_LIMIT if 100 < at_s < 120 else 0,
        fault=0,
        level_ua=level_ua,
        setpoint_ua=setpoint_ua,
        current_ua=current_ua,
        current_b_ua=current_ua + 6,
        voltage_mv=int(current_ua * (resistance or 0) / 1000) if current_ua else 1500 if state == "ARMED" else 0,
        resistance_ohm=resistance,
        remaining_s=max(0, 600 - round(max(0, at_s - 30))),
        charge_ua_s=int(max(0, at_s - 30) * 1200),
    )


def events_between(before: Telemetry, now: Telemetry) -> list[tuple[int, int, int]]:
    """Kind, a and b of what happened between two samples."""
    found: list[tuple[int, int, int]] = []
    if now.state != before.state:
        found.append((messages.EVENT_STATE, now.state, before.state))
        if STATES[now.state] == "PAUSED":
            found.append((messages.EVENT_CUT, faults.CUT_OPEN, before.current_ua))
        if STATES[now.state] == "DONE":
            found.append((messages.EVENT_END, messages.END_TIME, now.charge_ua_s))
    if now.reasons != before.reasons:
        found.append((messages.EVENT_REASON, now.reasons, before.reasons))
    if now.level_ua != before.level_ua:
        found.append((messages.EVENT_LEVEL, now.level_ua or 0, before.level_ua or 0))
    return found


def session(script: Script = SESSION, rate_hz: int = 10) -> list[Record]:
    """All telemetry and events of a session, in order, until 2 s after its last state began."""
    records: list[Record] = []
    before = sample(script, 0.0)
    number = 0
    for index in range(int((script[-1][0] + 2) * rate_hz)):
        now = sample(script, index / rate_hz)
        for kind, a, b in events_between(before, now):
            records.append(Event(number, now.time_ms, kind, a, b))
            number += 1
        records.append(now)
        before = now
    return records


class SessionBench(LinkBench):
    """A LinkBench whose device goes through a script, from the moment of power-on."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script
        self._before = sample(script, 0.0)
        self.fault = 0
        self.device.view.minutes = 10
        self.device.view.calibration = messages.CALIBRATION_BUILTIN
        self.device.store = SimpleNamespace(refusal=(faults.MEMORY_ABSENT, 0))

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            now = sample(self._script, self.elapsed_ms / 1000)
            for kind, a, b in events_between(self._before, now):
                self.link.event(now.time_ms, kind, a, b)
            self._before = now
            now = replace(now, fault=self.fault)
            for name, value in vars(now).items():
                if name != "time_ms":
                    setattr(self.device.view, name, value)
            super().step()


class SessionTransport(BenchTransport):
    """A transport to a SessionBench that raises `failure` once `at_s` is reached, or falls silent then."""

    def __init__(self, script: Script = SHORT) -> None:
        bench = SessionBench(script)
        super().__init__(bench)
        self.bench: SessionBench = bench
        self.failure: BaseException | None = None
        self.at_s = float("inf")
        self.silent = False

    def read(self, timeout_s: float) -> bytes:
        if self.clock() >= self.at_s and self.failure:
            raise self.failure
        data = super().read(timeout_s)
        return b"" if self.silent and self.clock() >= self.at_s else data

    def asked(self) -> list[int]:
        """The types of all that was sent to the device."""
        return [frame.type for frame in Decoder().feed(b"".join(self.written))]


NOW = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)


def tools(transport: BenchTransport, ports: tuple[Port, ...] = (Port("/dev/fake", "a bridge"),)) -> Tools:
    """Tools that open this transport whatever the port is called."""
    return Tools(lambda _: transport, lambda: list(ports), transport.clock, lambda: NOW)


def refusing(error: Exception) -> Callable[[str], BenchTransport]:
    """An opener that fails."""

    def open_transport(_: str) -> BenchTransport:
        raise error

    return open_transport


def run(arguments: list[str], with_tools: Tools, env: dict[str, str | None] | None = None) -> Result:
    """Runs the command line in this process. What it prints as JSON must be what docs/schemas says."""
    result = CliRunner().invoke(app, arguments, obj=with_tools, env={"IONTO_PORT": None, **(env or {})})
    if "--json" in arguments and result.stdout:
        validate_output(arguments, result.stdout)
    return result


def error_line(result: Result) -> str:
    """What a failed command said: one line on stderr, and no traceback."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("ionto: ")
    return lines[0]


def in_terminal(width: int, height: int, program: str, *arguments: str) -> tuple[int, str]:
    """The exit code and all output of a Python program in a pseudo-terminal of its own; it has all that is here."""
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (height, width))
    root = Path(__file__).parent.parent
    path = os.pathsep.join(map(str, (root, root / "firmware", root / "tests" / "shims")))
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys\nfrom tests.cli_fakes import *\n{program}", *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={"TERM": "xterm-256color", "PYTHONPATH": path, "PYTHONUTF8": "1"},
    )
    os.close(terminal)
    output = b""
    while chunk := _read(controller):
        output += chunk
    os.close(controller)
    return process.wait(), output.decode()


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # Linux says EIO once nobody holds the terminal any more
        return b""
