"""A UART, a device and a host's transport for tests of the link. Time is a number that the test moves."""

from typing import Any, NamedTuple

from host_tools.framing import Decoder, Frame, encode
from ionto import messages
from ionto.link import Link
from ionto.view import View

BOARD_ID = b"IONTO-1\x00"
STEP_MS = 5
CLOCK_MASK = 0x3FFFFFFF


class FakeUart:
    """Takes at most `capacity_bytes` more; None is as much as it is given."""

    def __init__(self) -> None:
        self.to_device = bytearray()
        self.to_host = bytearray()
        self.capacity_bytes: int | None = None

    def any(self) -> int:
        return len(self.to_device)

    def readinto(self, buffer: memoryview) -> int | None:
        count = min(len(buffer), len(self.to_device))
        buffer[:count] = self.to_device[:count]
        del self.to_device[:count]
        return count or None

    def write(self, data: bytes) -> int | None:
        taken = len(data) if self.capacity_bytes is None else min(len(data), self.capacity_bytes)
        if self.capacity_bytes is not None:
            self.capacity_bytes -= taken
        self.to_host += data[:taken]
        return taken or None  # MicroPython says None where nothing was taken


class FakeDevice:
    """Notes what the link asks of it; `refusal` is what it answers."""

    def __init__(self) -> None:
        self.view = View()
        self.asked: list[tuple[str, int | None]] = []
        self.refusal: tuple[int, int, int] | None = None
        self.now_ms = 0
        self.store: Any = None

    def identity(self) -> tuple[bytes, int, int]:
        return BOARD_ID, messages.CALIBRATION_BUILTIN, 3

    def ticks(self) -> int:
        return self.now_ms * 2

    def uptime_ms(self) -> int:
        return self.now_ms

    def request_stop(self) -> tuple[int, int, int] | None:
        self.asked.append(("stop", None))
        return self.refusal

    def request_level(self, level_ua: int) -> tuple[int, int, int] | None:
        self.asked.append(("level", level_ua))
        return self.refusal


class Reply(NamedTuple):
    """A frame from the device with its values by name."""

    name: str
    sequence: int
    values: dict[str, int | bytes]


class LinkBench:
    """A Link with its fakes; `now_ms` starts shortly before the firmware's clock wraps."""

    def __init__(self, start_ms: int = CLOCK_MASK - 20) -> None:
        self.uart = FakeUart()
        self.device = FakeDevice()
        self.link = Link(self.uart, self.device)
        self.start_ms = start_ms
        self.elapsed_ms = 0
        self._decoder = Decoder()

    def show(self, **values: int | None) -> None:
        """Set what the device's View shows."""
        for name, value in values.items():
            assert hasattr(self.device.view, name), name
            setattr(self.device.view, name, value)

    def step(self, count: int = 1) -> None:
        """So many rounds of the main loop."""
        for _ in range(count):
            self.link.step((self.start_ms + self.elapsed_ms) & CLOCK_MASK)
            self.elapsed_ms += STEP_MS
            self.device.now_ms = self.elapsed_ms

    def sent(self) -> list[Reply]:
        """What the device has sent since the last call; every byte of it must be good."""
        frames = self._decoder.feed(bytes(self.uart.to_host))
        self.uart.to_host.clear()
        assert self._decoder.bad_frames == 0
        return [_reply(frame) for frame in frames]

    def ask(self, message_type: int, *values: int, sequence: int = 1) -> list[Reply]:
        """Send one request, step once, return what came back."""
        row = messages.message(message_type)
        assert row is not None
        return self.ask_raw(message_type, messages.pack(row, values), sequence)

    def ask_raw(self, message_type: int, body: bytes, sequence: int = 1) -> list[Reply]:
        self.uart.to_device += encode(message_type, sequence, body)
        self.step()
        return self.sent()

    def hello(self, table_hash: int = messages.TABLE_HASH, sequence: int = 200) -> list[Reply]:
        return self.ask(messages.HELLO, table_hash, *messages.VERSION, sequence=sequence)

    def subscribe(self, rate_hz: int, sequence: int = 201) -> list[Reply]:
        return self.ask(messages.SUBSCRIBE, rate_hz, sequence=sequence)


class BenchTransport:
    """A host's transport into a LinkBench: reading moves the bench's time, and nothing else does.

    `lose_to_device` and `lose_to_host` are how many of the next writes or chunks get lost on the way.
    """

    def __init__(self, bench: LinkBench) -> None:
        self.bench = bench
        self.lose_to_device = 0
        self.lose_to_host = 0
        self.written: list[bytes] = []
        self.closed = False

    def clock(self) -> float:
        return self.bench.elapsed_ms / 1000

    def write(self, data: bytes) -> None:
        self.written.append(data)
        if self.lose_to_device:
            self.lose_to_device -= 1
        else:
            self.bench.uart.to_device += data

    def read(self, timeout_s: float) -> bytes:
        until_s = self.clock() + timeout_s
        while True:
            data = bytes(self.bench.uart.to_host)
            self.bench.uart.to_host.clear()
            if data and self.lose_to_host:
                self.lose_to_host -= 1
            elif data or self.clock() >= until_s:
                return data
            self.bench.step()

    def close(self) -> None:
        self.closed = True


def _reply(frame: Frame) -> Reply:
    row = messages.message(frame.type)
    assert row is not None, f"type {frame.type} is not in the table"
    names = [field.name for field in row.fields]
    return Reply(row.name, frame.sequence, dict(zip(names, messages.unpack(row, frame.body), strict=True)))
