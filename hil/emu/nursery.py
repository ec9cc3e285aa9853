"""Emulated boards that tests share: what begins in the same way is executed once.

The same commands give the same run to the last bit, so a run is known by its commands. Every now and then a run leaves
behind a copy of its process. A later run that begins with the same commands is told their answers from memory, and
is forked from the last copy on its way as soon as it asks for something else.
"""

from __future__ import annotations

import atexit
import hashlib
import itertools
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.emu.line import Line

_CHILD = Path(__file__).with_name("child.py")
_MAX_COPIES = 64
_WALL_TIMEOUT_S = 1800.0  # of one command: at most a second of emulated time


@dataclass(frozen=True)
class Step:
    """A command that was executed: the run up to it by its hash, its text, what was answered."""

    key: str
    text: str
    answer: dict[str, Any]


@dataclass
class _Copy:
    line: Line
    steps: tuple[Step, ...]


class Family:
    """All runs of one configuration. `first` is what the board says before the first command."""

    def __init__(self, nursery: Nursery, config: dict[str, Any]):
        self._nursery = nursery
        self._lock = threading.Lock()  # rigs may run in several threads
        self.key = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
        mine, theirs = socket.socketpair()
        printed = nursery.folder / nursery.name()
        with theirs, printed.open("wb") as out:
            command = [sys.executable, "-u", str(_CHILD), str(theirs.fileno())]
            self._root = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, pass_fds=[theirs.fileno()]
            )
        line = Line(mine, printed, _WALL_TIMEOUT_S)
        line.watch(self._root.pid)
        self._copies: dict[str, _Copy] = {self.key: _Copy(line, ())}
        try:
            self.first = line.ask(json.dumps(config))
        except BaseException:
            self.end()
            raise
        self._known: dict[str, dict[str, Any]] = {}

    def after(self, key: str, text: str) -> str:
        """The key of a run that goes on with `text`."""
        return hashlib.sha256(f"{key} {text}".encode()).hexdigest()

    def recall(self, key: str) -> dict[str, Any] | None:
        """The last answer of that run, if a copy has gone through it."""
        with self._lock:
            return self._known.get(key)

    def fork(self, steps: Sequence[Step], truth: str | None) -> Line:
        """A process that has executed `steps`."""
        with self._lock:
            start = next(n for n in range(len(steps), -1, -1) if self._key(steps, n) in self._copies)
            key = self._key(steps, start)
            copy = self._copies.pop(key)
            self._copies[key] = copy  # the last is the most recently used
            line = copy.line.fork(self._nursery.folder, self._nursery.name(), truth)
        try:
            for step in steps[start:]:
                line.ask(step.text)
        except BaseException:
            line.end()
            raise
        return line

    def _key(self, steps: Sequence[Step], count: int) -> str:
        return steps[count - 1].key if count else self.key

    def leave_copy(self, line: Line, steps: Sequence[Step]) -> None:
        """Keeps a copy of the process behind `line`, which has executed `steps`."""
        with self._lock:
            if steps[-1].key in self._copies:
                return
            copied = line.fork(self._nursery.folder, self._nursery.name(), None)
            self._copies[steps[-1].key] = _Copy(copied, tuple(steps))
            self._known.update({step.key: step.answer for step in steps})
            if len(self._copies) > _MAX_COPIES:
                self._forget(next(key for key in self._copies if key != self.key))

    def _forget(self, key: str) -> None:
        self._copies.pop(key).line.end()
        self._known = {step.key: step.answer for copy in self._copies.values() for step in copy.steps}

    def end(self) -> None:
        """Ends all processes."""
        for copy in self._copies.values():
            copy.line.end()
        self._root.wait()


class Nursery:
    """The families of this process, by their configuration."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ionto-emu-"))
        self._families: dict[str, Family] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def name(self) -> str:
        """The name of one more file."""
        return f"printed-{next(self._numbers)}"

    def family(self, config: dict[str, Any]) -> Family:
        """The family of `config`. Raises RigError if the board cannot be made."""
        key = json.dumps(config, sort_keys=True)
        with self._lock:
            if key not in self._families:
                self._families[key] = Family(self, config)
            return self._families[key]

    def end(self) -> None:
        """Ends everything."""
        for family in self._families.values():
            family.end()
        self._families.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


_own: list[Nursery] = []


def nursery() -> Nursery:
    """The one of this process; it ends with it."""
    if not _own:
        _own.append(Nursery())
        atexit.register(_own[0].end)
    return _own[0]
