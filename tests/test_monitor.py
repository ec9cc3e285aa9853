"""The live monitor: what it shows, in which sizes, and that it leaves the terminal as it found it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from host_tools.errors import PortError
from host_tools.monitor import DELIVERED_STYLE, SET_STYLE, MonitorView
from host_tools.records import Identity, Status, Telemetry
from ionto import faults, messages
from ionto.messages import STATES
from tests.cli_fakes import SESSION, SHORT, SessionTransport, error_line, in_terminal, run, sample, session, tools

IDENTITY = Identity(messages.TABLE_HASH, 0, 1, 0, b"IONTO-1\0", messages.CALIBRATION_BUILTIN, 1)


RECORDS = session(SESSION, 2)


def status(**changes: int) -> Status:
    names = dict.fromkeys(Status.__dataclass_fields__, 0)
    return Status(**{**names, "calibration": messages.CALIBRATION_BUILTIN, **changes})


def view_at(end_s: float) -> MonitorView:
    view = MonitorView(IDENTITY, "/dev/ttyUSB0")
    view.status(status())
    for record in RECORDS:
        if record.time_ms > end_s * 1000:
            break
        if isinstance(record, Telemetry):
            view.telemetry(record)
        else:
            view.event(record)
    return view


def with_fault(view: MonitorView) -> MonitorView:
    view.telemetry(replace(sample(SESSION, 90), fault=faults.SENSE_MISMATCH, state=STATES.index("FAULT")))
    view.status(status(fault=faults.SENSE_MISMATCH, fault_value=812, fault_limit=200))
    return view


def styles_of(text: Text, words: str) -> set[str]:
    at = text.plain.index(words)
    return {str(span.style) for span in text.spans if span.start <= at < span.end}


def test_monitor_shows_state_currents_and_built_in_calibration() -> None:
    text = view_at(105).render(80, 24)
    for words in ("HOLD", "FACE", "set 1.50 mA", "delivered 1.49 mA", "V-LIMIT", "left", "kΩ", "mA·min"):
        assert words in text.plain, words
    assert "Calibration is built in, not measured on this board" in text.plain
    assert "LEVEL: 1.50 mA, was 1.40 mA" in text.plain


def test_monitor_draws_set_and_delivered_current_in_their_colours() -> None:
    text = view_at(105).render(80, 24)
    drawn = {str(span.style) for span in text.spans for char in text.plain[span.start : span.end] if char > "⠀"}
    assert {SET_STYLE, DELIVERED_STYLE} <= drawn
    assert styles_of(text, "set 1.50") == {SET_STYLE}
    assert styles_of(text, "delivered 1.49") == {DELIVERED_STYLE}


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (24, 8)])
def test_monitor_says_a_fault_with_its_advice_in_any_size(width: int, height: int) -> None:
    words = " ".join(with_fault(view_at(80)).render(width, height).plain.split())
    assert "FAULT" in words
    if width >= 40:
        assert "sense A minus B 812 uA, limit 200 uA. Have the device checked and calibrated." in words


def test_monitor_without_telemetry_says_that_it_waits() -> None:
    assert "waiting for telemetry" in MonitorView(IDENTITY, "COM3").render(80, 24).plain


@pytest.mark.requirement("REQ-HST-1")
def test_monitor_says_silence_and_losses() -> None:
    view = view_at(80)
    view.silent_s, view.lost = 3.2, 1
    assert "no telemetry for 3 s" in view.render(80, 24).plain
    assert "1 message lost" in view.render(80, 24).plain


def test_stored_calibration_needs_no_note() -> None:
    view = MonitorView(replace(IDENTITY, calibration=messages.CALIBRATION_STORED), "COM3")
    view.telemetry(sample(SHORT, 5.0))
    assert "alibration" not in view.render(80, 24).plain


def test_restart_of_the_device_begins_a_new_graph() -> None:
    view = view_at(80)
    view.telemetry(sample(SHORT, 0.0))
    assert "┤" not in view.render(80, 24).plain


@settings(deadline=None)  # how long a machine takes is not what is tested
@given(st.integers(1, 200), st.integers(1, 80), st.sampled_from([0, 3, 60, 90, 230, 645]), st.booleans())
def test_monitor_never_leaves_its_window(width: int, height: int, end_s: float, faulty: bool) -> None:
    view = with_fault(view_at(end_s)) if faulty else view_at(end_s)
    lines = view.render(width, height).split("\n")
    assert len(lines) <= height
    assert max(line.cell_len for line in lines) <= width


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


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12)])
@pytest.mark.parametrize(
    ("failure", "code"),
    [("None", 0), ("KeyboardInterrupt()", 0), ("__import__('host_tools').errors.PortError('port lost')", 3)],
    ids=["ends", "Ctrl-C", "port lost"],
)
def test_terminal_is_restored_however_monitoring_ends(width: int, height: int, failure: str, code: int) -> None:
    exit_code, output = in_terminal(width, height, SCRIPT, failure)
    assert exit_code == code, output
    assert output.count("\x1b[?1049h") == output.count("\x1b[?1049l") == 1  # the alternate screen, and back
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")  # the cursor is shown again
    frames = output.count("\x1b[H")
    assert 10 <= frames <= 6 * 10 + 5  # ten a second at most
    assert "RAMP_UP" in output
