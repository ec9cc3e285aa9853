"""Telemetry and events as the host's client gives them, and how it counts what was lost."""

import pytest

from host_tools import client as client_module
from host_tools.client import Client, Event, Telemetry
from host_tools.framing import encode
from ionto import messages
from tests.link_fakes import BenchTransport, LinkBench


@pytest.fixture
def bench() -> LinkBench:
    return LinkBench()


@pytest.fixture
def transport(bench: LinkBench) -> BenchTransport:
    return BenchTransport(bench)


@pytest.fixture
def client(transport: BenchTransport) -> Client:
    client = Client(transport, transport.clock)
    client.hello()
    return client


def state_event(bench: LinkBench, number: int = 0) -> None:
    bench.link.event(0, messages.EVENT_STATE, number, 0)


def test_poll_gives_the_first_that_comes(bench: LinkBench, client: Client) -> None:
    client.subscribe(10)
    (first,) = client.poll()  # came with the reply
    began_ms = bench.elapsed_ms
    (second,) = client.poll(1.0)
    assert isinstance(first, Telemetry)
    assert isinstance(second, Telemetry)
    assert second.time_ms - first.time_ms == 100
    assert bench.elapsed_ms - began_ms <= 110


def test_poll_of_a_silent_device_waits_no_longer_than_told(bench: LinkBench, client: Client) -> None:
    began_ms = bench.elapsed_ms
    assert client.poll(0.5) == []
    assert bench.elapsed_ms - began_ms == 500
    assert client.poll() == []
    assert bench.elapsed_ms - began_ms == 500


def test_records_during_a_request_are_kept_in_order(bench: LinkBench, client: Client) -> None:
    state_event(bench, 1)
    client.status()
    state_event(bench, 2)
    client.status()
    assert [event.a for event in client.poll(0.02) if isinstance(event, Event)] == [1, 2]


def test_iterators_end_when_nothing_comes(bench: LinkBench, client: Client) -> None:
    client.subscribe(100)
    state_event(bench)
    bench.step(20)
    client.subscribe(0)
    assert {type(record) for record in client.records(0.1)} == {Telemetry, Event}
    assert list(client.telemetry(0.1)) == list(client.events(0.1)) == []


def test_iterators_of_one_kind_pass_over_the_other(bench: LinkBench, client: Client) -> None:
    client.subscribe(100)
    samples = client.telemetry(0.5)
    state_event(bench)
    assert [type(next(samples)) for _ in range(50)] == [Telemetry] * 50
    client.subscribe(0)
    state_event(bench)
    assert [event.number for event in client.events(0.1)] == [1]


@pytest.mark.requirement("REQ-LNK-7")
def test_lost_telemetry_is_what_the_device_dropped(bench: LinkBench, client: Client) -> None:
    client.subscribe(100)
    client.poll(0.1)
    bench.uart.capacity_bytes = 100
    bench.step(200)
    bench.uart.capacity_bytes = None
    for _ in range(5):
        client.poll(0.1)
    assert client.lost_telemetry == client.status().dropped_telemetry > 90
    assert client.bad_frames == 0


def test_telemetry_lost_on_the_way_is_counted(transport: BenchTransport, client: Client) -> None:
    client.subscribe(100)
    for _ in range(300):  # the sequence wraps
        client.poll(0.1)
    assert client.lost_telemetry == 0
    transport.lose_to_host = 4
    client.poll(0.1)
    assert client.lost_telemetry == 4


@pytest.mark.requirement("REQ-LNK-8")
def test_lost_events_are_what_the_queue_dropped(bench: LinkBench, client: Client) -> None:
    state_event(bench)
    client.poll(0.1)
    for number in range(40):
        state_event(bench, number)
    events = [record for record in client.records(0.1) if isinstance(record, Event)]
    assert client.lost_events == 8
    assert events[-1].a == 39


def test_events_of_a_restarted_device_are_not_losses(bench: LinkBench, client: Client) -> None:
    for _ in range(5):
        state_event(bench)
    client.poll(0.1)
    body = messages.pack(messages.message(messages.EVENT), (0, 1, messages.EVENT_BOOT, 3, 0))
    bench.uart.to_host += encode(messages.EVENT, 0, body)
    client.poll(0.1)
    assert client.lost_events == 0


def test_losses_before_hello_are_not_counted_after_it(bench: LinkBench, client: Client) -> None:
    state_event(bench)
    client.poll(0.1)
    for _ in range(40):
        state_event(bench)
    client.hello()
    client.poll(0.1)
    assert client.lost_events == 0


def test_unread_records_are_bounded_and_counted(
    bench: LinkBench, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MAX_UNREAD", 10)
    for number in range(12):
        state_event(bench, number)
    bench.step(2)
    client.subscribe(100)
    bench.step(20)
    client.status()
    records = client.poll()
    assert len(records) == 10
    assert client.lost_events == 12
    assert client.lost_telemetry > 0


def test_damaged_and_ill_fitting_frames_are_counted(bench: LinkBench, client: Client) -> None:
    bench.uart.to_host += b"rubbish\0" + encode(messages.TELEMETRY, 0, b"short") + encode(messages.EVENT, 0, b"")
    assert client.poll(0.1) == []
    assert client.bad_frames == 3


def test_close_ends_the_subscription(bench: LinkBench, transport: BenchTransport) -> None:
    with Client(transport, transport.clock) as client:
        client.hello()
        client.subscribe(100)
        sent = len(transport.written)
    assert len(transport.written) == sent + 1
    assert transport.closed
    bench.step(2)
    bench.uart.to_host.clear()
    bench.step(100)
    assert not bench.uart.to_host
    client.close()
    assert len(transport.written) == sent + 1
