"""What a test holds in its hands: board, person, buttons, panel, serial cable. Times in ms of virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from hil.sim import facts

if TYPE_CHECKING:
    from hil.rig import Rig

BOUNCE_MS = 8.0  # contacts bounce up to 10 ms


class PersonPart:
    """The person at the electrodes: contact area from 0 (lifted) to 1."""

    def __init__(self, rig: Rig):
        self._rig = rig

    def contact(self, area: float = 1.0) -> None:
        """Sets the contact area now. Raises ValueError outside 0 to 1."""
        self.at(0, area)

    def lift(self) -> None:
        """Breaks the contact now."""
        self.at(0, 0.0)

    def at(self, ms: float, area: float) -> None:
        """Sets the contact area `ms` from now, to the µs."""
        if not 0 <= area <= 1:
            raise ValueError(f"contact area is {area!r}, must be 0 to 1")
        self._rig.at(ms, "contact", float(area))

    def change(self, **load_arguments: Any) -> None:
        """Somebody else, lifted: a load of the same class with other arguments. An error of the board in contact."""
        self._rig.at(0, "person", load_arguments)

    def bounce(self, area: float = 1.0, times: int = 5, over_ms: float = 20.0) -> None:
        """Contact that makes and breaks `times` times within `over_ms`, and then holds with `area`."""
        edges = sorted(self._rig.random.uniform(0, over_ms) for _ in range(2 * times))
        for index, ms in enumerate(edges):
            self.at(ms, 0.0 if index % 2 else area)
        self.at(over_ms, area)


class Buttons:
    """UP, DOWN, MODE, START and STOP. Contacts bounce unless told otherwise."""

    def __init__(self, rig: Rig):
        self._rig = rig

    def _move(self, name: str, pressed: int, ms: float, bounce: bool) -> None:
        if name not in facts.BUTTONS:
            raise ValueError(f"no button {name!r}; there are {', '.join(facts.BUTTONS)}")
        if bounce:
            edges = sorted(self._rig.random.uniform(0, BOUNCE_MS) for _ in range(6))
            for index, edge_ms in enumerate(edges):
                self._rig.at(ms + edge_ms, "button", [name, pressed ^ (index & 1)])
        self._rig.at(ms + (BOUNCE_MS if bounce else 0), "button", [name, pressed])

    def press(self, *names: str, ms: float = 80, bounce: bool = True, settle_ms: float = 60) -> None:
        """Presses one or several at once for `ms`, releases, and lets `settle_ms` pass."""
        self.tap(*names, ms=ms, bounce=bounce)
        self._rig.advance(ms + BOUNCE_MS + settle_ms)

    def tap(self, *names: str, ms: float = 80, bounce: bool = True) -> None:
        """Presses for `ms` and releases; time does not pass in this call."""
        for name in names:
            self._move(name, 1, 0, bounce)
            self._move(name, 0, ms, bounce)

    def hold(self, *names: str, bounce: bool = True) -> None:
        """Presses and keeps pressed, until `release`. Time does not pass."""
        for name in names:
            self._move(name, 1, 0, bounce)

    stick = hold

    def release(self, *names: str, bounce: bool = True) -> None:
        for name in names or tuple(facts.BUTTONS):
            self._move(name, 0, 0, bounce)

    def stop_press(self, after_ms: float = 0) -> None:
        """Presses STOP, which latches mechanically until `stop_release`."""
        self._rig.at(after_ms, "stop", 1)

    def stop_release(self, after_ms: float = 0) -> None:
        self._rig.at(after_ms, "stop", 0)


class Panel:
    """Display, LED and buzzer, as a person sees and hears them."""

    def __init__(self, rig: Rig):
        self._rig = rig

    def state(self) -> dict[str, Any]:
        """The display controller's registers: on, contrast, inverted and so on."""
        return self._rig.request({"oled": 1})["oled"]

    def frame(self) -> bytes:
        """The 1,024 bytes of display memory, as pages of 8 rows."""
        return bytes.fromhex(self._rig.request({"oled": 1})["ram"])

    def image(self) -> Image.Image:
        """What is displayed: 128×64, white on black. A display that is off is black."""
        answer = self._rig.request({"oled": 1})
        return render(bytes.fromhex(answer["ram"]), answer["oled"])

    @property
    def led(self) -> bool:
        return bool(self._rig.truth.now["led"])

    @property
    def tone_hz(self) -> int:
        return self._rig.truth.now["tone_hz"]

    @property
    def buzzer_log(self) -> list[tuple[int, int]]:
        """(time_us, hz) of every change; 0 Hz is silence."""
        return [(event.time_us, event.value) for event in self._rig.truth.named("tone")]


