"""The live monitor: what it shows, in which sizes, and that it leaves the terminal as it found it."""

import asyncio
from dataclasses import replace

import pytest

from host_tools.cli_context import Connection
from host_tools.client import Client
from host_tools.errors import PortError
from host_tools.live import LiveView
from host_tools.monitor import MonitorApp
from host_tools.records import Identity, Status, Telemetry
from host_tools.watch import Watch
from ionto import faults, messages
from ionto.messages import STATES
from tests.cli_fakes import SESSION, SHORT, SessionTransport, error_line, in_terminal, run, sample, session, tools

IDENTITY = Identity(messages.TABLE_HASH, 0, 1, 0, b"IONTO-1\0", messages.CALIBRATION_BUILTIN, 1)


RECORDS = session(SESSION, 2)


def status(**changes: int) -> Status:
    names = dict.fromkeys(Status.__dataclass_fields__, 0)
    return Status(**{**names, "calibration": messages.CALIBRATION_BUILTIN, **changes})


def view_at(end_s: float) -> LiveView:
    view = LiveView(IDENTITY, "/dev/ttyUSB0")
    view.status(status())
    for record in RECORDS:
        if record.time_ms > end_s * 1000:
            break
        if isinstance(record, Telemetry):
            view.telemetry(record)
        else:
            view.event(record)
    return view


def with_fault(view: LiveView) -> LiveView:
    view.telemetry(replace(sample(SESSION, 90), fault=faults.SENSE_MISMATCH, state=STATES.index("FAULT")))
    view.status(status(fault=faults.SENSE_MISMATCH, fault_value=812, fault_limit=200))
    return view


def shown(view: LiveView, width: int, height: int, *keys: str) -> tuple[str, list[str]]:
    """What stands on a screen of this size, as it is displayed, and what the keys asked for."""
    asked: list[str] = []

    async def look() -> str:
        app = MonitorApp(view, lambda: asked.append("STOP"))
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.press(*keys)
            await pilot.pause()
            lines = ["".join(piece.text for piece in strip) for strip in app.screen._compositor.render_strips()]
            assert len(lines) == height
            return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")

    return asyncio.run(look()), asked


def test_monitor_shows_state_currents_and_built_in_calibration() -> None:
    text, _ = shown(view_at(105), 80, 24)
    for words in ("HOLD", "FACE", "set 1.50 mA", "delivered 1.49 mA", "V-LIMIT", "left", "kΩ", "mA·min", "limit 10"):
        assert words in text, words
    assert "Calibration is built in, not measured on this board" in text
    assert "LEVEL: 1.50 mA, was 1.40 mA" in text
    assert text.count("⠉") + text.count("⠒") + text.count("⣀") + text.count("⠤") > 10  # a line was drawn


@pytest.mark.parametrize(("width", "height"), [(140, 44), (80, 24), (40, 12), (24, 9)])
def test_monitor_says_a_fault_with_its_advice_and_the_stop_key_in_any_size(width: int, height: int) -> None:
    text, _ = shown(with_fault(view_at(80)), width, height)
    words = " ".join(text.split())
    assert "sense A minus B 812 uA, limit 200 uA. Have the device checked and calibrated." in words
    assert "s STOP the session" in words


def test_timer_that_ticks_while_the_screen_is_taken_down_draws_nothing() -> None:
    app = MonitorApp(view_at(10), lambda: None)

    async def look() -> None:
        async with app.run_test(size=(80, 24)):
            app.redraw()
        app.redraw()

    asyncio.run(look())


def test_monitor_without_telemetry_says_that_it_waits() -> None:
    assert "waiting for telemetry" in shown(LiveView(IDENTITY, "COM3"), 80, 24)[0]


@pytest.mark.requirement("REQ-HST-1")
def test_monitor_says_silence_and_losses() -> None:
    view = view_at(80)
    view.silent_s, view.lost = 3.2, 1
    text, _ = shown(view, 80, 24)
    assert "No telemetry for 3 s: what is shown is old." in text
    assert "1 message lost" in text


def test_stored_calibration_needs_no_note() -> None:
    view = LiveView(replace(IDENTITY, calibration=messages.CALIBRATION_STORED), "COM3")
    assert view.warnings() == []


def test_restart_of_the_device_begins_a_new_graph() -> None:
    view = view_at(80)
    view.telemetry(sample(SHORT, 0.0))
    assert view.delivered_ma(100) == [[(0.0, 0.0)]]


