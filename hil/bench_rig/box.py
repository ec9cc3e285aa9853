"""The load box, as its client sees it: one line out, one line back, and the samples of a stream. docs/loadbox.md."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from hil.process import RigError
from host_tools.errors import PortError
from host_tools.transport import SerialTransport, Transport

PROTOCOL = 1
KEEP_ALIVE_S = 0.5
_REPLY_S = 1.0
_LINE_MAX_BYTES = 200


class BoxError(RigError):
    """The load box refused, or does not answer; one line that says which."""


class Identity(NamedTuple):
    """What a load box says of itself."""

    protocol: int
    board_id: str
    loads_ohm: tuple[int, ...]


class Sample(NamedTuple):
    """What the box measured over the time since the sample before, by its own clock."""

    box_ms: int
    current_ua: int
    electrode_mv: int
    peak_ua: int


class BoxTransport(SerialTransport):
    """The box's serial port. A Pico says nothing over its own USB until the host has raised DTR."""

    def __init__(self, port: str) -> None:
        super().__init__(port)
        with contextlib.suppress(OSError):  # a pseudo terminal has no such line
            self._serial.dtr = True


class BoxClient:
    """A conversation with one load box. Raises BoxError, and PortError if the cable is lost.

    `on_sample` is given every sample of a stream together with the time when it arrived.
    """

    def __init__(self, transport: Transport, clock: Callable[[], float]) -> None:
        self.on_sample: Callable[[Sample, float], None] = lambda sample, arrived_s: None
        self._transport = transport
        self._clock = clock
        self._held = b""
        self._replies: list[str] = []
        self._spoke_s = clock()

    def identify(self) -> Identity:
        """Who is there. Raises BoxError for whatever is no load box that this rig can use."""
        self._transport.write(b"\n")  # ends whatever came before
        self.pump(0.05)
        words = self.ask("identify").split()
        if len(words) != 4 or words[0] != "ionto-loadbox" or not words[1].isdigit():
            raise BoxError(f"no load box: it calls itself {' '.join(words)!r}")
        if int(words[1]) != PROTOCOL:
            raise BoxError(
                f"the load box speaks protocol {words[1]}, this rig {PROTOCOL}: "
                "put the files of loadbox/ of this commit on it"
            )
        return Identity(int(words[1]), words[2], tuple(int(ohm) for ohm in words[3].split(",")))

    def ask(self, line: str) -> str:
        """Sends `line` and returns what follows `ok`. Raises BoxError with the box's own words if it refused."""
        self._replies.clear()
        self._transport.write(line.encode() + b"\n")
        self._spoke_s = self._clock()
        deadline_s = self._spoke_s + _REPLY_S
        while self._clock() < deadline_s:
            self.pump(min(0.05, deadline_s - self._clock()))
            for reply in self._replies:
                if reply.startswith("ok "):
                    return reply[3:]
                if reply.startswith("error "):
                    raise BoxError(f"the load box refused {line!r}: {reply[6:]}")
        raise BoxError(f"the load box does not answer {line!r}")

    def keep_alive(self) -> int:
        """Says that the rig is there, if nothing was said for a while. Returns how often the box has let go, or -1."""
        if self._clock() - self._spoke_s < KEEP_ALIVE_S:
            return -1
        return int(self.ask("alive").split()[2])

    def lost(self) -> int:
        """How often the box has let go for want of a keep-alive since its power-on."""
        return int(self.ask("alive").split()[2])

    def pump(self, timeout_s: float) -> None:
        """Takes in what has come; waits at most `timeout_s` for the first byte."""
        data = self._transport.read(max(0.0, timeout_s))
        arrived_s = self._clock()
        *lines, self._held = (self._held + data).split(b"\n")
        self._held = self._held[-_LINE_MAX_BYTES:]
        for raw in lines:
            self._take(raw.decode(errors="replace").strip(), arrived_s)

    def _take(self, line: str, arrived_s: float) -> None:
        words = line.split()
        if words[:1] != ["sample"]:
            self._replies.append(line)
            return
        with contextlib.suppress(TypeError, ValueError):  # a line that was cut
            self.on_sample(Sample(*map(int, words[1:])), arrived_s)

    def close(self) -> None:
        """Puts the box at rest, if it still answers, and lets go of the port."""
        with contextlib.suppress(BoxError, PortError):
            self.ask("rest")
        self._transport.close()
