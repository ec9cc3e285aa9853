"""Frames at link, session and memory on CPython: nothing may raise, and the session never asks for a drive."""

from __future__ import annotations

from typing import Any

from hil.fuzz.frames import Frames
from ionto import messages
from ionto.link import Link
from ionto.session import Inputs, Session
from ionto.session_table import DRIVE_OFF
from ionto.store import Store
from ionto.version import VERSION
from ionto.view import View

ROUND_MS = 10
_CLOCK_MASK = 0x3FFFFFFF


class Memory:
    """32 KiB without a wire."""

    def __init__(self) -> None:
        self.content = bytearray(32768)

    def read_into(self, address: int, buffer: Any) -> None:
        buffer[:] = self.content[address : address + len(buffer)]

    def write(self, address: int, buffer: Any) -> None:
        self.content[address : address + len(buffer)] = buffer


class Uart:
    """What the host has sent, and how much was answered."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.answered_bytes = 0

    def any(self) -> int:
        return len(self.waiting)

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), len(self.waiting))
        buffer[:count] = self.waiting[:count]
        del self.waiting[:count]
        return count

    def write(self, data: bytes) -> int:
        self.answered_bytes += len(data)
        return len(data)


class Device:
    """What the link may see and ask: a session in IDLE whose circuit is closed, and an empty memory."""

    def __init__(self) -> None:
        self.view = View()
        self.session = Session(self.view)
        self.store = Store(Memory(), b"FUZZBRD\x00", VERSION)
        self.inputs = Inputs()
        self.inputs.self_test = 0
        self.inputs.calibration = messages.CALIBRATION_BUILTIN
        self.inputs.cause_gone = self.inputs.output_open = True
        self.rounds = 0

    def identity(self) -> tuple[bytes, int, int]:
        return b"FUZZBRD\x00", messages.CALIBRATION_BUILTIN, 1

    def ticks(self) -> int:
        return self.rounds * 20

    def uptime_ms(self) -> int:
        return self.rounds * ROUND_MS

    def request_stop(self) -> Any:
        refusal = self.session.would_stop()
        self.inputs.host_stop |= refusal is None
        return refusal

    def request_level(self, level_ua: int) -> Any:
        refusal = self.session.would_lower(level_ua)
        if refusal is None:
            self.inputs.host_level_ua = level_ua
        return refusal

    def round(self, now_ms: int) -> None:
        """One round of the session. Raises AssertionError if it wants anything but off."""
        outputs = self.session.step(now_ms, self.inputs)
        self.inputs.host_stop, self.inputs.host_level_ua = False, None
        assert outputs.drive == DRIVE_OFF, f"drive {outputs.drive} in round {self.rounds}"
        self.rounds += 1


def run(frames: int, seed: int) -> dict[str, int]:
    """Figures of a run. Raises whatever the firmware raises, and AssertionError for a drive."""
    device, uart = Device(), Uart()
    link = Link(uart, device)
    sent = 0
    for piece, count in Frames(seed).chunks(frames, 240):
        uart.waiting += piece
        sent += count
        while uart.waiting:
            now_ms = (_CLOCK_MASK - 20_000 + device.rounds * ROUND_MS) & _CLOCK_MASK
            device.round(now_ms)
            link.step(now_ms)
    return {"frames": sent, "bad_frames": link._decoder.bad_frames, "answered_bytes": uart.answered_bytes}
