"""Reading the memory over the link: from any record on, a frame at a time, never while a session is under way."""

from binascii import crc32
from pathlib import Path
from typing import Any

import pytest

from host_tools.client import READ_AHEAD, Client
from host_tools.errors import NoReplyError, RefusedError
from host_tools.memory_image import read_image, save_image
from host_tools.recording_info import RecordingError
from host_tools.records import Records
from ionto import faults, messages, store_map
from ionto import messages_service as ms
from ionto.states import STATES
from ionto.store import Store
from tests.link_fakes import BenchTransport, LinkBench, Reply
from tests.support.fram import Fram
from tests.support.store_parts import BOARD, VERSION, fill_ring, labelled, put_slot, ring_record, slot

READABLE = {"IDLE", "DONE", "SERVICE", "FAULT"}
PAYLOAD = {"sessions": 58, "events": 26, "trace": 10}


@pytest.fixture
def bench() -> LinkBench:
    """A device in IDLE whose rings have wrapped; its events are numbered across 2**16."""
    fram = labelled(Fram())
    fill_ring(fram, "events", 70_000, 300)
    fill_ring(fram, "trace", 2000, 1024)
    fill_ring(fram, "sessions", 4, 5)
    put_slot(fram, store_map.SETTINGS, 0, slot(store_map.SETTINGS, 7, b"settings"))
    one = LinkBench()
    one.device.store = Store(fram, BOARD, VERSION)
    one.device.store.open()
    one.show(state=STATES.index("IDLE"))
    return one


def read(bench: LinkBench, region: int, sequence: int) -> Records:
    (reply,) = bench.ask(ms.READ, region, sequence, sequence=sequence & 0xFF)
    assert reply.name == "RECORDS", reply
    values: dict[str, Any] = dict(reply.values)
    return Records(**values)


def payload(name: str, sequence: int) -> bytes:
    return ring_record(name, sequence)[2:-4]


@pytest.mark.requirement("REQ-LNK-6")
def test_hash_of_the_table_covers_the_rows_that_the_device_imports_late() -> None:
    assert crc32(messages.canonical(ms.SERVICE_MESSAGES).encode()) == messages.SERVICE_HASH
    assert len({row.type for row in ms.ALL}) == len(ms.ALL)
    assert max(messages.body_size(row) for row in ms.ALL) <= 120


@pytest.mark.requirement("REQ-LNK-10")
@pytest.mark.parametrize(
    ("region", "info"),
    [
        (store_map.EVENTS, (5, 0, 70_000 % 65536, 256, 26)),
        (store_map.TRACE, (6, 0, 2000, 1024, 10)),
        (store_map.SESSIONS, (4, 0, 4, 64, 58)),
        (store_map.CALIBRATION, (1, -1, -1, 1, 0)),
        (store_map.LABEL, (0, 0, 0, 1, 3)),
    ],
)
def test_info_says_what_stands_in_a_region(bench: LinkBench, region: int, info: tuple[int, ...]) -> None:
    (reply,) = bench.ask(ms.READ_INFO, region)
    assert tuple(reply.values.values()) == info


@pytest.mark.requirement("REQ-LNK-10")
@pytest.mark.parametrize(
    ("name", "first", "count"), [("events", 69_999 - 254, 256), ("sessions", 0, 5), ("trace", 977, 1024)]
)
def test_whole_ring_is_read_in_order_across_the_wrap_of_the_numbers(
    bench: LinkBench, name: str, first: int, count: int
) -> None:
    region = ["label", "calibration", "settings", "counters", "sessions", "events", "trace"].index(name)
    found: list[bytes | None] = []
    while len(found) < count:
        found += read(bench, region, (first + len(found)) % 65536).payloads(PAYLOAD[name])
    assert found[:count] == [payload(name, first + index) for index in range(count)]
    assert found[count:] == [None] * (len(found) - count)


@pytest.mark.requirement("REQ-LNK-10")
def test_record_that_is_overwritten_or_damaged_is_not_said_to_be_there(bench: LinkBench) -> None:
    bench.device.store._part.bytes[0x2000 + (69_998 % 256) * 32 + 9] ^= 1
    records = read(bench, store_map.EVENTS, 69_997 % 65536).payloads(26)
    assert [one is not None for one in records] == [True, False, True, True]
    assert read(bench, store_map.EVENTS, (70_000 - 256) % 65536).whole == 0b1110


@pytest.mark.requirement("REQ-LNK-10")
def test_region_of_one_record_answers_with_it_whatever_is_asked(bench: LinkBench) -> None:
    records = read(bench, store_map.COUNTERS, 9)
    assert records.whole == 0
    label = read(bench, store_map.LABEL, 9)
    assert (label.sequence, label.whole, label.data[:3]) == (0, 1, bytes(VERSION))


@pytest.mark.requirement("REQ-LNK-10")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("request_type", [ms.READ, ms.READ_INFO, ms.READ_RAW])
def test_reading_is_refused_while_a_session_is_under_way(bench: LinkBench, state: str, request_type: int) -> None:
    bench.show(state=STATES.index(state))
    values = (store_map.TRACE, 2000) if request_type == ms.READ else (store_map.TRACE,)
    (reply,) = bench.ask(request_type, *values)
    if state in READABLE:
        assert reply.name in ("RECORDS", "REGION_INFO", "RAW")
    else:
        values = {"request": request_type, "code": faults.NOT_IN_STATE, "field": 255}
        assert reply == Reply("REFUSED", 1, {**values, "value": STATES.index(state), "limit": 0})
        assert request_type not in bench.link._handlers, "nothing is imported under a session"


