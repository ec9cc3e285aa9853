"""What is shown of a device while it is watched: in the terminal, in a browser, and as a line a second.

Pure: no clock, no terminal, no port. Time is the device's.
"""

from collections import deque
from collections.abc import Callable, Sequence

from host_tools import describe
from host_tools.records import Event, Identity, Status, Telemetry
from ionto import limits

EVENTS_KEPT = 20
_FIRST_SPAN_S = 30

Points = list[tuple[float, float]]
"""Seconds before now (not above 0) and a value."""


class LiveView:
    """The live picture of one device.

    `window_s` is how much device time is kept. Feed it with `telemetry`, `event` and `status`; set `silent_s` when
    nothing arrives, `lost` when messages were lost, and `stop_text` to what became of a STOP.
    """

    def __init__(self, identity: Identity, port: str, window_s: float = 120) -> None:
        self.identity = identity
        self.port = port
        self.window_s = window_s
        self.silent_s = 0.0
        self.lost = 0
        self.stop_text = ""
        self.last: Telemetry | None = None
        self.last_status: Status | None = None
        self._samples: deque[Telemetry] = deque()
        self._events: deque[Event] = deque(maxlen=EVENTS_KEPT)

    def status(self, status: Status) -> None:
        """Takes what telemetry does not carry: mode, minutes, the value and limit of a fault."""
        self.last_status = status

    def event(self, event: Event) -> None:
        """Takes an event for the list."""
        self._events.append(event)

    def telemetry(self, telemetry: Telemetry) -> None:
        """Takes a sample: it becomes the numbers shown and a point of the graphs."""
        if self._samples and telemetry.time_ms < self._samples[-1].time_ms:
            self._samples.clear()  # the device restarted: its time begins again
        self._samples.append(telemetry)
        while self._samples[0].time_ms < telemetry.time_ms - self.window_s * 1000:
            self._samples.popleft()
        self.last = telemetry

    def line(self) -> str:
        """The last sample as one line of plain text, for output that is not a terminal."""
        now = self.last
        if now is None:
            return "no telemetry yet"
        parts = [f"{now.time_ms / 1000:.1f} s", self.state(), *self.numbers().values()]
        parts += [describe.reasons_text(now.reasons)] if now.reasons else []
        parts += [f"FAULT: {self.fault()}"] if now.fault else []
        return "  ".join(parts)

    def state(self) -> str:
        """The name of the state; empty before the first sample."""
        return describe.state_name(self.last.state) if self.last else ""

    def mode(self) -> str:
        """The mode, and whether the polarity is reversed."""
        if self.last_status is None:
            return ""
        reversed_text = ", polarity reversed" if self.last_status.polarity_reversed else ""
        return describe.mode_name(self.last_status.mode) + reversed_text

    def limit_v(self) -> float | None:
        """The highest electrode voltage of the mode, in V; None if the mode is not known."""
        status = self.last_status
        modes = [mode for mode in limits.MODES if status is not None and mode.number == status.mode]
        return modes[0].max_electrode_mv / 1000 if modes else None

    def reasons(self) -> list[str]:
        """Why less is delivered than was set."""
        return describe.reason_list(self.last.reasons) if self.last else []

    def numbers(self) -> dict[str, str]:
        """What was set and what is delivered, in words with units, by a short name."""
        now = self.last
        if now is None:
            return {}
        return {
            "set": f"set {describe.milliamps(now.level_ua)}",
            "delivered": f"delivered {describe.milliamps(now.current_ua)}",
            "voltage": describe.volts(now.voltage_mv),
            "resistance": describe.ohms(now.resistance_ohm),
            "charge": describe.charge(now.charge_ua_s),
        }

    def time_left(self) -> str:
        """The treatment time left, as "9:47 left"."""
        return f"{describe.minutes_seconds(self.last.remaining_s)} left" if self.last else ""

    def fault(self) -> str:
        """The fault with its channel, value, limit and what to do; empty when there is none."""
        now, status = self.last, self.last_status
        if now is None or not now.fault:
            return ""
        if status is None or status.fault != now.fault:
            return describe.fault_text(now.fault)
        return describe.fault_text(now.fault, status.fault_value, status.fault_limit)

    def warnings(self) -> list[str]:
        """What a person must know of these numbers: silence, losses, a calibration that is not this board's."""
        found = [f"No telemetry for {self.silent_s:.0f} s: what is shown is old."] if self.silent_s >= 1 else []
        if self.lost:
            found.append(f"{describe.count(self.lost, 'message')} lost on the way.")
        note = describe.calibration_note(describe.calibration_name(self.identity.calibration))
        return [*found, note[:1].upper() + note[1:] + "."] if note else found

    def source(self) -> str:
        """The port and the version of the firmware."""
        identity = self.identity
        return f"{self.port}, firmware {identity.major}.{identity.minor}.{identity.patch}"

    def events(self, count: int) -> list[str]:
        """The last events, oldest first, a line each."""
        return [event_line(event) for event in list(self._events)[-count:]]

    def span_s(self) -> float:
        """How much time a graph should show: it grows with the data, up to `window_s`."""
        kept_s = (self._samples[-1].time_ms - self._samples[0].time_ms) / 1000 if self._samples else 0
        span_s = float(_FIRST_SPAN_S)
        while span_s < min(kept_s, self.window_s):
            span_s *= 2
        return min(span_s, self.window_s)

    def set_ma(self, most: int) -> list[Points]:
        """The level that was set, in mA, as lines of about `most` points in all, interrupted where there was none."""
        return self._lines(lambda now: None if now.level_ua is None else now.level_ua / 1000, most)

    def delivered_ma(self, most: int) -> list[Points]:
        """The delivered current in mA, as a line of about `most` points that keeps its peaks."""
        return self._lines(lambda now: now.current_ua / 1000, most)

    def voltage_v(self, most: int) -> list[Points]:
        """The voltage at the electrodes in V, as a line of about `most` points that keeps its peaks."""
        return self._lines(lambda now: now.voltage_mv / 1000, most)

    def _lines(self, value: Callable[[Telemetry], float | None], most: int) -> list[Points]:
        lines: list[Points] = [[]]
        for now in self._samples:
            number = value(now)
            if number is not None:
                lines[-1].append(((now.time_ms - self._samples[-1].time_ms) / 1000, number))
            elif lines[-1]:
                lines.append([])
        stride = max(1, 2 * len(self._samples) // max(most, 2))
        return [_thinned(line, stride) for line in lines if line]


def _thinned(line: Points, stride: int) -> Points:
    """Of every `stride` points the lowest and the highest, in order: no peak is hidden."""
    if stride <= 2:
        return line
    kept: Points = []
    for at in range(0, len(line), stride):
        piece = line[at : at + stride]
        kept += sorted({min(piece, key=_value), max(piece, key=_value)})
    return kept


def _value(point: Sequence[float]) -> float:
    return point[1]


def event_line(event: Event) -> str:
    """An event as "   12.3 s  STATE: HOLD, was RAMP_UP"."""
    text = describe.event_text(event.kind, event.a, event.b)
    return f"{event.time_ms / 1000:9.1f} s  {describe.event_name(event.kind)}: {text}"
