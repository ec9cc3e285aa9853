"""The serial port as a transport, on a real pseudo-terminal."""

import errno
import os
from collections.abc import Iterator

import pytest
import serial
import serial.tools.list_ports

from host_tools.client import Client
from host_tools.errors import NoReplyError, PortError
from host_tools.framing import encode
from host_tools.transport import Port, SerialTransport, list_ports
from ionto import messages


class Cable:
    """A pseudo-terminal: `name` is the port, `device` the other end."""

    def __init__(self) -> None:
        self.device, self._plug = os.openpty()
        self.name = os.ttyname(self._plug)
        os.set_blocking(self.device, False)

    def device_reads(self) -> bytes:
        try:
            return os.read(self.device, 10_000)
        except BlockingIOError:
            return b""

    def pull(self) -> None:
        for end in (self.device, self._plug):
            if end >= 0:
                os.close(end)
        self.device = self._plug = -1


@pytest.fixture
def cable() -> Iterator[Cable]:
    cable = Cable()
    yield cable
    cable.pull()


@pytest.fixture
def port(cable: Cable) -> Iterator[SerialTransport]:
    transport = SerialTransport(cable.name)
    yield transport
    transport.close()


@pytest.mark.requirement("REQ-LNK-1")
def test_open_sends_nothing_and_leaves_both_lines_low(cable: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[str, bool]] = []
    monkeypatch.setattr(serial.Serial, "_update_dtr_state", lambda self: lines.append(("dtr", self._dtr_state)))
    monkeypatch.setattr(serial.Serial, "_update_rts_state", lambda self: lines.append(("rts", self._rts_state)))
    transport = SerialTransport(cable.name)
    Client(transport)
    assert transport.read(0.01) == b""
    transport.close()
    assert cable.device_reads() == b""
    assert set(lines) <= {("dtr", False), ("rts", False)}


def test_bytes_go_both_ways_unchanged(cable: Cable, port: SerialTransport) -> None:
    every_byte = bytes(range(256))
    port.write(every_byte)
    assert cable.device_reads() == every_byte
    os.write(cable.device, every_byte)
    received = b""
    while len(received) < 256:
        received += port.read(1.0)
    assert received == every_byte


def test_read_of_silence_returns_nothing(port: SerialTransport) -> None:
    assert port.read(0.01) == b""
    assert port.read(0.0) == b""
    assert port.read(-1.0) == b""


def test_request_is_answered_through_the_port(cable: Cable, port: SerialTransport) -> None:
    row = messages.message(messages.OK)
    os.write(cable.device, encode(messages.OK, 1, messages.pack(row, (messages.STOP, 0))))
    Client(port).stop()
    assert cable.device_reads() == b"\0" + encode(messages.STOP, 1, b"")


def test_nobody_there_is_no_reply(port: SerialTransport) -> None:
    with pytest.raises(NoReplyError, match="no reply to HELLO, asked 2 times"):
        Client(port, attempts=2, reply_timeout_s=0.01).hello()


def test_port_pulled_while_reading_is_a_port_error(cable: Cable, port: SerialTransport) -> None:
    cable.pull()
    with pytest.raises(PortError, match=rf"{cable.name} was lost: was the cable pulled"):
        port.read(1.0)


def test_port_pulled_while_writing_is_a_port_error(cable: Cable, port: SerialTransport) -> None:
    cable.pull()
    with pytest.raises(PortError, match="was lost"):
        port.write(b"hello")


def test_read_and_write_after_close_are_port_errors(port: SerialTransport) -> None:
    port.close()
    port.close()
    with pytest.raises(PortError):
        port.read(0.01)
    with pytest.raises(PortError):
        port.write(b"x")


def test_port_in_use_says_so(cable: Cable, port: SerialTransport) -> None:
    with pytest.raises(PortError, match=rf"^{port.port} is in use by another program"):
        SerialTransport(cable.name)


def test_no_such_port_names_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        serial.tools.list_ports, "comports", lambda: [_Found("/dev/b", "Ionto"), _Found("/dev/a", None)]
    )
    with pytest.raises(
        PortError, match=r"^no serial port named /dev/none-such; ports of this computer: /dev/a, /dev/b$"
    ):
        SerialTransport("/dev/none-such")
    assert list_ports() == [Port("/dev/a", ""), Port("/dev/b", "Ionto")]


class _Found:
    def __init__(self, device: str, description: str | None) -> None:
        self.device = device
        self.description = description


def test_no_port_at_all_says_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial.tools.list_ports, "comports", list)
    with pytest.raises(PortError, match="ports of this computer: none"):
        SerialTransport("/dev/none-such")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "permission denied on /dev/x: join the group"),
        (errno.EBUSY, "in use by another program"),
        (errno.EIO, "cannot be opened: .*why"),
    ],
)
def test_open_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def fail(_: object) -> None:
        raise serial.SerialException(number, "why")

    monkeypatch.setattr(serial.Serial, "open", fail)
    with pytest.raises(PortError, match=words):
        SerialTransport("/dev/x")


def test_file_that_is_no_port_cannot_be_opened() -> None:
    with pytest.raises(PortError, match="/dev/null cannot be opened"):
        SerialTransport("/dev/null")


def test_port_that_takes_no_data_is_a_port_error(port: SerialTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    def stall(*_: object) -> None:
        raise serial.SerialTimeoutException("Write timeout")

    monkeypatch.setattr(serial.Serial, "write", stall)
    with pytest.raises(PortError, match="takes no data"):
        port.write(b"x")
