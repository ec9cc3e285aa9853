"""A device whose program files are damaged, as the host's tools see it."""

import json
from types import SimpleNamespace

import pytest

from ionto import faults, messages, states
from ionto.refusing import Refusing
from tests.cli_fakes import run, tools
from tests.link_fakes import BOARD_ID, CLOCK_MASK, STEP_MS, BenchTransport, LinkBench

pytestmark = pytest.mark.requirement("REQ-FIL-1")

FULL_U16 = 0xFFFF


class DamagedBench(LinkBench):
    """A LinkBench whose device refuses."""

    def __init__(self, count: int) -> None:
        super().__init__()
        battery = SimpleNamespace(read_u16=lambda: FULL_U16 * 4 // 10)
        board = SimpleNamespace(uart=self.uart, board_id=BOARD_ID, reset_cause=4, b_battery=battery)
        self.refusing = Refusing(board, count)

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            self.refusing.step((self.start_ms + self.elapsed_ms) & CLOCK_MASK)
            self.elapsed_ms += STEP_MS


@pytest.fixture
def transport() -> BenchTransport:
    return BenchTransport(DamagedBench(3))


def test_status_of_a_damaged_device_names_the_fault_and_how_many_files(transport: BenchTransport) -> None:
    result = run(["status"], tools(transport))
    assert result.exit_code == 0
    words = "fault 38 FIRMWARE: program files 3, limit 0. Program files are damaged. Have them installed again."
    assert words in result.stdout
    values = json.loads(run(["status", "--json"], tools(transport)).stdout)
    assert (values["state"], values["fault"]["number"], values["fault"]["value"]) == ("FAULT", faults.FIRMWARE, 3)
    assert values["fault"]["limit"] == values["ticks"] == values["current_ua"] == 0
    assert values["battery_mv"] == pytest.approx(9900 * 0.4, abs=1)


def test_info_of_a_damaged_device_says_who_it_is(transport: BenchTransport) -> None:
    result = run(["info", "--json"], tools(transport))
    assert result.exit_code == 0
    values = json.loads(result.stdout)
    assert (values["board_id"], values["calibration"], values["reset_cause"]) == (BOARD_ID.hex(), "none", 4)
    assert values["calibration_use"] is None


def test_doctor_of_a_damaged_device_says_what_is_wrong_and_nothing_of_its_calibration(
    transport: BenchTransport,
) -> None:
    result = run(["doctor"], tools(transport))
    assert result.exit_code == 1
    assert "BAD   device: fault 38 FIRMWARE: program files 3, limit 0" in result.stdout
    assert "calibration" not in result.stdout


@pytest.mark.parametrize("words", [["stop"], ["lower", "0.1"], ["log"]])
def test_command_that_a_damaged_device_refuses_says_why(
    transport: BenchTransport, words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    env: dict[str, str | None] = {"IONTO_DB": str(tmp_path_factory.mktemp("db") / "bench.db")}
    result = run(words, tools(transport), env)
    assert result.exit_code == 1
    assert "program files are damaged: have them installed again" in result.stderr


def test_refused_requests_have_their_figures_and_unknown_ones_too() -> None:
    bench = DamagedBench(2)
    for number, body in ((messages.STOP, b""), (0x11, b"\0\0\0"), (0x27, b""), (0x99, b"xyz")):
        (reply,) = bench.ask_raw(number, body, sequence=number)
        assert tuple(reply.values.values()) == (number, faults.PROGRAM_DAMAGED, messages.NO_FIELD, 2, 0)
    (reply,) = bench.ask_raw(messages.HELLO, b"")
    assert reply.values["code"] == faults.BAD_LENGTH


def test_events_wait_for_hello_and_time_goes_on_over_the_wrap_of_the_clock() -> None:
    bench = DamagedBench(1)
    bench.step(20)
    assert bench.sent() == []
    replies = bench.hello()
    assert [reply.name for reply in replies] == ["HELLO_REPLY", "EVENT", "EVENT"]
    told = [(reply.values["kind"], reply.values["a"]) for reply in replies[1:]]
    assert told == [(messages.EVENT_BOOT, 4), (messages.EVENT_FAULT, faults.FIRMWARE)]
    assert bench.refusing.uptime_ms() == 20 * STEP_MS
    assert bench.refusing.ticks() == 0
    assert bench.refusing.view.state == states.FAULT
