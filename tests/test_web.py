"""`ionto web`: what it shows and takes, whom it refuses, and that in a real browser."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from host_tools.cli_context import connect
from host_tools.watch import Watch
from host_tools.web import Site, state_of
from ionto import faults, messages
from tests.cli_fakes import SHORT, SessionTransport, error_line, run, tools
from tests.support.chromium import Chromium, browser

IN_HOLD_S = 6


@contextmanager
def watched(at_s: float = 0) -> Iterator[tuple[Watch, SessionTransport]]:
    """A device that is watched, and has been for so long of its own time."""
    transport = SessionTransport(SHORT)
    with connect(tools(transport), None) as connection:
        watch = Watch(connection, 120, transport.clock)
        while transport.clock() < at_s:
            watch.step(0.05)
        yield watch, transport


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of an answer."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, headers=names, data=b"" if method == "POST" else None)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


@pytest.fixture
def site() -> Iterator[tuple[str, Watch, SessionTransport]]:
    with watched(IN_HOLD_S) as (watch, transport), Site(watch, 0) as served:
        yield served.url, watch, transport


@pytest.mark.requirement("REQ-HST-5")
def test_page_shows_what_the_monitor_shows_and_takes_stop(site: tuple[str, Watch, SessionTransport]) -> None:
    url, watch, transport = site
    assert url.startswith("http://127.0.0.1:")
    status, body, _ = ask(url + "state")
    values = json.loads(body)
    assert status == 200
    assert values == json.loads(json.dumps(state_of(watch)))
    assert (values["state"], values["mode"], values["limit_v"]) == ("HOLD", "FACE", 10)
    assert values["numbers"]["set"] == "set 0.50 mA"
    assert values["delivered_ma"][0][-1][1] == watch.view.last.current_ua / 1000 if watch.view.last else False
    assert "calibration is built in" in values["warnings"][-1].lower()
    assert ask(url + "stop", "POST", x_ionto="stop", origin=url.rstrip("/"))[0] == 202
    watch.step(0.05)
    assert transport.bench.device.asked == [("stop", None)]
    assert "took it" in json.loads(ask(url + "state")[1])["stop"]


@pytest.mark.requirement("REQ-HST-5")
def test_nobody_but_the_page_itself_can_stop_or_read(site: tuple[str, Watch, SessionTransport]) -> None:
    url, watch, transport = site
    port = url.rstrip("/").rsplit(":", 1)[1]
    for headers in (
        {},
        {"origin": url.rstrip("/")},
        {"x_ionto": "stop", "origin": "http://evil.example"},
        {"x_ionto": "stop", "origin": "null"},
        {"x_ionto": "stop", "origin": f"http://localhost:{port}"},
        {"x_ionto": "stop", "sec_fetch_site": "cross-site"},
    ):
        assert ask(url + "stop", "POST", **headers)[0] == 403, headers
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "0.0.0.0", ""):
        for path, method in (("", "GET"), ("state", "GET"), ("stop", "POST")):
            status, body, answered = ask(url + path, method, host=host, x_ionto="stop")
            assert status == 400, (host, path)
            assert b"HOLD" not in body
            assert "content-security-policy" in answered
    watch.step(0.05)
    assert transport.bench.device.asked == []


@pytest.mark.requirement("REQ-HST-5")
def test_there_is_nothing_else_to_ask_for(site: tuple[str, Watch, SessionTransport]) -> None:
    url, watch, transport = site
    for path in ("", "state", "page.js", "page.css"):
        status, _, answered = ask(url + path)
        assert status == 200
        assert "access-control-allow-origin" not in answered
        assert "default-src 'none'" in answered["content-security-policy"]
        assert ask(url + path, "POST", x_ionto="stop")[0] == 405
    assert ask(url + "stop")[0] == 405
    for path in ("start", "lower", "docs", "openapi.json", "../faults.toml", "page.js/..", "%2e%2e/faults.toml"):
        assert ask(url + path)[0] == 404
    assert ask(url + "stop", "OPTIONS", origin="http://evil.example", access_control_request_method="POST")[0] == 405
    watch.step(0.05)
    assert transport.bench.device.asked == []
    assert set(transport.asked()) <= {messages.HELLO, messages.STATUS, messages.SUBSCRIBE}


def test_fault_comes_with_its_likely_causes() -> None:
    with watched(1) as (watch, transport):
        transport.bench.fault = faults.SENSE_MISMATCH
        while transport.clock() < 3:
            watch.step(0.05)
        state = state_of(watch)
    assert state["fault"].startswith("fault 5 SENSE MISMATCH")
    assert "calibration is missing, old or another board's" in state["causes"]


def test_port_that_is_taken_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        result = run(["web", "--no-open", "--serve", str(number)], tools(SessionTransport()))
    assert result.exit_code == 3
    assert f"nothing can be served on port {number}" in error_line(result)


def test_command_says_where_and_leaves_the_device_alone() -> None:
    transport = SessionTransport()
    result = run(["web", "--no-open", "--serve", "0", "--for", "2"], tools(transport))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("http://127.0.0.1:")
    assert transport.bench.device.asked == []
    assert transport.closed


@pytest.mark.skipif(browser() is None, reason="there is no Chromium: install it, or name one by IONTO_CHROMIUM")
def test_real_browser_shows_it_stops_it_and_says_when_it_is_old(tmp_path: Path) -> None:
    path = browser()
    assert path is not None
    with watched(IN_HOLD_S) as (watch, transport), Chromium(path, tmp_path / "profile") as page:
        with Site(watch, 0) as served:
            page.open(served.url)
            page.until("document.getElementById('state')?.textContent === 'HOLD'")
            assert "delivered 0.5" in page.evaluate("document.getElementById('numbers').textContent")
            assert page.evaluate(_colors("current")) > 2, "a graph without a line"
            assert page.evaluate("document.getElementById('fault').hidden")
            for press in (lambda: page.click("#stop"), lambda: page.press("s")):
                _stop(page, watch, press)
            assert transport.bench.device.asked == [("stop", None)] * 2
            transport.bench.fault = faults.HEARTBEAT
            while watch.view.last is None or not watch.view.fault():
                watch.step(0.05)
            page.until("document.getElementById('fault-text').textContent.includes('HEARTBEAT')")
            assert "perhaps: " in page.evaluate("document.getElementById('causes').textContent")
            page.screenshot(tmp_path / "page.png")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the window"
        page.until("!document.getElementById('old').hidden")
        page.click("#stop")
        page.until("document.getElementById('told').textContent.startsWith('NOT STOPPED')")
        assert page.errors == []


def _stop(page: Chromium, watch: Watch, press: Callable[[], None]) -> None:
    """STOP pressed in the page, told to the device, and the answer seen in the page."""
    watch.view.stop_text = ""
    page.until("document.getElementById('told').hidden")
    press()
    page.until("document.getElementById('told').textContent.includes('telling the device')")
    watch.step(0.05)
    page.until("document.getElementById('told').textContent.includes('the device took it')")


def _colors(canvas: str) -> str:
    """JavaScript: how many different saturated colours a graph has; grey axes are none."""
    return (
        f"(() => {{ const canvas = document.getElementById('{canvas}'); const data = canvas.getContext('2d')"
        ".getImageData(0, 0, canvas.width, canvas.height).data; const found = new Set();"
        "for (let at = 0; at < data.length; at += 4) if (Math.max(...data.slice(at, at + 3)) - "
        "Math.min(...data.slice(at, at + 3)) > 80) found.add(data.slice(at, at + 3).join()); return found.size; })()"
    )