def render(ram: bytes, registers: dict[str, Any]) -> Image.Image:
    """The picture of display memory under these registers, as the module is mounted (segments and rows remapped)."""
    image = Image.new("1", (128, 64))
    if not registers["on"]:
        return image
    pixels = image.load()
    assert pixels is not None
    columns_as_mounted, rows_as_mounted = registers["flipped"]
    for y in range(64):
        row = (y + registers["start_line"]) & 63
        for x in range(128):
            lit = registers["all_on"] or (ram[(row >> 3) * 128 + x] >> (row & 7)) & 1
            seen_x = x if columns_as_mounted else 127 - x
            seen_y = y if rows_as_mounted else 63 - y
            pixels[seen_x, seen_y] = 255 if bool(lit) != registers["inverted"] else 0
    return image


class BoardPart:
    """Power, reset and defects of the board."""

    def __init__(self, rig: Rig):
        self._rig = rig

    def power_off(self) -> None:
        self._rig.at(0, "power", 0)
        self._rig.advance(1)

    def power_on(self) -> None:
        self._rig.at(0, "power", 1)
        self._rig.advance(1)

    def await_start(self, timeout_ms: float = 3000) -> None:
        """Lets time pass until the program's ticks run since the chip last started. Raises RigFailure."""
        truth = self._rig.truth
        started_us = truth.times_us("chip_start")[-1]
        self._rig.advance_until(lambda: truth.times_us("heartbeat_alive", started_us), timeout_ms, step_ms=100)

    def reset(self, cause: int = 1) -> None:
        """The chip's reset pin; `cause` is what machine.reset_cause() says then."""
        self._rig.at(0, "reset", cause)
        self._rig.advance(1)

    def vbus(self, present: bool) -> None:
        """Plugs the service USB in or out."""
        self._rig.at(0, "vbus", int(present))

    def stall(self, us: int, after_ms: float = 0) -> None:
        """Holds the chip's interrupts off for `us`: the next ticks come late."""
        self._rig.at(after_ms, "stall", us)

    def fault(self, name: str, value: Any = 1, after_ms: float = 0) -> None:
        """Puts a defect on the board, by name (docs/rig.md lists them)."""
        self._rig.at(after_ms, "fault", [name, value])

    def stick_adc(self, channel: int, code: int | None, after_ms: float = 0) -> None:
        """Sticks a converter at `code` (None: no more). Channels: 0-3 MCP3204, 4-7 GP26 to GP29."""
        self.fault("stuck", [channel, code], after_ms)


class Transport:
    """The serial cable: raw bytes in virtual time. `read` lets time pass until something arrives."""

    STEP_MS = 2.0

    def __init__(self, rig: Rig):
        self._rig = rig
        self._received = bytearray()
        self.plugged = True

    def write(self, data: bytes) -> None:
        if self.plugged:
            self._rig.send_uart(bytes(data))

    def read(self, timeout_s: float) -> bytes:
        """Bytes that arrived, after at most `timeout_s` of virtual time; empty if none did."""
        end_us = self._rig.now_us + round(timeout_s * 1e6)
        while not self._received and self._rig.now_us < end_us:
            self._rig.advance_to_uart((end_us - self._rig.now_us) / 1000, self.STEP_MS)
        data = bytes(self._received)
        self._received.clear()
        return data

    def close(self) -> None:
        self._received.clear()

    def _absorb(self, data: bytes) -> None:
        if self.plugged:
            self._received += data
            del self._received[: max(0, len(self._received) - (1 << 20))]
