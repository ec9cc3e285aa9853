"""The full-screen terminal view of a device: a Textual application that shows a LiveView and asks for a STOP."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widgets import Footer, Static
from textual_plot import HiResMode, PlotWidget

from host_tools.live import LiveView, Points

SET_STYLE = "cyan"
DELIVERED_STYLE = "yellow"
VOLTAGE_STYLE = "green"
_EVENT_LINES = 4
_POINTS = 400  # of each line: more than a terminal has dots
_LEAST_MA, _LEAST_V = 0.5, 2.0  # the least that a graph's axis reaches up to, so that noise at rest looks like noise
_REDRAW_S = 0.2
_GAP = "   "
_STATE_STYLES = {"FAULT": "bold white on red", "PAUSED": "bold black on yellow", "SERVICE": "bold black on yellow"}


class Graph(PlotWidget, can_focus=False):
    """A graph over seconds before now; every key belongs to the application."""


class MonitorApp(App[None]):
    """Shows `view`, holding `lock` meanwhile, five times a second until `is_over` says so.

    `want_stop` is called once for each press of the STOP key.
    """

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop_session", "STOP the session", priority=True),
        Binding("space", "stop_session", "STOP", priority=True, show=False),
        Binding("q", "quit", "leave; the device goes on", priority=True),
        Binding("ctrl+c", "quit", "leave", priority=True, show=False),
    ]
    # Named after the least width and height for them; Textual declares both without ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (12, "-short"), (20, "-middle"), (34, "-tall")]  # noqa: RUF012
    CSS = """
    Screen { background: black; color: white; overflow: hidden; }
    #texts, #below { height: auto; }
    #graphs { height: 1fr; layout: vertical; }
    .graph { height: 1fr; }
    .graph > Static { height: 1; }
    .graph > Graph { height: 1fr; background: black; }
    .-wide.-middle #graphs { layout: horizontal; }
    .-wide.-middle .graph { width: 1fr; height: 100%; }
    .-narrow.-middle #voltage, .-short #voltage { display: none; }
    .-tiny #graphs, .-tiny #events, .-short #events { display: none; }
    #fault { background: darkred; color: white; text-style: bold; display: none; }
    #fault.set { display: block; }
    #stop { color: yellow; text-style: bold; display: none; }
    #stop.set { display: block; }
    #events, #source { color: grey; }
    .-tiny #source, .-short #source { display: none; }
    #warnings { color: yellow; }
    Footer { background: darkred; color: white; }
    Footer FooterKey .footer-key--key { background: darkred; color: yellow; }
    """

    def __init__(
        self,
        view: LiveView,
        want_stop: Callable[[], None],
        lock: AbstractContextManager[object] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self.view = view
        self._want_stop = want_stop
        self._lock = lock or nullcontext()
        self._is_over = is_over

    def compose(self) -> ComposeResult:
        """The parts of the screen, from above."""
        with Container(id="texts"):
            for name in ("head", "fault", "stop", "numbers"):
                yield Static(id=name)
        with Container(id="graphs"):
            for name in ("current", "voltage"):
                with Vertical(id=name, classes="graph"):
                    yield Static(classes="title")
                    yield Graph(allow_pan_and_zoom=False)
        with Container(id="below"):
            for name in ("events", "warnings", "source"):
                yield Static(id=name)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Shows what is known before the first sample."""
        for graph in self.query(Graph):
            graph.margin_top, graph.margin_left, graph.margin_bottom = 0, 6, 2
        self.set_interval(_REDRAW_S, self.redraw)
        self.show()

    def action_stop_session(self) -> None:
        """STOP: asks for it at once, and says so."""
        self._want_stop()
        self.show()

    def redraw(self) -> None:
        """What the timer calls: it may still do so while the screen is taken down, when nothing is left to draw on."""
        if self.is_running:
            self.show()

    def show(self) -> None:
        """Draws the view anew; leaves if watching is over."""
        is_over = self._is_over()
        with self._lock:
            self._show_texts()
            self._show_graph("current", self._current(), _LEAST_MA)
            self._show_graph("voltage", self._voltage(), _LEAST_V)
        if is_over:
            self.exit()

    def _show_texts(self) -> None:
        view = self.view
        self._put("head", self._head())
        self._put("fault", f"FAULT: {view.fault()}" if view.fault() else "")
        self._put("stop", view.stop_text)
        self._put("numbers", self._numbers())
        self._put("events", "\n".join(view.events(_EVENT_LINES)))
        self._put("warnings", "\n".join(view.warnings()))
        self._put("source", view.source())

    def _put(self, name: str, text: str | Text) -> None:
        widget = self.query_one(f"#{name}", Static)
        widget.set_class(bool(text), "set")
        widget.update(Text(text) if isinstance(text, str) else text)

    def _head(self) -> Text:
        view = self.view
        if view.last is None:
            return Text(f"{view.port}: waiting for telemetry …", "bold")
        parts = [(f" {view.state()} ", _STATE_STYLES.get(view.state(), "bold reverse"))]
        parts += [(view.mode(), "bold"), (view.time_left(), "")]
        parts += [(reason, "bold black on magenta") for reason in view.reasons()]
        return _joined(parts)

    def _numbers(self) -> Text:
        styles = {
            "set": f"bold {SET_STYLE}",
            "delivered": f"bold {DELIVERED_STYLE}",
            "voltage": f"bold {VOLTAGE_STYLE}",
        }
        return _joined([(text, styles.get(name, "")) for name, text in self.view.numbers().items()])

    def _current(self) -> list[tuple[str, list[Points]]]:
        return [(SET_STYLE, self.view.set_ma(_POINTS)), (DELIVERED_STYLE, self.view.delivered_ma(_POINTS))]

    def _voltage(self) -> list[tuple[str, list[Points]]]:
        return [(VOLTAGE_STYLE, self.view.voltage_v(_POINTS))]

    def _show_graph(self, name: str, series: list[tuple[str, list[Points]]], least: float) -> None:
        box = self.query_one(f"#{name}")
        graph = box.query_one(Graph)
        graph.clear()
        peak = least
        for style, lines in series:
            for line in lines:
                peak = max(peak, *(value for _, value in line))
                graph.plot(*zip(*line, strict=True), line_style=style, hires_mode=HiResMode.BRAILLE)
        graph.set_xlimits(-self.view.span_s(), 0)
        graph.set_ylimits(0, peak * 1.05)
        box.query_one(".title", Static).update(self._title(name))

    def _title(self, name: str) -> Text:
        if name == "current":
            return Text.assemble("Current, mA: ", ("set", SET_STYLE), ", ", ("delivered", DELIVERED_STYLE))
        limit_v = self.view.limit_v()
        allowed = "" if limit_v is None else f", limit {limit_v:g}"
        return Text.assemble("Voltage, V: ", ("at the electrodes", VOLTAGE_STYLE), allowed)


def _joined(parts: list[tuple[str, str]]) -> Text:
    """Parts side by side; a line breaks between them, not inside of one."""
    return Text(_GAP).join(Text(text.replace(" ", "\N{NO-BREAK SPACE}"), style) for text, style in parts if text)
