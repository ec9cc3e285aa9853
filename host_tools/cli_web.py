"""`ionto web`: a device live in a browser on this computer."""

import webbrowser
from contextlib import suppress
from typing import Annotated

import typer

from host_tools.cli_context import PortOption, connect, tools_of
from host_tools.extras import need
from host_tools.interrupts import Interrupts
from host_tools.watch import Watch

SERVE = 8750
_STEP_S = 0.05


def web(
    context: typer.Context,
    port: PortOption = None,
    serve: Annotated[
        int,
        typer.Option("--serve", metavar="NUMBER", min=0, max=65535, help="TCP port of the page; 0 takes a free one."),
    ] = SERVE,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    window: Annotated[
        float, typer.Option("--window", "-w", metavar="SECONDS", min=5, help="How much time the graphs show.")
    ] = 120,
    duration: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="Serve for so long, then leave.")
    ] = None,
) -> None:
    """Watch a device in a browser on this computer: the same as `ionto monitor`, and STOP. Ctrl-C ends it.

    No other computer can reach the page, and no other page can press its STOP. Watching changes nothing on the device.

    Example: ionto web --no-open
    """
    need("starlette", "uvicorn")
    from host_tools.web import Site

    tools = tools_of(context)
    with Interrupts() as interrupts, connect(tools, port) as connection:
        watch = Watch(connection, window, tools.clock)
        ends_s = None if duration is None else tools.clock() + duration
        with Site(watch, serve) as site, suppress(KeyboardInterrupt):
            print(f"{site.url}  Ctrl-C ends it; the session goes on", flush=True)
            if show:
                webbrowser.open(site.url)
            while not interrupts.seen and (ends_s is None or tools.clock() < ends_s):
                watch.step(_STEP_S)
