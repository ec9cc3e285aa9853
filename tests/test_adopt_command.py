"""`ionto adopt`: only in SERVICE, only for a memory that is not the board's own, only by the board's number."""

from pathlib import Path

import pytest

from host_tools.cli_context import FILES, REFUSED, USAGE
from host_tools.client import Client
from ionto import faults, store_map
from ionto.states import STATES
from tests.cli_fakes import error_line, run, tools
from tests.link_fakes import BOARD_ID
from tests.support.fram import Fram
from tests.support.service_device import ServiceBench, ServiceTransport
from tests.support.store_parts import BOARD, labelled

OWN = BOARD_ID.hex()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the command is given."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def other_board() -> ServiceTransport:
    return ServiceTransport(ServiceBench(labelled(Fram())))


@pytest.mark.requirement("REQ-MEM-3", "REQ-MEM-8", "REQ-SRV-5")
def test_memory_of_another_board_is_adopted_by_the_board_s_number_alone_and_kept_before(here: Path) -> None:
    transport = other_board()
    before = bytes(transport.bench.fram.bytes)
    result = run(["adopt", "--board", BOARD.hex()], tools(transport))
    assert result.exit_code == USAGE
    assert "nothing was changed" in error_line(result)
    assert "label: OTHER BOARD" in result.stdout
    assert bytes(transport.bench.fram.bytes) == before
    assert list(here.iterdir()) == []
    assert transport.bench.device.store.refusal == (faults.MEMORY_BOARD, store_map.LABEL)
    result = run(["adopt", "--board", OWN.upper()], tools(transport))
    assert result.exit_code == 0, result.output
    assert f"now that of board {OWN}" in result.stdout
    (kept,) = here.iterdir()
    assert kept.name == f"memory-{OWN}-20250304-050607.bin"
    assert f"kept in {kept.name}" in result.stdout
    assert kept.read_bytes() == before != bytes(transport.bench.fram.bytes)
    assert "(NOT CALIBRATED): `ionto calibrate`" in result.stdout
    assert transport.bench.device.store.refusal is None
    again = run(["adopt"], tools(transport))
    assert "board's own: there is nothing to adopt" in again.stdout


def test_memory_that_takes_nothing_and_a_device_elsewhere_are_said_so() -> None:
    transport = other_board()
    transport.bench.fram.stuck[150] = 0xA5
    result = run(["adopt", "--board", OWN], tools(transport))
    assert result.exit_code == REFUSED
    assert "cannot be made this board's: fault 28 MEMORY WRITE" in error_line(result)
    transport.bench.show(state=STATES.index("IDLE"))
    result = run(["adopt", "--board", OWN], tools(transport))
    assert "not in SERVICE" in error_line(result)
    assert Client(transport, transport.clock).hello().board_id == BOARD_ID


@pytest.mark.requirement("REQ-MEM-8")
def test_memory_that_cannot_be_kept_is_not_adopted(here: Path) -> None:
    transport = other_board()
    before = bytes(transport.bench.fram.bytes)
    (here / "taken.bin").write_bytes(b"mine")
    for file, words in (("taken.bin", "exists already"), ("taken.bin/x.bin", "cannot write")):
        result = run(["adopt", "--board", OWN, "--raw", file], tools(transport))
        assert result.exit_code == FILES
        assert words in error_line(result)
        assert bytes(transport.bench.fram.bytes) == before
    assert [path.name for path in here.iterdir()] == ["taken.bin"]
    result = run(["adopt", "--board", OWN, "--raw", "kept.bin"], tools(transport))
    assert result.exit_code == 0, result.output
    assert (here / "kept.bin").read_bytes() == before
