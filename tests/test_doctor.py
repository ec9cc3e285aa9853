"""`ionto doctor`: each thing that may be at the other end of a port, and each way a port cannot be had."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from host_tools import port_facts, who_answers
from host_tools.errors import PortError
from host_tools.framing import Decoder, encode
from host_tools.port_facts import Holder, holders, permission_problem
from host_tools.transport import Port, SerialTransport
from host_tools.who_answers import classify
from ionto import faults, messages
from ionto.messages_service import READ, READ_INFO
from tests.cli_fakes import SessionTransport, refusing, run, tools

Responder = Callable[[bytes], bytes]


class Scripted:
    """A transport to something that answers each write with bytes. Only reading moves its clock."""

    def __init__(self, respond: Responder, unasked: bytes = b"") -> None:
        self._respond = respond
        self._waiting = unasked
        self.written = b""
        self.now_s = 0.0
        self.closed = False

    def clock(self) -> float:
        return self.now_s

    def write(self, data: bytes) -> None:
        self.written += data
        self._waiting += self._respond(data)

    def read(self, timeout_s: float) -> bytes:
        data, self._waiting = self._waiting, b""
        if not data:
            self.now_s += timeout_s
        return data

    def close(self) -> None:
        self.closed = True


def prompt(data: bytes) -> bytes:
    """MicroPython's prompt: echoes what can be seen, and knows no AT."""
    if b"AT" not in data:
        return b""
    return b"\r\n>>> AT\r\nTraceback (most recent call last):\r\nNameError: name 'AT' isn't defined\r\n>>> "


def modem(data: bytes) -> bytes:
    return data + (b"\r\nOK\r\n" if b"AT\r" in data else b"")


def loopback(data: bytes) -> bytes:
    return data


def chatter(_: bytes) -> bytes:
    return b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"


def noise(data: bytes) -> bytes:
    return bytes((byte * 37 + 129) & 0xFF | 0x80 for byte in data)


def silence(_: bytes) -> bytes:
    return b""


def older(data: bytes) -> bytes:
    """An Ionto with another message table."""
    frames = [frame for frame in Decoder().feed(data) if frame.type == messages.HELLO]
    body = bytes((1, 2, 3, 4, 0, 0, 9)) + bytes(12)
    return b"".join(encode(messages.HELLO_REPLY, frame.sequence, body) for frame in frames)


def examined(respond: Responder, unasked: bytes = b"") -> tuple[int, list[dict[str, Any]], Scripted]:
    transport = Scripted(respond, unasked)
    with_tools = replace(tools(SessionTransport()), open_transport=lambda _: transport, clock=transport.clock)
    result = run(["doctor", "--json"], with_tools)
    values = json.loads(result.stdout)
    assert values["exit_code"] == result.exit_code
    assert transport.closed
    return result.exit_code, values["findings"], transport


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (prompt, "MicroPython's prompt answers"),
        (modem, "a modem answers"),
        (loopback, "what was sent comes back"),
        (chatter, "speaks text: $GPGGA,123519"),
        (noise, "bytes come that are no frames"),
        (silence, "nothing answers"),
        (older, "message tables differ: device firmware 0.0.9"),
    ],
)
def test_what_is_no_ionto_of_ours_is_named(respond: Responder, words: str) -> None:
    code, findings, _ = examined(respond)
    assert code == 4
    bad = [one for one in findings if one["verdict"] == "bad"]
    assert len(bad) == 1
    assert words in bad[0]["found"]
    assert bad[0]["advice"] or "put firmware" in bad[0]["found"]


def test_unasked_noise_at_any_rate_is_no_device() -> None:
    code, findings, _ = examined(silence, bytes(range(256)) * 8)
    assert code == 4
    assert "bytes come that are no frames" in findings[-1]["found"]


def test_ionto_is_asked_only_what_changes_nothing() -> None:
    transport = SessionTransport()
    result = run(["doctor"], tools(transport))
    assert result.exit_code == 0, result.output
    assert set(transport.asked()) <= {messages.HELLO, messages.STATUS, READ_INFO, READ}
    assert transport.closed
    for words in ("Ionto answers: firmware", "20 of 20 requests answered", "IDLE, no fault", "note  calibration"):
        assert words in result.stdout


def test_fault_of_the_device_is_bad_and_says_where_there_is_more() -> None:
    transport = SessionTransport()
    transport.bench.fault = faults.REFERENCE
    result = run(["doctor"], tools(transport))
    assert result.exit_code == 1
    assert "BAD   device: fault 7 REFERENCE" in result.stdout
    assert "`ionto faults 7`" in result.stdout


def test_lost_frames_are_noted() -> None:
    transport = SessionTransport()
    sent = transport.bench.uart.write
    count = iter(range(1000))
    transport.bench.uart.write = lambda data: len(data) if next(count) % 5 == 4 else sent(data)  # every fifth is lost
    result = run(["doctor"], tools(transport))
    assert result.exit_code == 0
    assert "16 of 20 requests answered at once" in result.stdout
    assert "another cable" in result.stdout


