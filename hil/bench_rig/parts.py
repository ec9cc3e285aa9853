"""What a test holds in its hands at a real board: the box's resistors and relays. Times in ms of the board's time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from hil.bench_rig.lacking import lacking
from hil.sim import facts

if TYPE_CHECKING:
    from hil.bench_rig.rig import BenchRig

SETTLE_MS = 80  # between presses: what a serial line may be late by, and the board's own debouncing
BOUNCE_MS = 8.0  # as long as the simulated contacts; the box's own do not bounce


class Person:
    """The box's resistors: contact area from 0 (lifted) to 1."""

    def __init__(self, rig: BenchRig):
        self._rig = rig

    def contact(self, area: float = 1.0) -> None:
        """Sets the contact area now. Raises ValueError outside 0 to 1."""
        self.at(0, area)

    def lift(self) -> None:
        """Breaks the contact now."""
        self.at(0, 0.0)

    def at(self, ms: float, area: float) -> None:
        """Sets the contact area `ms` from now, by the box's clock."""
        ohm = self._rig.load.ohm(area)
        self._rig.ask_at(ms, f"load {ohm}" if ohm else "open")
        self._rig.truth.now["area"] = area

    def change(self, **_load_arguments: object) -> None:
        """Skips the test: the box's resistors are what they are."""
        lacking("the box has one load")

    def bounce(self, area: float = 1.0, times: int = 5, over_ms: float = 20.0) -> None:
        """Contact that makes and breaks `times` times within `over_ms`, and then holds with `area`."""
        edges = sorted(self._rig.random.uniform(0, over_ms) for _ in range(2 * times))
        for index, ms in enumerate(edges):
            self.at(ms, 0.0 if index % 2 else area)
        self.at(over_ms, area)


class Buttons:
    """UP, DOWN, MODE, START and STOP, by relays beside the real ones."""

    def __init__(self, rig: BenchRig):
        self._rig = rig

    def _names(self, names: tuple[str, ...]) -> str:
        for name in names:
            if name not in facts.BUTTONS:
                raise ValueError(f"no button {name!r}; there are {', '.join(facts.BUTTONS)}")
        return "+".join(names)

    def press(self, *names: str, ms: float = 80, bounce: bool = True, settle_ms: float = 60) -> None:
        """Presses one or several at once for `ms`, releases, and lets `settle_ms` pass."""
        self.tap(*names, ms=ms, bounce=bounce)
        self._rig.advance(ms + BOUNCE_MS + max(settle_ms, SETTLE_MS))

    def tap(self, *names: str, ms: float = 80, bounce: bool = True) -> None:
        """Presses for `ms` by the box's clock and releases; time does not pass in this call."""
        del bounce
        self._rig.ask_at(0, f"press {self._names(names)} {round(ms)}")

    def hold(self, *names: str, bounce: bool = True) -> None:
        """Presses and keeps pressed, until `release`."""
        del bounce
        self._rig.ask_at(0, f"hold {self._names(names)}")

    stick = hold

    def release(self, *names: str, bounce: bool = True) -> None:
        """Releases these, or all but STOP."""
        del bounce
        self._rig.ask_at(0, f"release {self._names(names or tuple(facts.BUTTONS))}")

    def stop_press(self, after_ms: float = 0) -> None:
        """Opens the STOP loop until `stop_release`."""
        self._rig.ask_at(after_ms, "stop")
        self._rig.truth.now["stop_pressed"] = 1

    def stop_release(self, after_ms: float = 0) -> None:
        """Closes it."""
        self._rig.ask_at(after_ms, "release STOP")
        self._rig.truth.now["stop_pressed"] = 0


class Board:
    """The board's supply. Defects cannot be put on a real one."""

    def __init__(self, rig: BenchRig):
        self._rig = rig

    def power_off(self) -> None:
        self._rig.power(False)

    def power_on(self) -> None:
        """Switches on, and waits until the board says something over its link."""
        self._rig.power(True)

    def await_start(self, timeout_ms: float = 3000) -> None:
        """It answers already: whatever switches a board on waits for that."""
        del timeout_ms

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        lacking(f"board.{name}() would have to reach into a real board")


class Panel:
    """Display, LED and buzzer: only a person at the bench sees and hears them."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        lacking(f"panel.{name} needs eyes or ears at the board")


class Cable:
    """The serial cable as raw bytes, as far as it can be had beside the rig's own telemetry."""

    def __init__(self, rig: BenchRig):
        self._rig = rig

    def write(self, data: bytes) -> None:
        self._rig.send_raw(bytes(data))

    def read(self, timeout_s: float) -> NoReturn:
        del timeout_s
        lacking("the rig's own telemetry is on the line; raw bytes cannot be told from it")

    @property
    def plugged(self) -> bool:
        """Always: nobody is there to pull it."""
        return True

    @plugged.setter
    def plugged(self, plugged: bool) -> NoReturn:
        del plugged
        lacking("nobody pulls the cable")
