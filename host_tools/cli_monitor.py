"""`ionto monitor`: a device live in the terminal, or one line a second where output is no terminal."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from host_tools.cli_context import INTERRUPTED, Connection, PortOption, connect, tools_of
from host_tools.errors import NoReplyError
from host_tools.feed import Feed
from host_tools.interrupts import Interrupts
from host_tools.monitor import MonitorView
from host_tools.records import Telemetry

RATE_HZ = 20
_REDRAW_S = 0.1
_STATUS_S = 1.0


def monitor(
    context: typer.Context,
    port: PortOption = None,
    window: Annotated[
        float, typer.Option("--window", "-w", metavar="SECONDS", min=5, help="How much time the graph shows.")
    ] = 120,
    duration: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="Watch for so long, then leave.")
    ] = None,
) -> None:
    """Watch a device live: state, currents, voltage, resistance, reasons, faults with advice.

    Watching changes nothing on the device, and nor does leaving. Where output is no terminal, prints a line a second.
    """
    tools = tools_of(context)
    with Interrupts() as interrupts, connect(tools, port) as connection:
        watch = Watch(connection, window, tools.clock)
        console = Console()
        show = _show_live if console.is_terminal and not console.is_dumb_terminal else _show_lines
        ends_s = None if duration is None else tools.clock() + duration
        with suppress(KeyboardInterrupt):  # the same as when the flag was seen
            show(watch, console, lambda: not interrupts.seen and (ends_s is None or tools.clock() < ends_s))
    if watch.view.last is None:
        print("ionto: ended before the device sent anything", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)
    if console.is_terminal:
        print(watch.view.line())  # what was seen last stays, once the picture is gone


class Watch:
    """Keeps a MonitorView up to date from a device."""

    def __init__(self, connection: Connection, window_s: float, clock: Callable[[], float]) -> None:
        self.view = MonitorView(connection.identity, connection.port, window_s)
        self.clock = clock
        self._client = connection.client
        self.view.status(self._client.status())
        self._asked_s = clock()
        self._feed = Feed(self._client, RATE_HZ, clock)

    def step(self, timeout_s: float) -> None:
        """Takes in what has come. Raises PortError if the port is lost."""
        for record in self._feed.next(timeout_s):
            if isinstance(record, Telemetry):
                self.view.telemetry(record)
            else:
                self.view.event(record)
        self.view.silent_s = self._feed.silent_s
        self.view.lost = self._feed.lost
        if self.view.silent_s < _STATUS_S and self.clock() - self._asked_s >= _STATUS_S:
            self._ask_status()

    def _ask_status(self) -> None:
        # A device that does not answer is noticed by its silence; watching goes on.
        with suppress(NoReplyError):
            self.view.status(self._client.status())
        self._asked_s = self.clock()


def _show_live(watch: Watch, console: Console, going: Callable[[], bool]) -> None:
    drawn_s: float | None = None
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while going():
            watch.step(_REDRAW_S / 2)
            if drawn_s is None or watch.clock() - drawn_s >= _REDRAW_S:
                drawn_s = watch.clock()
                live.update(watch.view.render(*console.size), refresh=True)


def _show_lines(watch: Watch, _console: Console, going: Callable[[], bool]) -> None:
    """A line for each second of device time; while the device is silent, for each second of waiting."""
    shown_ms: int | None = None
    said_s = 0
    while going():
        watch.step(_REDRAW_S)
        now, silent_s = watch.view.last, int(watch.view.silent_s)
        if silent_s > said_s:
            print(f"no telemetry for {silent_s} s", flush=True)
        elif now and (shown_ms is None or abs(now.time_ms - shown_ms) >= 1000):
            shown_ms = now.time_ms
            print(watch.view.line(), flush=True)
        said_s = silent_s