def test_thinned_graph_hides_no_peak() -> None:
    view = LiveView(IDENTITY, "COM3")
    for at_ms in range(0, 100_000, 50):
        peak = at_ms in (31_350, 77_700)
        view.telemetry(replace(sample(SHORT, 5.0), time_ms=at_ms, current_ua=3000 if peak else 500))
    [line] = view.delivered_ma(200)
    assert len(line) <= 210
    assert sorted(line) == line
    assert [at_s for at_s, value in line if value == 3.0] == [31.35 - 99.95, 77.7 - 99.95]


@pytest.mark.requirement("REQ-HST-2")
@pytest.mark.parametrize("key", ["s", "space"])
def test_one_key_stops_and_no_other_does(key: str) -> None:
    assert shown(view_at(10), 40, 12, "enter", "tab", "up", key, "x")[1] == ["STOP"]


def watch_of(transport: SessionTransport) -> Watch:
    client = Client(transport, transport.clock)
    return Watch(Connection(client, client.hello(), "COM3"), 120, transport.clock)


def test_stop_reaches_the_device_and_its_answer_is_said() -> None:
    transport = SessionTransport(SHORT)
    watch = watch_of(transport)
    watch.step(0.05)
    assert transport.bench.device.asked == []
    watch.want_stop()
    watch.step(0.05)
    watch.step(0.05)
    assert transport.bench.device.asked == [("stop", None)]
    assert watch.view.stop_text == "STOP: the device took it and ramps to zero."


def test_refused_stop_and_one_without_answer_are_not_called_stopped() -> None:
    transport = SessionTransport(SHORT)
    watch = watch_of(transport)
    transport.bench.device.refusal = (faults.NOT_IN_STATE, STATES.index("IDLE"), 0)
    watch.want_stop()
    watch.step(0.05)
    assert watch.view.stop_text == "STOP refused: not possible in this state (state IDLE)."
    transport.silent, transport.at_s = True, 0.0
    watch.want_stop()
    watch.step(0.05)
    assert watch.view.stop_text == "NOT STOPPED: the device does not answer. Press STOP on the device."


def test_output_that_is_no_terminal_gets_a_line_a_second() -> None:
    result = run(["monitor", "--for", "6"], tools(SessionTransport(SHORT)))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.partition(".")[0] for line in lines] == ["0", "1", "2", "3", "4", "5", "6"]
    assert "HOLD  set 0.50 mA  delivered 0.50 mA" in lines[5]
    assert "\x1b" not in result.stdout


def test_line_of_a_fault_says_what_to_do() -> None:
    transport = SessionTransport(SHORT)
    transport.bench.fault = faults.REFERENCE
    result = run(["monitor", "--for", "3"], tools(transport))
    assert (
        "FAULT: fault 7 REFERENCE: ADC reference channel 0 raw, limit 0 raw. Have the device checked." in result.stdout
    )


def test_silent_device_is_said_once_a_second_and_watched_on() -> None:
    transport = SessionTransport(SHORT)
    transport.silent, transport.at_s = True, 3.0
    result = run(["monitor", "--for", "9"], tools(transport))
    assert result.exit_code == 0
    assert "no telemetry for 1 s\n" in result.stdout
    assert result.stdout.count("no telemetry for") <= 6


def test_lost_port_ends_monitoring_with_one_line() -> None:
    transport = SessionTransport(SHORT)
    transport.failure, transport.at_s = PortError("/dev/fake was lost"), 3.0
    result = run(["monitor"], tools(transport))
    assert result.exit_code == 3
    assert error_line(result) == "ionto: /dev/fake was lost"
    assert result.stdout


@pytest.mark.requirement("REQ-HST-2")
def test_watching_asks_nothing_but_to_be_told() -> None:
    transport = SessionTransport(SHORT)
    run(["monitor", "--for", "3"], tools(transport))
    assert set(transport.asked()) == {messages.HELLO, messages.STATUS, messages.SUBSCRIBE}


SCRIPT = """
transport = SessionTransport(SHORT)
transport.failure, transport.at_s = eval(sys.argv[1]), 4.0
app(["monitor", "--for", "6"], obj=tools(transport))
"""


@pytest.mark.parametrize(
    ("failure", "code"),
    [("None", 0), ("KeyboardInterrupt()", 0), ("__import__('host_tools').errors.PortError('port lost')", 3)],
    ids=["ends", "Ctrl-C", "port lost"],
)
def test_terminal_is_restored_however_monitoring_ends(failure: str, code: int) -> None:
    exit_code, output = in_terminal(80, 24, SCRIPT, failure)
    assert exit_code == code, output
    assert output.count("\x1b[?1049h") == output.count("\x1b[?1049l") == 1  # the alternate screen, and back
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")  # the cursor is shown again
    last = output.splitlines()[-1]  # its last words are below the picture
    assert ("ionto: port lost" if code else "set 0.50 mA") in last
