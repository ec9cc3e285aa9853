"""One emulated board's process at the other end of a socket: ask it, fork it, end it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from pathlib import Path
from typing import Any

from hil.process import RigError

_PRINTED_MAX_BYTES = 20_000
_CONNECT_S = 60.0


class Line:
    """The socket, the process's number and the file into which it prints. `end` leaves nothing behind.

    Raises RigError when the process has ended, does not answer in time, or says that it cannot start.
    """

    def __init__(self, line: socket.socket, printed: Path, wall_timeout_s: float):
        self._socket = line
        self._path = printed
        self._timeout_s = wall_timeout_s
        self._buffer = b""
        self._process = -1  # a descriptor: its number could be another process's by the time it is ended
        self.pid = 0

    def watch(self, pid: int) -> None:
        """The process behind it."""
        self.pid = pid
        self._process = os.pidfd_open(pid)

    def printed(self) -> str:
        """What the process printed, the last of it."""
        if not self._path.exists():
            return ""
        return self._path.read_bytes()[-_PRINTED_MAX_BYTES:].decode(errors="replace")

    def ask(self, command: str) -> dict[str, Any]:
        """Sends a line, returns the answer."""
        try:
            self._socket.sendall(command.encode() + b"\n")
        except OSError as error:
            raise self._ended() from error
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Waits for the next answer, in wall-clock time."""
        deadline_s = time.monotonic() + self._timeout_s
        while b"\n" not in self._buffer:
            left_s = deadline_s - time.monotonic()
            ready, _, _ = select.select([self._socket], [], [], max(0.0, left_s))
            if not ready:
                raise RigError(f"the emulated chip did not answer for {self._timeout_s:g} s\n{self.printed()}")
            data = self._socket.recv(1 << 16)
            if not data:
                raise self._ended()
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        message = json.loads(line)
        if "fatal" in message:
            raise RigError(f"{message['fatal']}\n{self.printed()}".rstrip())
        return message

    def _ended(self) -> RigError:
        return RigError(f"the emulated board's process ended\n{self.printed()}")

    def fork(self, folder: Path, name: str, truth: str | None) -> Line:
        """A process that is where this one is. It prints into the file `name` in `folder`, and writes the truth."""
        place = folder / f"{name}.socket"
        copied = folder / name
        if self._path.exists():
            copied.write_bytes(self._path.read_bytes())
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(place))
            listener.listen(1)
            listener.settimeout(_CONNECT_S)
            try:
                self.ask(json.dumps({"fork": {"socket": str(place), "printed": str(copied), "truth": truth}}))
                connected, _ = listener.accept()
            except TimeoutError as error:
                raise self._ended() from error
            finally:
                place.unlink()
        forked = Line(connected, copied, self._timeout_s)
        forked.watch(forked.answer()["pid"])
        return forked

    def end(self) -> None:
        """Ends the process, whatever it is doing. Safe to call twice."""
        if self._process >= 0:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
            os.close(self._process)
            self._process = -1
        self._socket.close()
        self._path.unlink(missing_ok=True)