@pytest.mark.requirement("REQ-LNK-4")
def test_region_that_does_not_exist_and_memory_that_is_not_used_are_refused_with_figures(bench: LinkBench) -> None:
    (reply,) = bench.ask(ms.READ, 7, 0)
    assert tuple(reply.values.values()) == (ms.READ, faults.ABOVE_MAXIMUM, 0, 7, 6)
    bench.device.store.refusal = (faults.MEMORY_BOARD, 0)
    (reply,) = bench.ask(ms.READ_INFO, 5, sequence=2)
    assert tuple(reply.values.values()) == (ms.READ_INFO, faults.MEMORY_REFUSED, 0, faults.MEMORY_BOARD, 0)


@pytest.mark.requirement("REQ-MEM-8")
@pytest.mark.parametrize("refusal", [None, (faults.MEMORY_FOREIGN, 0), (faults.MEMORY_NEWER, 2)])
def test_memory_is_read_as_it_stands_whoever_wrote_it(bench: LinkBench, refusal: tuple[int, int] | None) -> None:
    store = bench.device.store
    store.refusal = refusal
    store._part.bytes[0:4] = b"else"
    client, _ = host_of(bench)
    assert read_image(client) == bytes(store._part.bytes)
    assert next(client.read_raw([32_704])) == bytes(store._part.bytes[-64:])
    for address in (32_705, 65_535):
        (reply,) = bench.ask(ms.READ_RAW, address, sequence=address & 0xFF)
        assert tuple(reply.values.values()) == (ms.READ_RAW, faults.ABOVE_MAXIMUM, 0, address, 32_704)


@pytest.mark.requirement("REQ-LNK-4", "REQ-LNK-9")
def test_memory_that_stops_answering_is_told_and_stops_nothing(
    bench: LinkBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> None:
        raise OSError(5)

    monkeypatch.setattr(bench.device.store._part, "read_into", absent)
    (reply,) = bench.ask(ms.READ, store_map.EVENTS, 0)
    assert tuple(reply.values.values()) == (ms.READ, faults.MEMORY_REFUSED, 0, faults.MEMORY_ABSENT, store_map.EVENTS)
    (reply,) = bench.ask(ms.READ_RAW, 0, sequence=3)
    assert tuple(reply.values.values()) == (ms.READ_RAW, faults.MEMORY_REFUSED, 255, faults.MEMORY_ABSENT, 0)
    assert bench.ask(messages.STATUS, sequence=2)[0].name == "STATUS_REPLY"


def host_of(bench: LinkBench) -> tuple[Client, BenchTransport]:
    transport = BenchTransport(bench)
    client = Client(transport, transport.clock)
    client.hello()
    return client, transport


@pytest.mark.requirement("REQ-HST-4")
def test_host_that_reads_ahead_gets_what_it_gets_one_by_one_with_several_requests_under_way(bench: LinkBench) -> None:
    client, transport = host_of(bench)
    sequences = range(1000, 1110, 11)
    wanted = [client.read_records(store_map.TRACE, sequence) for sequence in sequences]
    transport.written.clear()
    ahead = client.read_ahead((store_map.TRACE, sequence) for sequence in sequences)
    found = [next(ahead)]
    assert len(transport.written) == READ_AHEAD == 6
    found += ahead
    assert found == wanted
    assert [reply.sequence for reply in found] == list(sequences)
    assert len(transport.written) == len(sequences)


@pytest.mark.requirement("REQ-HST-4")
@pytest.mark.parametrize(
    ("way", "lost"), [("lose_to_device", 1), ("lose_to_device", 4), ("lose_to_host", 1), ("lose_to_host", 2)]
)
def test_what_gets_lost_while_reading_ahead_is_asked_for_again(bench: LinkBench, way: str, lost: int) -> None:
    client, transport = host_of(bench)
    sequences = range(1000, 1110, 11)
    wanted = [client.read_records(store_map.TRACE, sequence) for sequence in sequences]
    ahead = client.read_ahead((store_map.TRACE, sequence) for sequence in sequences)
    found = [next(ahead)]
    setattr(transport, way, lost)
    found += ahead
    assert found == wanted
    assert client.status().state == STATES.index("IDLE")


@pytest.mark.requirement("REQ-HST-4")
def test_reading_ahead_that_is_broken_off_or_refused_leaves_nothing_under_way(bench: LinkBench) -> None:
    client, transport = host_of(bench)
    ahead = client.read_ahead((store_map.TRACE, sequence) for sequence in range(1000, 1110, 11))
    next(ahead)
    ahead.close()
    assert client.status().state == STATES.index("IDLE")
    assert client.region_infos([4, 6]) == [client.region_info(4), client.region_info(6)]
    bench.show(state=STATES.index("HOLD"))
    with pytest.raises(RefusedError) as caught:
        list(client.read_ahead((store_map.TRACE, sequence) for sequence in range(1000, 1110, 11)))
    assert caught.value.code == faults.NOT_IN_STATE
    assert client.status().state == STATES.index("HOLD")
    transport.lose_to_device = 100
    with pytest.raises(NoReplyError, match="READ"):
        list(client.read_ahead([(store_map.TRACE, 1), (store_map.TRACE, 2)]))
    assert transport.lose_to_device == 100 - 3 * 2


@pytest.mark.requirement("REQ-MEM-8")
@pytest.mark.parametrize("size", [0, 32767, 32769])
def test_image_that_is_not_the_whole_memory_is_not_written(size: int, tmp_path: Path) -> None:
    path = tmp_path / "memory.bin"
    with pytest.raises(RecordingError, match=f"{size} bytes were read, the memory has 32768"):
        save_image(path, bytes(size))
    assert not path.exists()
    save_image(path, bytes(32768))
    assert path.stat().st_size == 32768
