"""`ionto adopt`: only in SERVICE, only for a memory that is not the board's own, only by the board's number."""

import pytest

from host_tools.cli_context import REFUSED, USAGE
from host_tools.client import Client
from ionto import faults, store_map
from ionto.states import STATES
from tests.cli_fakes import error_line, run, tools
from tests.link_fakes import BOARD_ID
from tests.support.fram import Fram
from tests.support.service_device import ServiceBench, ServiceTransport
from tests.support.store_parts import BOARD, labelled

OWN = BOARD_ID.hex()


def other_board() -> ServiceTransport:
    return ServiceTransport(ServiceBench(labelled(Fram())))


@pytest.mark.requirement("REQ-MEM-3", "REQ-SRV-5")
def test_memory_of_another_board_is_adopted_by_the_board_s_number_alone() -> None:
    transport = other_board()
    before = bytes(transport.bench.fram.bytes)
    result = run(["adopt", "--board", BOARD.hex()], tools(transport))
    assert result.exit_code == USAGE
    assert "nothing was changed" in error_line(result)
    assert "label: OTHER BOARD" in result.stdout
    assert bytes(transport.bench.fram.bytes) == before
    assert transport.bench.device.store.refusal == (faults.MEMORY_BOARD, store_map.LABEL)
    result = run(["adopt", "--board", OWN.upper()], tools(transport))
    assert result.exit_code == 0, result.output
    assert f"now that of board {OWN}" in result.stdout
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
