"""`ionto monitor`: a device live in the terminal, or one line a second where output is no terminal."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer

from host_tools.cli_context import INTERRUPTED, PortOption, connect, tools_of
from host_tools.extras import need
from host_tools.interrupts import Interrupts
from host_tools.watch import Watch

_STEP_S = 0.05

Going = Callable[[], bool]


def monitor(
    context: typer.Context,
    port: PortOption = None,
    window: Annotated[
        float, typer.Option("--window", "-w", metavar="SECONDS", min=5, help="How much time the graphs show.")
    ] = 120,
    duration: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="Watch for so long, then leave.")
    ] = None,
) -> None:
    """Watch a device live: state, currents, voltage, resistance, reasons, faults with advice; S or space stops it.

    Watching changes nothing on the device, and nor does leaving. Where output is no terminal, prints a line a second.

    Example: ionto monitor --window 300
    """
    tools = tools_of(context)
    is_screen = _is_terminal()
    if is_screen:
        need("textual", "textual_plot")
    with Interrupts() as interrupts, connect(tools, port) as connection:
        watch = Watch(connection, window, tools.clock)
        ends_s = None if duration is None else tools.clock() + duration
        with suppress(KeyboardInterrupt):  # the same as when the flag was seen
            show = _show_screen if is_screen else _show_lines
            show(watch, lambda: not interrupts.seen and (ends_s is None or tools.clock() < ends_s))
    if watch.view.last is None:
        print("ionto: ended before the device sent anything", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)
    if is_screen:
        print(watch.view.line())  # what was seen last stays, once the picture is gone


def _is_terminal() -> bool:
    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on the last
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def _show_screen(watch: Watch, going: Going) -> None:
    """The full-screen view until it is left. Raises what ended the watching."""
    from host_tools.monitor import MonitorApp

    left = threading.Event()
    ended: list[BaseException] = []

    def follow() -> None:
        try:
            while going() and not left.is_set():
                watch.step(_STEP_S)
        except BaseException as error:  # handed to the thread that runs the command
            ended.append(error)

    feeder = threading.Thread(target=follow, daemon=True)
    feeder.start()
    try:
        MonitorApp(watch.view, watch.want_stop, watch.lock, lambda: not feeder.is_alive()).run()
    finally:
        left.set()
        feeder.join()
    if ended:
        raise ended[0]


def _show_lines(watch: Watch, going: Going) -> None:
    """A line for each second of device time; while the device is silent, for each second of waiting."""
    shown_ms: int | None = None
    said_s = 0
    while going():
        watch.step(2 * _STEP_S)
        now, silent_s = watch.view.last, int(watch.view.silent_s)
        if silent_s > said_s:
            print(f"no telemetry for {silent_s} s", flush=True)
        elif now and (shown_ms is None or abs(now.time_ms - shown_ms) >= 1000):
            shown_ms = now.time_ms
            print(watch.view.line(), flush=True)
        said_s = silent_s
