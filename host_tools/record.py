"""Recording a session: from a feed into a Recorder until the session is over or somebody ends it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar

from host_tools.feed import Feed, SilentError
from host_tools.interrupts import Interrupts
from host_tools.records import Event, Record, Telemetry
from ionto.messages import STATES

POLL_S = 0.2
SILENCE_LIMIT_S = 10.0
TAIL_S = 1.0  # device time recorded after the end, for the events that come with it

_TREATING = frozenset(map(STATES.index, ("RAMP_UP", "HOLD", "RAMP_DOWN", "PAUSED", "REVERSING")))


class Ended(Enum):
    """Why a recording ended, other than by an error."""

    SESSION = "session over"
    DURATION = "duration reached"
    INTERRUPTED = "interrupted"


class Sink(Protocol):
    """What a recording goes into."""

    def telemetry(self, telemetry: Telemetry, /) -> Any: ...

    def event(self, event: Event, /) -> Any: ...


AnySink = TypeVar("AnySink", bound=Sink)


class SessionEnd:
    """Notices that a treatment was seen and is over: done, stopped, faulted or restarted."""

    def __init__(self) -> None:
        self.last: Telemetry | None = None
        self._treated = False
        self._over_ms: int | None = None

    def reached(self, telemetry: Telemetry) -> bool:
        """Whether the session ended TAIL_S ago. A treatment that begins within that time goes on with the recording."""
        self.last = telemetry
        if telemetry.state in _TREATING:
            self._treated, self._over_ms = True, None
        elif self._treated and self._over_ms is None:
            self._over_ms = telemetry.time_ms
        # A restart takes the device's time back, so the tail is a distance either way.
        return self._over_ms is not None and abs(telemetry.time_ms - self._over_ms) >= TAIL_S * 1000


@dataclass(frozen=True)
class Limits:
    """What ends a recording: the end of the session, unless `keep_going`, and `duration_s` where there is one."""

    keep_going: bool = False
    duration_s: float | None = None


def record(
    feed: Feed,
    recorder: AnySink,
    limits: Limits,
    interrupts: Interrupts,
    clock: Callable[[], float],
    progress: Callable[[AnySink, Telemetry | None], None],
    end: SessionEnd | None = None,
) -> Ended:
    """Records until the session is over, a limit is reached or Ctrl-C was seen. Says which.

    `progress` is called after each batch with the last sample; `end` is that of an earlier connection. Raises PortError
    if the port is lost, SilentError after 10 s of silence, and what the recorder raises, which has what came before.
    """
    began_s = clock()
    end = end or SessionEnd()
    while not interrupts.seen:
        if limits.duration_s is not None and clock() - began_s >= limits.duration_s:
            return Ended.DURATION
        over = _take(feed.next(POLL_S), recorder, end)
        progress(recorder, end.last)
        if over and not limits.keep_going:
            return Ended.SESSION
        if feed.silent_s >= SILENCE_LIMIT_S:
            raise SilentError(f"the device sent nothing for {feed.silent_s:.0f} s: is it still on?")
    return Ended.INTERRUPTED


def _take(items: Iterable[Record], recorder: Sink, end: SessionEnd) -> bool:
    """Records what has come; whether the session is over by then."""
    over = False
    for item in items:
        if isinstance(item, Telemetry):
            recorder.telemetry(item)
            over = end.reached(item) or over
        else:
            recorder.event(item)
    return over
