"""The host's client against the firmware's own Link, end to end, in virtual time."""

from dataclasses import FrozenInstanceError, fields

import pytest

from host_tools import client as client_module
from host_tools.client import Client, Event, Identity, Readings, Records, RegionInfo, Status, Telemetry
from host_tools.errors import FrameError, IontoError, NoReplyError, RefusedError, VersionMismatchError
from host_tools.framing import encode
from host_tools.records import Raw
from ionto import faults, messages, messages_service
from tests.link_fakes import BOARD_ID, BenchTransport, LinkBench

RECORDS = {
    "HELLO_REPLY": Identity,
    "STATUS_REPLY": Status,
    "TELEMETRY": Telemetry,
    "EVENT": Event,
    "REGION_INFO": RegionInfo,
    "RECORDS": Records,
    "RAW": Raw,
    "SERVICE_READINGS": Readings,
}


@pytest.fixture
def bench() -> LinkBench:
    return LinkBench()


@pytest.fixture
def transport(bench: LinkBench) -> BenchTransport:
    return BenchTransport(bench)


@pytest.fixture
def client(transport: BenchTransport) -> Client:
    return Client(transport, transport.clock)


@pytest.mark.parametrize("name", RECORDS)
def test_record_matches_the_table_field_for_field(name: str) -> None:
    row = next(row for row in messages_service.ALL if row.name == name)
    assert [field.name for field in fields(RECORDS[name])] == [field.name for field in row.fields]


def test_every_message_of_the_device_with_more_than_a_result_has_a_record() -> None:
    assert {row.name for row in messages_service.ALL if row.type >= messages.OK} == {*RECORDS, "OK", "REFUSED"}


@pytest.mark.requirement("REQ-LNK-1")
def test_new_client_sends_nothing(transport: BenchTransport, client: Client) -> None:
    client.poll(1.0)
    client.close()
    assert transport.written == []
    assert transport.closed


def test_hello_says_who_the_device_is(client: Client) -> None:
    builtin = messages.CALIBRATION_BUILTIN
    assert client.hello() == Identity(messages.TABLE_HASH, *messages.VERSION, BOARD_ID, builtin, 3)


def test_record_cannot_be_changed(client: Client) -> None:
    with pytest.raises(FrozenInstanceError):
        client.hello().calibration = 2  # pyright: ignore[reportAttributeAccessIssue]


def test_status_has_none_where_there_is_nothing_to_report(bench: LinkBench, client: Client) -> None:
    bench.show(level_ua=500, setpoint_ua=None, current_ua=0xFFFF)
    status = client.status()
    assert (status.level_ua, status.setpoint_ua, status.resistance_ohm) == (500, None, None)
    assert status.current_ua == 0xFFFF


def test_stop_and_lower_level_reach_the_device(bench: LinkBench, client: Client) -> None:
    client.stop()
    client.lower_level(500)
    assert bench.device.asked == [("stop", None), ("level", 500)]


@pytest.mark.requirement("REQ-LNK-4")
def test_refused_request_says_what_value_and_which_limit(bench: LinkBench, client: Client) -> None:
    bench.device.refusal = (faults.WOULD_RAISE, 600, 500)
    with pytest.raises(RefusedError, match=r"LOWER_LEVEL refused: the host may only lower the level \(level_ua 600, "):
        client.lower_level(600)
    bench.device.refusal = (faults.NOT_IN_STATE, 2, 0)
    with pytest.raises(RefusedError, match=r"^STOP refused: not possible in this state \(state IDLE\)$") as caught:
        client.stop()
    assert (caught.value.code, caught.value.field, caught.value.value) == (faults.NOT_IN_STATE, None, 2)
    client.hello()
    with pytest.raises(RefusedError, match=r"above the maximum \(rate_hz 101, limit 100\)") as caught:
        client.subscribe(101)
    assert caught.value.field == "rate_hz"


def test_refused_error_of_numbers_that_no_table_knows_still_speaks() -> None:
    assert str(RefusedError(99, 250, 7, 1, 2)) == "type 99 refused: unknown refusal 250 (value 1, limit 2)"
    assert "value 99, limit 0" in str(RefusedError(messages.STOP, faults.NOT_IN_STATE, 0xFF, 99, 0))


