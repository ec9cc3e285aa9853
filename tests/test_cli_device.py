"""Commands that ask or tell the device one thing."""

import json

import pytest

from host_tools.transport import Port
from ionto import faults, messages
from ionto.messages_service import READ_INFO
from tests.cli_fakes import SHORT, SessionTransport, run, tools


def test_ports_lists_names_and_descriptions() -> None:
    ports = (Port("/dev/ttyA", "a bridge"), Port("COM12", ""))
    assert run(["ports"], tools(SessionTransport(), ports)).stdout == "/dev/ttyA  a bridge\nCOM12\n"


def test_ports_without_any_says_so_and_succeeds() -> None:
    result = run(["ports"], tools(SessionTransport(), ()))
    assert (result.exit_code, result.stdout) == (0, "No serial port found.\n")


def test_ports_json_is_a_list() -> None:
    result = run(["ports", "--json"], tools(SessionTransport()))
    assert json.loads(result.stdout) == [{"port": "/dev/fake", "description": "a bridge"}]


def test_info_says_who_the_device_is_and_that_its_calibration_is_built_in() -> None:
    words = run(["info"], tools(SessionTransport())).stdout
    assert ".".join(map(str, messages.VERSION)) in words
    assert b"IONTO-1\0".hex() in words
    assert "calibration is built in, not measured on this board" in words
    assert "3 (watchdog)" in words


def test_info_json_holds_the_same() -> None:
    values = json.loads(run(["info", "--json"], tools(SessionTransport())).stdout)
    assert values == {
        "port": "/dev/fake",
        "firmware_version": ".".join(map(str, messages.VERSION)),
        "board_id": b"IONTO-1\0".hex(),
        "message_table_hash": f"{messages.TABLE_HASH:08x}",
        "calibration": "built-in",
        "calibration_use": None,
        "reset_cause": 3,
    }


@pytest.mark.requirement("REQ-HST-2")
def test_info_changes_nothing_on_the_device() -> None:
    transport = SessionTransport()
    run(["info"], tools(transport))
    assert transport.asked() == [messages.HELLO, READ_INFO]
    assert transport.closed


def test_status_shows_state_currents_and_charge() -> None:
    transport = SessionTransport(SHORT)
    transport.bench.step(1000)  # 5 s: HOLD
    words = run(["status"], tools(transport)).stdout
    for expected in ("HOLD", "FACE", "0.50 mA for 10 min", "kΩ", "mA·min", "built-in"):
        assert expected in words
    assert "Fault" not in words


def test_status_of_a_fault_says_channel_value_limit_and_advice() -> None:
    transport = SessionTransport()
    view = transport.bench.device.view
    view.fault_value, view.fault_limit = 812, 200
    transport.bench.fault = faults.SENSE_MISMATCH
    words = run(["status"], tools(transport)).stdout
    assert "SENSE MISMATCH: sense A minus B 812 uA, limit 200 uA. Have the device checked and calibrated." in words


def test_status_json_names_what_the_link_numbers() -> None:
    transport = SessionTransport()
    view = transport.bench.device.view
    view.fault_value, view.fault_limit = 812, 200
    transport.bench.fault = faults.SENSE_MISMATCH
    values = json.loads(run(["status", "--json"], tools(transport)).stdout)
    assert (values["state"], values["mode"], values["calibration"]) == ("IDLE", "FACE", "built-in")
    assert values["resistance_ohm"] is None
    assert values["fault"]["name"] == "SENSE MISMATCH"
    assert (values["fault"]["value"], values["fault"]["limit"], values["fault"]["unit"]) == (812, 200, "uA")


def test_status_json_without_a_fault_says_null() -> None:
    assert json.loads(run(["status", "--json"], tools(SessionTransport())).stdout)["fault"] is None


def test_stop_asks_the_device_to_stop() -> None:
    transport = SessionTransport()
    assert run(["stop"], tools(transport)).exit_code == 0
    assert transport.bench.device.asked == [("stop", None)]


def test_lower_asks_for_the_level_in_microamperes() -> None:
    transport = SessionTransport()
    result = run(["lower", "0.4"], tools(transport))
    assert transport.bench.device.asked == [("level", 400)]
    assert result.stdout == "The level is 0.40 mA.\n"
