"""Finds out what answers on a serial port that may be anything: Ionto, MicroPython's prompt, a modem, noise, nothing.

Sends HELLO first. Only if no Ionto answers, a line of text: a prompt or a modem answers it, and it does nothing in
either.
"""

from collections.abc import Callable
from dataclasses import dataclass

from host_tools.calibration_use import CalibrationUse, use_of
from host_tools.client import Client
from host_tools.errors import FrameError, NoReplyError, VersionMismatchError
from host_tools.records import Identity, Status
from host_tools.transport import Transport

IONTO = "ionto"
OTHER_TABLE = "other table"
PROMPT = "micropython"
MODEM = "modem"
ECHO = "echo"
TEXT = "text"
NOISE = "noise"
NOTHING = "nothing"

LISTEN_S = 0.3
ROUNDS = 20  # of STATUS, for the quality of the link
_PROBE = b"\r\nAT\r\n"
_KEPT_BYTES = 4096
_SHOWN_BYTES = 60
_MOSTLY = 0.9  # of the bytes are letters, so that it is text


@dataclass(frozen=True)
class Answer:
    """Who answers: `kind`, and what is known of it. `shown` is a sample of what came, for text and noise."""

    kind: str
    shown: str = ""
    identity: Identity | None = None
    status: Status | None = None
    use: CalibrationUse | None = None  # since its calibration, where it says so
    mismatch: VersionMismatchError | None = None
    answered: int = 0  # of ROUNDS requests, at the first attempt
    damaged: int = 0  # frames


class _Tap:
    """A Transport that keeps what it has carried."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.came = bytearray()
        self.sent = bytearray()

    def write(self, data: bytes) -> None:
        self.sent += data
        self._transport.write(data)

    def read(self, timeout_s: float) -> bytes:
        data = self._transport.read(timeout_s)
        self.came += data[: max(0, _KEPT_BYTES - len(self.came))]
        return data

    def close(self) -> None:
        self._transport.close()


def who_answers(transport: Transport, clock: Callable[[], float]) -> Answer:
    """Asks, and closes the transport. Raises PortError if the port is lost."""
    tap = _Tap(transport)
    try:
        return _hello(tap, clock) or _probe(tap, clock)
    finally:
        tap.close()


def _hello(tap: _Tap, clock: Callable[[], float]) -> Answer | None:
    """The Ionto that answers, or None."""
    client = Client(tap, clock)
    try:
        identity = client.hello()
    except VersionMismatchError as error:
        return Answer(OTHER_TABLE, mismatch=error)
    except (NoReplyError, FrameError):
        return None
    status = None
    answered = 0
    once = Client(tap, clock, attempts=1)
    for _ in range(ROUNDS):
        try:
            status = once.status()
            answered += 1
        except NoReplyError:
            continue
    try:
        use = use_of(client)
    except (NoReplyError, FrameError, ValueError):
        use = None
    return Answer(IONTO, "", identity, status, use, answered=answered, damaged=once.bad_frames)


def _probe(tap: _Tap, clock: Callable[[], float]) -> Answer:
    """What came of HELLO, and comes of a line of text."""
    tap.write(_PROBE)
    deadline_s = clock() + LISTEN_S
    while (left_s := deadline_s - clock()) > 0:
        if not tap.read(left_s):
            break
    return classify(bytes(tap.came), bytes(tap.sent))


def classify(came: bytes, sent: bytes) -> Answer:
    """What somebody is who sent `came` and was sent `sent`, a HELLO and a line of text."""
    text = came.decode("ascii", errors="replace")
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    if not came:
        return Answer(NOTHING)
    if ">>>" in text or "MicroPython" in text or "raw REPL" in text:
        return Answer(PROMPT)
    if came in sent:
        return Answer(ECHO)
    if "OK" in lines or "ERROR" in lines:
        return Answer(MODEM)
    letters = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in came)
    if letters >= _MOSTLY * len(came):
        return Answer(TEXT, " ".join(text.split())[:_SHOWN_BYTES])
    return Answer(NOISE, came[: _SHOWN_BYTES // 3].hex(" "))