@pytest.mark.requirement("REQ-LNK-6")
@pytest.mark.parametrize(
    ("version", "advice"),
    [
        ((0, 0, 9), "The firmware is older: put firmware 0.1.0 on the device, or install host tools 0.0.9."),
        ((0, 2, 0), "The host tools are older: install host tools 0.2.0, or put firmware 0.1.0 on the device."),
        ((0, 1, 0), "The versions are equal but not their sources: build both from the same commit."),
    ],
)
@pytest.mark.parametrize("longer", [b"", b"and more"])
def test_hello_of_other_tables_names_both_versions_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], advice: str, longer: bytes
) -> None:
    monkeypatch.setattr(messages, "VERSION", (0, 1, 0))
    body = (0xDEADBEEF).to_bytes(4, "little") + bytes(version) + longer  # another table may be of another length
    client = Client(ScriptedTransport([encode(messages.HELLO_REPLY, 1, body)]), lambda: 0.0)
    with pytest.raises(VersionMismatchError) as caught:
        client.hello()
    text = str(caught.value)
    assert f"device firmware {'.'.join(map(str, version))} (table deadbeef)" in text
    assert f"host tools 0.1.0 (table {messages.TABLE_HASH:08x})" in text
    assert text.endswith(advice)
    assert "\n" not in text


class ScriptedTransport:
    """Gives what it was handed, one piece a read, and then nothing, while no time passes."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.writes = 0

    def write(self, data: bytes) -> None:
        assert data
        self.writes += 1

    def read(self, timeout_s: float) -> bytes:
        assert timeout_s >= 0
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.pieces.clear()


def test_hello_reply_too_short_to_name_a_version_is_an_error() -> None:
    client = Client(ScriptedTransport([encode(messages.HELLO_REPLY, 1, b"abc")]), lambda: 0.0)
    with pytest.raises(FrameError, match="HELLO_REPLY has 3 bytes, at least 7"):
        client.hello()


def test_no_reply_is_an_error_after_three_attempts_of_300_ms() -> None:
    bench = LinkBench()
    transport = BenchTransport(bench)
    transport.lose_to_device = 1000
    client = Client(transport, transport.clock)
    with pytest.raises(NoReplyError, match=r"^no reply to STOP, asked 3 times: is this the right port"):
        client.stop()
    assert bench.elapsed_ms == 900
    assert len(set(transport.written)) == 1
    assert len(transport.written) == 3


def test_no_reply_of_a_transport_whose_clock_stands_still_ends() -> None:
    transport = ScriptedTransport([])
    with pytest.raises(NoReplyError, match="asked once"):
        Client(transport, lambda: 0.0, attempts=1).status()
    assert transport.writes == 1


@pytest.mark.requirement("REQ-LNK-5")
@pytest.mark.parametrize("way", ["lose_to_device", "lose_to_host"])
@pytest.mark.parametrize("losses", [1, 2])
def test_lost_request_or_reply_is_repeated_and_done_once(
    bench: LinkBench, transport: BenchTransport, client: Client, way: str, losses: int
) -> None:
    setattr(transport, way, losses)
    client.stop()
    assert bench.device.asked == [("stop", None)]
    assert len(transport.written) == losses + 1


def test_reply_in_pieces_and_after_noise_is_found(bench: LinkBench) -> None:
    bench.hello(sequence=1)
    wire = b"noise\0" + encode(messages.OK, 1, messages.pack(messages.message(messages.OK), (messages.STOP, 0)))
    client = Client(ScriptedTransport([wire[at : at + 1] for at in range(len(wire))]), lambda: 0.0)
    client.stop()
    assert client.bad_frames == 1


def test_replies_that_are_not_to_this_request_are_passed_over() -> None:
    row = messages.message(messages.OK)
    wrong = [
        encode(messages.OK, 9, messages.pack(row, (messages.STOP, 0))),  # another sequence
        encode(messages.OK, 1, messages.pack(row, (messages.SUBSCRIBE, 0))),  # another request
        encode(messages.STATUS_REPLY, 1, bytes(45)),  # another type
        encode(messages.REFUSED, 1, b""),
        encode(0x5F, 1, b""),  # not in the table
    ]
    client = Client(ScriptedTransport(wrong), lambda: 0.0, attempts=1)
    with pytest.raises(NoReplyError):
        client.stop()
    assert client.bad_frames == 1


def test_reply_of_the_wrong_length_is_an_error() -> None:
    client = Client(ScriptedTransport([encode(messages.STATUS_REPLY, 1, b"short")]), lambda: 0.0)
    with pytest.raises(FrameError, match="STATUS_REPLY: 5 bytes, not 47"):
        client.status()


def test_every_error_is_one_of_ionto() -> None:
    for error in (FrameError, NoReplyError, RefusedError, VersionMismatchError):
        assert issubclass(error, IontoError)


def test_names_come_from_the_tables() -> None:
    assert client_module.state_name(7) == "HOLD"
    assert client_module.mode_name(0) == "FACE"
    assert client_module.reason_names(faults.RAMPING | faults.V_LIMIT) == ["RAMPING", "V-LIMIT"]
    latch = client_module.fault(faults.LATCH)
    assert latch is not None
    assert latch.name == "LATCH TRIPPED"
    assert client_module.fault(0) is client_module.fault(200) is None
