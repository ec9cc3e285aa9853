"""An interrupt at a chosen point of main-loop code: arrays that run a hook before a chosen access."""

from array import array
from collections.abc import Callable
from typing import Any


class Watch:
    """Counts accesses to the arrays that it made, and runs `hook` before access number `at`."""

    def __init__(self) -> None:
        self.count = 0
        self.at = -1
        self.hook: Callable[[], Any] = lambda: None
        self.is_on = False

    def array(self, words: "array[int]") -> "WatchedArray":
        made: Any = WatchedArray("i", words)
        made.watch = self
        return made

    def access(self) -> None:
        if not self.is_on:
            return
        self.is_on = False  # what the hook itself does is not watched
        if self.count == self.at:
            self.hook()
        self.count += 1
        self.is_on = True

    def run(self, at: int, hook: Callable[[], Any], call: Callable[[], Any]) -> int:
        """Calls `call` with `hook` before access number `at`, or after it all; how many accesses there were."""
        self.count, self.at, self.hook, self.is_on = 0, at, hook, True
        try:
            call()
        finally:
            self.is_on = False
        if self.count <= at:
            hook()
        return self.count


class WatchedArray(array):
    """An array of a Watch."""

    watch: Watch

    def __getitem__(self, index: Any) -> Any:
        self.watch.access()
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self.watch.access()
        super().__setitem__(index, value)


class TornArray(array):
    """An array that a tick interrupts in the middle of the first `times` copies into it, word by word."""

    times = 0
    tick: Callable[[], Any]

    def __setitem__(self, index: Any, value: Any) -> None:
        if index == len(self) // 2 and self.times > 0:
            self.times -= 1
            self.tick()
        super().__setitem__(index, value)
