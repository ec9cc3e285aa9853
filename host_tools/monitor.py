"""What `ionto monitor` shows: a `MonitorView` takes telemetry and events and renders itself into any size.

Pure: no clock, no terminal, no port. The graph's time is the device's.
"""

from collections import deque

from rich.text import Text

from host_tools import describe, graph
from host_tools.records import Event, Identity, Status, Telemetry

SET_STYLE = "cyan"
DELIVERED_STYLE = "bold yellow"
_STATE_STYLES = {"FAULT": "bold white on red", "PAUSED": "bold black on yellow", "SERVICE": "bold black on yellow"}
_EVENTS_KEPT = 20
_EVENT_LINES = 4
_SHORT_BELOW = 18  # lines of a terminal that has no room for long notes
_FIRST_SPAN_S = 30
_GAP = "   "

Part = tuple[str, str]
"""A text and its style."""


class MonitorView:
    """The live picture of one device.

    `window_s` is the graph's length in seconds of device time. Feed it with `telemetry`, `event` and `status`;
    set `silent_s` when nothing arrives and `lost` when messages were lost.
    """

    def __init__(self, identity: Identity, port: str, window_s: float = 120) -> None:
        self.identity = identity
        self.port = port
        self.window_s = window_s
        self.silent_s = 0.0
        self.lost = 0
        self.last: Telemetry | None = None
        self._status: Status | None = None
        self._points: deque[tuple[float, float | None, float]] = deque()
        self._events: deque[Event] = deque(maxlen=_EVENTS_KEPT)

    def status(self, status: Status) -> None:
        """Takes what telemetry does not carry: mode, minutes, the value and limit of a fault."""
        self._status = status

    def event(self, event: Event) -> None:
        """Takes an event for the list."""
        self._events.append(event)

    def telemetry(self, telemetry: Telemetry) -> None:
        """Takes a sample: it becomes the numbers shown and a point of the graph."""
        now_s = telemetry.time_ms / 1000
        if self._points and now_s < self._points[-1][0]:
            self._points.clear()  # the device restarted: its time begins again
        level = telemetry.level_ua
        self._points.append((now_s, None if level is None else level / 1000, telemetry.current_ua / 1000))
        while self._points[0][0] < now_s - self.window_s:
            self._points.popleft()
        self.last = telemetry

    def line(self) -> str:
        """The last sample as one line of plain text, for output that is not a terminal."""
        now = self.last
        if now is None:
            return "no telemetry yet"
        parts = [f"{now.time_ms / 1000:.1f} s", describe.state_name(now.state), *(text for text, _ in _numbers(now))]
        parts += [describe.reasons_text(now.reasons)] if now.reasons else []
        parts += [f"FAULT: {self._fault_text(now)}"] if now.fault else []
        return "  ".join(parts)

    def render(self, width: int, height: int) -> Text:
        """The picture in at most `height` lines of at most `width` characters. What matters most stays longest."""
        top = self._top(width)
        bottom = self._notes(width, short=height < _SHORT_BELOW)
        events = self._event_lines(width)
        if height - len(top) - len(bottom) - len(events) < _least_graph(height):
            events = events[-1:]
        if height - len(top) - len(bottom) - len(events) < _least_graph(height):
            events = []
        room = height - len(top) - len(bottom) - len(events)
        lines = [*top, *self._graph(width, room), *events, *bottom]
        for line in lines:
            line.truncate(width, overflow="ellipsis")
        return Text("\n", no_wrap=True).join(lines[:height])

    def _top(self, width: int) -> list[Text]:
        now = self.last
        if now is None:
            return _flow([("Ionto", "bold"), (self.port, "dim"), ("waiting for telemetry …", "")], width)
        state = describe.state_name(now.state)
        head: list[Part] = [(f" {state} ", _STATE_STYLES.get(state, "bold reverse"))]
        if self._status:
            reversed_text = ", polarity reversed" if self._status.polarity_reversed else ""
            head.append((describe.mode_name(self._status.mode) + reversed_text, "bold"))
        head.append((f"{describe.minutes_seconds(now.remaining_s)} left", ""))
        head += [(name, "bold magenta") for name in describe.reasons_text(now.reasons).split(" + ") if name]
        lines = [*_flow(head, width), *_flow(_numbers(now), width)]
        if now.fault:
            lines += _wrap(f"FAULT: {self._fault_text(now)}", width, "bold red")
        return lines

    def _fault_text(self, now: Telemetry) -> str:
        status = self._status
        if status is None or status.fault != now.fault:
            return describe.fault_text(now.fault)
        return describe.fault_text(now.fault, status.fault_value, status.fault_limit)

    def _notes(self, width: int, *, short: bool) -> list[Text]:
        identity = self.identity
        firmware = f"firmware {identity.major}.{identity.minor}.{identity.patch}"
        notes: list[Part] = []
        if self.silent_s >= 1:
            notes.append((f"no telemetry for {self.silent_s:.0f} s", "bold red"))
        if self.lost:
            notes.append((f"{describe.count(self.lost, 'message')} lost", "yellow"))
        source = describe.calibration_name(identity.calibration)
        note = describe.calibration_note(source)
        if note and short:
            notes.append((f"calibration: {source}", "yellow"))
        lines = _wrap(note[:1].upper() + note[1:], width, "yellow") if note and not short else []
        notes.append(("Ctrl-C leaves" if short else "Ctrl-C leaves; the device goes on", "dim"))
        if not short:
            notes.append((f"{self.port}, {firmware}", "dim"))
        return [*lines, *_flow(notes, width)]

    def _event_lines(self, width: int) -> list[Text]:
        shown = list(self._events)[-_EVENT_LINES:]
        return [Text(_event_line(event)[:width], "dim") for event in shown]

    def _graph(self, width: int, height: int) -> list[Text]:
        if len(self._points) < 2:
            return [Text()] * max(height, 0)
        end_s = self._points[-1][0]
        peak = max(max(level or 0.0, current) for _, level, current in self._points)
        span_s = _FIRST_SPAN_S  # grows with the data, so that a graph that has just begun can be read
        while span_s < min(end_s - self._points[0][0], self.window_s):
            span_s *= 2
        span_s = min(span_s, self.window_s)
        axes = graph.Axes(end_s - span_s, end_s, graph.nice_ceiling(max(peak, 0.5) * 1.05))
        series = (
            graph.Series([(at_s, level) for at_s, level, _ in self._points], SET_STYLE, dashed=True),
            graph.Series([(at_s, current) for at_s, _, current in self._points], DELIVERED_STYLE),
        )
        return graph.draw_with_axes(series, axes, width, height, "mA")


def _least_graph(height: int) -> int:
    return 6 if height >= 10 else 0


def _numbers(now: Telemetry) -> list[Part]:
    return [
        (f"set {describe.milliamps(now.level_ua)}", SET_STYLE),
        (f"delivered {describe.milliamps(now.current_ua)}", DELIVERED_STYLE),
        (describe.volts(now.voltage_mv), ""),
        (describe.ohms(now.resistance_ohm), ""),
        (describe.charge(now.charge_ua_s), ""),
    ]


def _event_line(event: Event) -> str:
    text = describe.event_text(event.kind, event.a, event.b)
    return f"{event.time_ms / 1000:9.1f} s  {describe.event_name(event.kind)}: {text}"


def _flow(parts: list[Part], width: int) -> list[Text]:
    """Parts side by side, going on in a new line where one no longer fits."""
    lines: list[Text] = []
    for text, style in parts:
        if lines and lines[-1].cell_len + len(_GAP) + len(text) <= width:
            lines[-1].append(_GAP).append(text, style)
        else:
            lines.append(Text().append(text, style))
    return lines


def _wrap(text: str, width: int, style: str) -> list[Text]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return [Text(line, style) for line in lines]
