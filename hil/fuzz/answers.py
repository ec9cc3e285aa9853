"""What the device has answered: how often each request was granted, and how often refused with each of its codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from host_tools.framing import Decoder, Frame
from ionto import faults as f
from ionto import messages
from ionto import messages_service as ms

GRANTED = 0  # in place of a refusal's code
UNKNOWN = 0xFF  # in place of a type that is none
Met = tuple[int, int]
"""(type of a request, GRANTED or the code of its refusal)."""

_SETTING = (f.NOT_IN_STATE, f.OUTPUT_ACTIVE, f.MEMORY_REFUSED)
_DRIVING = (f.NOT_IN_STATE, f.OUTPUT_ACTIVE, f.BELOW_MINIMUM, f.ABOVE_MAXIMUM, f.STOP_PRESSED, f.SERVICE_USB_PRESENT)
_READING = (f.NOT_IN_STATE, f.ABOVE_MAXIMUM, f.MEMORY_REFUSED)
REFUSALS: dict[int, tuple[int, ...]] = {
    messages.HELLO: (),
    messages.STATUS: (),
    messages.SUBSCRIBE: (f.ABOVE_MAXIMUM, f.VERSION_MISMATCH),
    messages.STOP: (f.NOT_IN_STATE,),
    messages.LOWER_LEVEL: (f.NOT_IN_STATE, f.WOULD_RAISE, f.BELOW_MINIMUM),
    ms.READ_INFO: _READING,
    ms.READ: _READING,
    ms.READ_RAW: _READING,
    ms.SERVICE_OFF: (f.NOT_IN_STATE,),
    ms.SERVICE_RANGE: (f.NOT_IN_STATE, f.OUTPUT_ACTIVE, f.ABOVE_MAXIMUM),
    ms.SERVICE_CURRENT: _DRIVING,
    ms.SERVICE_VOLTAGE: _DRIVING,
    ms.SERVICE_READ: (f.NOT_IN_STATE,),
    ms.SERVICE_SAVE: (*_SETTING, f.BELOW_MINIMUM, f.ABOVE_MAXIMUM),
    ms.SERVICE_ADOPT: (*_SETTING, f.OTHER_BOARD),
    ms.SERVICE_LEAVE: (f.NOT_IN_STATE, f.OUTPUT_ACTIVE),
    ms.SERVICE_SETTINGS: (*_SETTING, f.BELOW_MINIMUM, f.ABOVE_MAXIMUM),
}
"""With what each request can be refused, beside BAD_LENGTH."""

_REPLIES = {
    messages.HELLO_REPLY: messages.HELLO,
    messages.STATUS_REPLY: messages.STATUS,
    ms.REGION_INFO: ms.READ_INFO,
    ms.RECORDS: ms.READ,
    ms.RAW: ms.READ_RAW,
    ms.SERVICE_READINGS: ms.SERVICE_READ,
}
_STATE_AT = {messages.STATUS_REPLY: 4, messages.TELEMETRY: 4}  # behind the time


class Answers:
    """Takes in what the device sends. Every byte of it must be a whole frame: AssertionError.

    `met` counts (type, outcome); `states` are those that the device has told; `granted` is called with the type of
    every request that was granted and the OK's value.
    """

    def __init__(self) -> None:
        self.granted: Callable[[int, int], None] | None = None
        self.met: Counter[Met] = Counter()
        self.states: set[int] = set()
        self.bytes = 0
        self._decoder = Decoder()
        self._last: Frame | None = None

    def feed(self, data: bytes) -> None:
        """What has come."""
        self.bytes += len(data)
        for frame in self._decoder.feed(data):
            self._take(frame)
        assert self._decoder.bad_frames == 0, "the device has sent a damaged frame"

    def restart(self) -> None:
        """The device starts again: what it was about to say is lost."""
        self._decoder = Decoder()

    def _take(self, frame: Frame) -> None:
        kind, body = frame.type, frame.body
        is_repeat = frame == self._last  # a request that came twice is answered twice and done once
        self._last = frame
        if kind in _STATE_AT:
            self.states.add(body[_STATE_AT[kind]])
        if kind == messages.OK:
            request, value = body[0], int.from_bytes(body[1:5], "little", signed=True)
        elif kind == messages.REFUSED:
            self.met[(UNKNOWN, body[1]) if body[1] == f.UNKNOWN_TYPE else (body[0], body[1])] += 1
            return
        elif kind in _REPLIES:
            request, value = _REPLIES[kind], 0
        else:
            return
        self.met[request, GRANTED] += 1
        if self.granted and not is_repeat:
            self.granted(request, value)


def expected() -> set[Met]:
    """Every outcome of every request of the table; UNKNOWN_TYPE for what is none."""
    outcomes = {(kind, code) for kind, codes in REFUSALS.items() for code in (GRANTED, f.BAD_LENGTH, *codes)}
    return outcomes | {(UNKNOWN, f.UNKNOWN_TYPE)}


def missing(met: Iterable[Met]) -> list[str]:
    """What has not been met of `expected`, in words."""
    return [words(one) for one in sorted(expected() - set(met))]


def unexpected(met: Iterable[Met]) -> list[str]:
    """What was met that is not in the table: a refusal that nobody had thought of."""
    return [words(one) for one in sorted(set(met) - expected())]


def words(one: Met) -> str:
    """As in "SERVICE_SAVE granted"."""
    row = messages.message(one[0])
    return f"{row.name if row else one[0]} {'granted' if one[1] == GRANTED else 'refused, ' + f.refusal_text(one[1])}"
