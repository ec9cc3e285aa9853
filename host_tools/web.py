"""A LiveView as a page for a browser on this computer: it shows, and it takes a STOP. Nothing else can be asked of it.

Only this computer can reach it, and only by its own name: a page of another origin can neither read it nor press STOP,
also not under a host name that was made to lead here. [REQ-HST-5]
"""

import socket
import threading
from importlib.resources import files
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from host_tools.errors import PortError
from host_tools.fault_notes import find
from host_tools.watch import Watch

ADDRESS = "127.0.0.1"
HOSTS = ("127.0.0.1", "localhost")
STOP_HEADER = "x-ionto"  # a page of another origin cannot send it without being asked first, and is told no
POINTS = 600  # of each line
_EVENTS = 8
_PAGES = {"/": ("index.html", "text/html"), "/page.js": ("page.js", "text/javascript"),
          "/page.css": ("page.css", "text/css")}  # fmt: skip
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def state_of(watch: Watch) -> dict[str, Any]:
    """All that the page shows, as JSON takes it."""
    view = watch.view
    with watch.lock:
        note = find(str(view.last.fault)) if view.last and view.last.fault else None
        return {
            "state": view.state(),
            "mode": view.mode(),
            "time_left": view.time_left(),
            "reasons": view.reasons(),
            "numbers": view.numbers(),
            "fault": view.fault(),
            "causes": list(note.causes) if note else [],
            "stop": view.stop_text,
            "warnings": view.warnings(),
            "events": view.events(_EVENTS),
            "source": view.source(),
            "span_s": view.span_s(),
            "limit_v": view.limit_v(),
            "set_ma": view.set_ma(POINTS),
            "delivered_ma": view.delivered_ma(POINTS),
            "voltage_v": view.voltage_v(POINTS),
        }


def make_app(watch: Watch) -> Starlette:
    """The pages, the state, and STOP."""

    def page(request: Request) -> Response:
        name, kind = _PAGES[request.url.path]
        return Response((files("host_tools") / "data" / "web" / name).read_bytes(), media_type=kind)

    def state(_: Request) -> Response:
        return JSONResponse(state_of(watch))

    def stop(request: Request) -> Response:
        if not _is_own(request):
            return JSONResponse({"error": "STOP is taken from this computer's own page only"}, 403)
        watch.want_stop()
        return JSONResponse({"stop": watch.view.stop_text}, 202)

    routes = [Route(path, page, methods=["GET"]) for path in _PAGES]
    routes += [Route("/state", state, methods=["GET"]), Route("/stop", stop, methods=["POST"])]
    return Starlette(
        routes=routes,
        middleware=[Middleware(_Headers), Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)],
    )


class Site:
    """The page on a port of this computer, served by a thread while this context lasts. `url` is where."""

    def __init__(self, watch: Watch, port: int) -> None:
        self._socket = _listen(port)
        self.url = f"http://{ADDRESS}:{self._socket.getsockname()[1]}/"
        config = uvicorn.Config(
            make_app(watch), log_level="critical", access_log=False, lifespan="off", ws="none", server_header=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> "Site":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


class _Headers:
    """Puts what keeps a browser strict on every answer, refusals included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_ENCODED]
            await send(message)

        await self._app(scope, receive, send_with)


_ENCODED = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]


def _is_own(request: Request) -> bool:
    """Whether a request comes from a page of ours: its own header, and an origin that is where it was sent to."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    is_same = origin is None or origin == f"http://{request.headers['host']}"
    return STOP_HEADER in request.headers and is_same and site == "same-origin"


def _listen(port: int) -> socket.socket:
    """A socket that listens on this computer alone. Raises PortError if the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortError(
            f"nothing can be served on port {port}: {error.strerror}; choose another with --serve"
        ) from error
    return listener
