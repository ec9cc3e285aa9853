"""The device's side of the link: telemetry, events, the room in the transmit buffer, and hostile input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.framing import encode
from ionto import link as link_module
from ionto import messages
from ionto.link_out import TX_BUFFER_BYTES
from tests.link_fakes import STEP_MS, LinkBench

bytes_u8 = st.integers(0, 255)


@pytest.fixture
def bench() -> LinkBench:
    return LinkBench()


def telemetry_in(bench: LinkBench, duration_ms: int) -> list[int]:
    bench.step(duration_ms // STEP_MS)
    return [reply.sequence for reply in bench.sent() if reply.name == "TELEMETRY"]


@pytest.mark.requirement("REQ-LNK-1")
def test_nothing_is_sent_unasked(bench: LinkBench) -> None:
    for number in range(40):
        bench.link.event(number, messages.EVENT_STATE, 1, 0)
    bench.step(1000)
    assert bench.sent() == []


@pytest.mark.parametrize("rate_hz", [1, 3, 30, 99, 100])
def test_telemetry_comes_at_the_rate_that_was_asked_for(bench: LinkBench, rate_hz: int) -> None:
    bench.hello()
    first = bench.subscribe(rate_hz)
    assert [reply.name for reply in first] == ["OK", "TELEMETRY"]
    assert telemetry_in(bench, 10_000) == [(number + 1) & 0xFF for number in range(10 * rate_hz)]


def test_telemetry_is_what_the_view_shows(bench: LinkBench) -> None:
    bench.show(state=7, level_ua=500, current_b_ua=482, resistance_ohm=None)
    bench.hello()
    (_, sample) = bench.subscribe(1)
    assert sample.values["time_ms"] == STEP_MS
    shown = {name: sample.values[name] for name in ("state", "level_ua", "current_b_ua", "resistance_ohm")}
    assert shown == {"state": 7, "level_ua": 500, "current_b_ua": 482, "resistance_ohm": messages.NO_RESISTANCE}


@pytest.mark.parametrize("how", ["subscribe 0", "hello", "hello of another table"])
def test_telemetry_ends_when_asked_and_for_a_new_host(bench: LinkBench, how: str) -> None:
    bench.hello()
    bench.subscribe(100)
    if how == "subscribe 0":
        bench.subscribe(0, sequence=9)
    else:
        bench.hello(table_hash=messages.TABLE_HASH if how == "hello" else 0, sequence=9)
    assert telemetry_in(bench, 2000) == []


@pytest.mark.requirement("REQ-LNK-7")
def test_telemetry_to_a_host_that_never_reads_is_dropped_and_counted(bench: LinkBench) -> None:
    bench.hello()
    bench.subscribe(100)
    bench.uart.capacity_bytes = 50  # one sample and a part of the next
    bench.step(200)
    assert len(bench.uart.to_host) == 50
    bench.uart.capacity_bytes = None
    bench.step()
    sequences = [reply.sequence for reply in bench.sent()]
    status = next(reply for reply in bench.ask(messages.STATUS) if reply.name == "STATUS_REPLY")
    assert sequences[:2] == [1, 2]  # the broken-off sample was finished first
    assert status.values["dropped_telemetry"] == 98
    assert status.values["bad_frames"] == 0


@pytest.mark.requirement("REQ-LNK-7")
def test_dropped_telemetry_shows_as_a_gap(bench: LinkBench) -> None:
    bench.hello()
    bench.subscribe(100)
    bench.uart.capacity_bytes = 0
    bench.step(20)
    bench.uart.capacity_bytes = None
    bench.step(20)
    sequences = [reply.sequence for reply in bench.sent()]
    status = next(reply for reply in bench.ask(messages.STATUS) if reply.name == "STATUS_REPLY")
    missing = sequences[-1] + 1 - len(sequences) - sequences[0]
    assert missing > 5
    assert missing == status.values["dropped_telemetry"]


@pytest.mark.requirement("REQ-LNK-7")
def test_telemetry_missed_by_a_late_step_is_counted(bench: LinkBench) -> None:
    bench.hello()
    bench.subscribe(100)
    bench.elapsed_ms += 995
    bench.step()
    (sample,) = bench.sent()
    assert sample.sequence == 100
    assert bench.ask(messages.STATUS)[0].values["dropped_telemetry"] == 99


def test_dropped_telemetry_count_saturates(bench: LinkBench) -> None:
    bench.hello()
    bench.subscribe(100)
    for _ in range(100):
        bench.elapsed_ms += 10_000
        bench.step()
    bench.sent()
    assert bench.ask(messages.STATUS)[0].values["dropped_telemetry"] == 65535


@pytest.mark.requirement("REQ-LNK-8")
def test_events_wait_for_hello_and_come_in_order(bench: LinkBench) -> None:
    bench.link.event(5, messages.EVENT_BOOT, 1, 2)
    bench.link.event(2**32 + 6, messages.EVENT_FAULT, 5, -250)
    replies = bench.hello()
    assert [reply.name for reply in replies] == ["HELLO_REPLY", "EVENT", "EVENT"]
    assert [reply.sequence for reply in replies[1:]] == [0, 1]
    assert replies[1].values == {"number": 0, "time_ms": 5, "kind": messages.EVENT_BOOT, "a": 1, "b": 2}
    assert replies[2].values == {"number": 1, "time_ms": 6, "kind": messages.EVENT_FAULT, "a": 5, "b": -250}


@pytest.mark.requirement("REQ-LNK-8")
def test_events_beyond_the_queue_leave_a_gap_in_the_numbers(bench: LinkBench) -> None:
    bench.hello()
    bench.link.event(0, messages.EVENT_STATE, 0, 0)
    bench.step()
    for number in range(link_module.MAX_EVENTS + 3):
        bench.link.event(0, messages.EVENT_STATE, number, 0)
    bench.step(10)
    numbers = [reply.values["number"] for reply in bench.sent()]
    assert numbers == [0, *range(4, link_module.MAX_EVENTS + 4)]


@pytest.mark.requirement("REQ-LNK-8")
def test_event_number_wraps_at_16_bits(bench: LinkBench) -> None:
    bench.hello()
    for _ in range(0x10001):
        bench.link.event(0, messages.EVENT_STATE, 0, 0)
    bench.step(10)
    replies = bench.sent()
    assert [reply.values["number"] for reply in replies[-3:]] == [0xFFFE, 0xFFFF, 0]
    assert [reply.sequence for reply in replies[-3:]] == [0xFE, 0xFF, 0]


def test_events_wait_for_room_and_are_not_lost_to_a_host_that_reads_late(bench: LinkBench) -> None:
    bench.hello()
    bench.uart.capacity_bytes = 10
    for number in range(20):
        bench.link.event(0, messages.EVENT_STATE, number, 0)
    bench.step(100)
    bench.uart.capacity_bytes = None
    bench.step(20)
    assert [reply.values["a"] for reply in bench.sent()] == list(range(20))


@pytest.mark.requirement("REQ-LNK-4")
def test_reply_finds_room_that_events_have_left(bench: LinkBench) -> None:
    bench.hello()
    for number in range(link_module.MAX_EVENTS):
        bench.link.event(0, messages.EVENT_STATE, number, 0)
    bench.step()
    assert len(bench.sent()) < link_module.MAX_EVENTS  # as many as leave room for a reply
    bench.elapsed_ms -= STEP_MS  # no time for the UART to send anything
    assert [reply.name for reply in bench.ask(messages.STATUS)] == ["STATUS_REPLY"]


@pytest.mark.requirement("REQ-LNK-4")
@pytest.mark.requirement("REQ-LNK-9")
def test_flood_of_requests_is_answered_in_full_without_overrunning_the_buffer(bench: LinkBench) -> None:
    bench.hello()
    bench.subscribe(100)
    bench.step(20)
    bench.sent()
    for number in range(250):
        bench.uart.to_device += encode(messages.STATUS, number, b"")
    in_flight, answered = 0.0, []
    while bench.uart.to_device or len(answered) < 250:
        before = len(bench.uart.to_device)
        bench.step()
        assert before - len(bench.uart.to_device) <= link_module.READ_BYTES
        in_flight += len(bench.uart.to_host)
        assert in_flight <= TX_BUFFER_BYTES
        in_flight = max(0.0, in_flight - 92.16 * STEP_MS)
        answered += [reply.sequence for reply in bench.sent() if reply.name == "STATUS_REPLY"]
    assert answered == list(range(250))


@pytest.mark.requirement("REQ-LNK-9")
@given(chunks=st.lists(st.one_of(
    st.binary(max_size=300),
    st.builds(encode, st.sampled_from([0, 1, 2, 3, 4, 5, 0x40, 0x81, 0xFF]), bytes_u8, st.binary(max_size=120)),
)))  # fmt: skip
def test_any_input_raises_nothing_and_the_link_still_answers(chunks: list[bytes]) -> None:
    bench = LinkBench()
    for chunk in chunks:
        bench.uart.to_device += chunk
        bench.step()
    bench.uart.to_device += b"\0"
    bench.step(60)
    bench.sent()
    bench.device.refusal = None
    assert bench.hello(sequence=77)[0].name == "HELLO_REPLY"


def test_uart_that_announces_bytes_and_gives_none_is_borne(bench: LinkBench) -> None:
    bench.uart.any = lambda: 5
    bench.step(3)
    assert bench.sent() == []