@pytest.mark.parametrize("ports", [(), (Port("/dev/ttyS0", "n/a"),)])
def test_no_port_says_what_to_look_for(ports: tuple[Port, ...]) -> None:
    result = run(["doctor"], tools(SessionTransport(), ports))
    assert result.exit_code == 3
    assert "plug the cable" in result.stdout


def test_service_usb_is_named_and_nothing_is_sent_to_it() -> None:
    transport = SessionTransport()
    result = run(["doctor"], replace(tools(transport), list_service_ports=lambda: ["/dev/fake"]))
    assert result.exit_code == 0
    assert "the service USB of a Pico; nothing was sent" in result.stdout
    assert transport.written == []


def test_every_port_is_looked_at_and_one_that_cannot_be_opened_ends_nothing() -> None:
    transport = SessionTransport()

    def open_transport(port: str) -> SessionTransport:
        if port == "/dev/busy":
            raise PortError("/dev/busy is in use by another program: close that one first")
        return transport

    ports = (Port("/dev/busy", "a bridge"), Port("/dev/fake", "a bridge"))
    result = run(["doctor"], replace(tools(transport, ports), open_transport=open_transport))
    assert result.exit_code == 3
    assert "BAD   /dev/busy: /dev/busy is in use" in result.stdout
    assert "Ionto answers" in result.stdout


def test_port_that_is_pulled_meanwhile_is_told() -> None:
    transport = SessionTransport()
    transport.failure, transport.at_s = PortError("/dev/fake was lost: was the cable pulled?"), 0.0
    result = run(["doctor"], tools(transport))
    assert (result.exit_code, transport.closed) == (3, True)
    assert "was lost" in result.stdout


def test_port_that_does_not_exist_is_told_with_those_that_do() -> None:
    broken = replace(tools(SessionTransport()), open_transport=refusing(PortError("no serial port named /dev/no")))
    result = run(["doctor", "--port", "/dev/no"], broken)
    assert result.exit_code == 3
    assert "/dev/no is not among the ports that the system lists: /dev/fake" in result.stdout


def test_permission_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    monkeypatch.setattr(port_facts.os, "access", lambda *_: False)
    monkeypatch.setattr(port_facts, "_group_of", lambda _: "dialout")
    monkeypatch.setattr(port_facts, "_groups_of_user", list)
    assert "usermod -aG dialout" in permission_problem(str(port))
    transport = SessionTransport()
    result = run(["doctor", "--port", str(port)], tools(transport, (Port(str(port), "a bridge"),)))
    assert result.exit_code == 3
    assert transport.written == []
    monkeypatch.setattr(port_facts, "_groups_of_user", lambda: ["dialout"])
    assert "log out and in again" in permission_problem(str(port))


def test_holders_are_found_by_what_their_descriptors_lead_to(tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.touch()
    for pid, target in ((17, port), (18, tmp_path / "other"), (os.getpid(), port)):
        process = tmp_path / "proc" / str(pid)
        (process / "fd").mkdir(parents=True)
        (process / "cmdline").write_bytes(b"minicom\0-D\0port\0")
        (process / "fd" / "3").symlink_to(target)
    (tmp_path / "proc" / "99").mkdir()  # one that has ended meanwhile
    assert holders(str(port), tmp_path / "proc") == [Holder(17, "minicom -D port")]
    assert holders(str(port), tmp_path / "none") is None


@pytest.mark.skipif(not port_facts.PROC.is_dir(), reason="who holds a port is known on Linux only")
def test_real_process_that_holds_a_terminal_is_found() -> None:
    controller, plug = os.openpty()
    name = os.ttyname(plug)
    program = "import sys; held = open(sys.argv[1], 'rb', buffering=0); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        found = holders(name)
        other.communicate()
    os.close(controller)
    os.close(plug)
    assert found is not None
    assert other.pid in [holder.pid for holder in found]


@pytest.mark.parametrize(("respond", "kind"), [(prompt, who_answers.PROMPT), (modem, who_answers.MODEM)])
def test_what_answers_on_a_real_terminal_is_named(respond: Responder, kind: str) -> None:
    controller, plug = os.openpty()
    port = SerialTransport(os.ttyname(plug))
    os.write(controller, respond(b"AT\r"))  # there already, so that nothing depends on how fast somebody answers
    found = who_answers.who_answers(port, iter_clock())
    os.close(controller)
    os.close(plug)
    assert found.kind == kind


def iter_clock() -> Callable[[], float]:
    """A clock that goes on by a tenth of a second whenever it is asked: nothing waits for a real one for long."""
    ticks = iter(range(1_000_000))
    return lambda: next(ticks) / 10


def test_classify_never_raises_and_always_names_a_kind() -> None:
    kinds = {value for name, value in vars(who_answers).items() if name.isupper() and isinstance(value, str)}
    for length in range(0, 200, 7):
        for seed in range(20):
            came = bytes((seed * 31 + index * (seed + 3)) & 0xFF for index in range(length))
            assert classify(came, b"\0abc\r\nAT\r\n").kind in kinds
