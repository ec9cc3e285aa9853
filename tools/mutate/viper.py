"""Runs a module's viper functions on real MicroPython while the tests run on CPython.

The code of the function under the shim is exchanged for a call into a MicroPython process that has the changed module.
Arguments are arrays, and for some a cause as the last one.
"""

import os
import select
import subprocess
import sys
from array import array
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).parents[2]
# Tests that act while a function reads, which they cannot where it runs in another process.
WATCHING = ("interrupted_by_a_tick",)
FUNCTIONS = {"sampler": ("check", "cut_code", "record"), "regulator": ("command",), "drive": ("_copy",)}
_NONE = 0xFFFF
_WAIT_S = 20  # of a MicroPython that no longer answers


class Died(AssertionError):
    """MicroPython refused the module, ended, or hangs."""


class Micropython:
    """The process, with `source` in place of a module of `ionto`."""

    def __init__(self, module: str, source: str, folder: Path) -> None:
        package = folder / "ionto"
        package.mkdir()
        for path in (ROOT / "firmware" / "ionto").glob("*.py"):
            if path.stem != module:
                (package / path.name).symlink_to(path)
        (package / f"{module}.py").write_text(source, encoding="utf-8")
        interpreter = os.environ.get("IONTO_MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
        self._process = subprocess.Popen(
            [interpreter, str(Path(__file__).parent / "server.py"), f"ionto.{module}", *FUNCTIONS[module]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env={**os.environ, "MICROPYPATH": f"{folder}:.frozen"},
        )  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._read(1)

    def call(self, function: int, arrays: list[Any], number: int) -> int:
        """Calls a function by its place in FUNCTIONS; the arrays then hold what it left. Returns its result."""
        words = [one if isinstance(one, array) else array("i", one) for one in arrays]
        head = bytes([function, len(words), number & 0xFF, number >> 8])
        sizes = b"".join(len(one).to_bytes(2, "little") for one in words)
        try:
            os.write(self._in, head + sizes + b"".join(one.tobytes() for one in words))
        except BrokenPipeError as error:
            raise Died from error
        answer = array("i", self._read(4 + sum(4 * len(one) for one in words)))
        at = 1
        for target, sent in zip(arrays, words, strict=True):
            for index, old in enumerate(sent):
                new = answer[at + index]
                if new != old:
                    target[index] = new
            at += len(sent)
        return answer[0]

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            if not select.select([self._out], [], [], _WAIT_S)[0]:
                raise Died
            part = os.read(self._out, count - len(data))
            if not part:
                raise Died
            data += part
        return data


def hand_over(namespace: dict[str, Any], module: str, there: Micropython) -> None:
    """From now on the module's viper functions run there."""
    for place, name in enumerate(FUNCTIONS[module]):
        inner: FunctionType = namespace[name].__wrapped__
        namespace[f"_there_{place}"] = _caller(there, place)
        names = ", ".join(inner.__code__.co_varnames[: inner.__code__.co_argcount])
        made: dict[str, Any] = {}
        exec(f"def {name}({names}): return _there_{place}({names})", made)
        inner.__code__ = made[name].__code__


def _caller(there: Micropython, place: int) -> Any:
    def call(*arguments: Any) -> int:
        arrays = [one._buffer for one in arguments if hasattr(one, "_buffer")]
        numbers = [int(one) for one in arguments if not hasattr(one, "_buffer")]
        return there.call(place, arrays, numbers[0] if numbers else _NONE)

    return call
