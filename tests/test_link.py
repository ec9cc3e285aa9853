"""The device's side of the link: what each request is answered."""

import pytest

from ionto import faults, messages, messages_service
from ionto.link import SERVICE_FIRST, SERVICE_LAST
from ionto.states import STATES
from tests.link_fakes import BOARD_ID, LinkBench, Reply

REQUESTS = tuple(row.type for row in messages_service.ALL if row.type < messages.OK)
SERVICE = range(SERVICE_FIRST, SERVICE_LAST + 1)
LOWER = ("level", 500)


def refused(request: int, code: int, field: int, value: int, limit: int, sequence: int = 1) -> list[Reply]:
    values: dict[str, int | bytes] = {"request": request, "code": code, "field": field, "value": value, "limit": limit}
    return [Reply("REFUSED", sequence, values)]


def ok(request: int, value: int, sequence: int = 1) -> list[Reply]:
    return [Reply("OK", sequence, {"request": request, "value": value})]


@pytest.fixture
def bench() -> LinkBench:
    return LinkBench()


def test_hello_is_answered_with_who_the_device_is(bench: LinkBench) -> None:
    (reply,) = bench.hello(sequence=9)
    version = dict(zip(("major", "minor", "patch"), messages.VERSION, strict=True))
    board = {"board_id": BOARD_ID, "calibration": messages.CALIBRATION_BUILTIN, "reset_cause": 3}
    assert reply == Reply("HELLO_REPLY", 9, {"table_hash": messages.TABLE_HASH, **version, **board})


def test_status_is_what_the_view_shows(bench: LinkBench) -> None:
    bench.show(state=1, mode=2, minutes=3, reasons=4, fault=5, calibration=6, fault_value=-5, fault_limit=8)
    bench.show(level_ua=500, setpoint_ua=400, current_ua=398, voltage_mv=3210, resistance_ohm=6446)
    bench.show(remaining_s=540, charge_ua_s=70000, polarity_reversed=True)
    bench.step(10)
    (reply,) = bench.ask(messages.STATUS)
    own = {"uptime_ms": 50, "ticks": 100, "bad_frames": 0, "dropped_telemetry": 0}
    view = {name: value for name, value in vars(bench.device.view).items() if name in reply.values}
    assert reply == Reply("STATUS_REPLY", 1, {**view, **own})


def test_status_values_out_of_range_are_clamped(bench: LinkBench) -> None:
    bench.show(current_ua=70000, voltage_mv=-3, level_ua=None, resistance_ohm=None, fault_value=2**40)
    (reply,) = bench.ask(messages.STATUS)
    assert reply.values["current_ua"] == 65535
    assert reply.values["voltage_mv"] == 0
    assert reply.values["level_ua"] == messages.NO_LEVEL
    assert reply.values["resistance_ohm"] == messages.NO_RESISTANCE
    assert reply.values["fault_value"] == 2**31 - 1


def test_uptime_beyond_32_bits_wraps_and_goes_on(bench: LinkBench) -> None:
    bench.device.now_ms = 2**32 + 7
    assert bench.ask(messages.STATUS)[0].values["uptime_ms"] == 7


def test_bad_frames_are_counted_in_status(bench: LinkBench) -> None:
    bench.uart.to_device += b"\0rubbish\0" + b"x" * 200 + b"\0\0"
    bench.step()
    assert bench.ask(messages.STATUS)[0].values["bad_frames"] == 2


@pytest.mark.requirement("REQ-LNK-2")
def test_stop_and_lower_level_reach_the_device(bench: LinkBench) -> None:
    assert bench.ask(messages.STOP, sequence=7) == ok(messages.STOP, 0, sequence=7)
    assert bench.ask(messages.LOWER_LEVEL, 500, sequence=8) == ok(messages.LOWER_LEVEL, 500, sequence=8)
    assert bench.device.asked == [("stop", None), LOWER]


@pytest.mark.requirement("REQ-LNK-2")
def test_lower_level_that_would_raise_is_refused_with_the_limit(bench: LinkBench) -> None:
    bench.device.refusal = (faults.WOULD_RAISE, 600, 500)
    assert bench.ask(messages.LOWER_LEVEL, 600) == refused(messages.LOWER_LEVEL, faults.WOULD_RAISE, 0, 600, 500)


@pytest.mark.requirement("REQ-LNK-2")
def test_every_possible_request_can_only_stop_or_lower(bench: LinkBench) -> None:
    for number in range(256):
        row = messages.message(number)
        bench.ask_raw(number, bytes(messages.body_size(row)) if row else b"", sequence=number)
    assert {what for what, _ in bench.device.asked} == {"stop", "level"}


@pytest.mark.parametrize(("request_type", "values"), [(messages.STOP, ()), (messages.LOWER_LEVEL, (500,))])
def test_request_not_possible_in_the_state_is_refused(bench: LinkBench, request_type: int, values: tuple[int]) -> None:
    bench.device.refusal = (faults.NOT_IN_STATE, 2, 0)
    expected = refused(request_type, faults.NOT_IN_STATE, messages.NO_FIELD, 2, 0)
    assert bench.ask(request_type, *values) == expected


@pytest.mark.requirement("REQ-LNK-4")
def test_every_other_type_is_refused_as_unknown(bench: LinkBench) -> None:
    for number in set(range(256)) - set(REQUESTS):
        expected = refused(number, faults.UNKNOWN_TYPE, messages.NO_FIELD, number, 0, sequence=number)
        assert bench.ask_raw(number, b"body", sequence=number) == expected
    assert bench.device.asked == []


@pytest.mark.requirement("REQ-LNK-4")
@pytest.mark.parametrize("request_type", [one for one in REQUESTS if one not in SERVICE])
def test_every_wrong_body_length_is_refused(bench: LinkBench, request_type: int) -> None:
    want = messages.body_size(messages.message(request_type))
    bench.show(state=STATES.index("IDLE"))  # what the memory's requests are taken in
    for length in set(range(121)) - {want}:
        expected = refused(request_type, faults.BAD_LENGTH, messages.NO_FIELD, length, want, sequence=length)
        assert bench.ask_raw(request_type, bytes(length), sequence=length) == expected
    assert bench.device.asked == []


@pytest.mark.requirement("REQ-SRV-4", "REQ-LNK-2")
@pytest.mark.parametrize("state", STATES)
def test_every_request_of_service_is_refused_where_it_has_not_been_entered(bench: LinkBench, state: str) -> None:
    assert [row.type for row in messages_service.ALL if row.name.startswith("SERVICE_") and row.type < 0x40] == [
        *SERVICE
    ]
    bench.show(state=STATES.index(state))
    for number in SERVICE:
        row = messages.message(number)
        expected = refused(number, faults.NOT_IN_STATE, messages.NO_FIELD, STATES.index(state), 0, sequence=number)
        assert bench.ask_raw(number, bytes(messages.body_size(row)), sequence=number) == expected
    assert bench.device.asked == []


@pytest.mark.parametrize(("rate_hz", "granted"), [(0, True), (1, True), (100, True), (101, False), (255, False)])
def test_subscribe_rate_is_limited(bench: LinkBench, rate_hz: int, granted: bool) -> None:
    bench.hello()
    too_high = refused(messages.SUBSCRIBE, faults.ABOVE_MAXIMUM, 0, rate_hz, 100)
    assert bench.subscribe(rate_hz, sequence=1)[:1] == (ok(messages.SUBSCRIBE, rate_hz) if granted else too_high)


@pytest.mark.requirement("REQ-LNK-6")
def test_hello_with_another_table_gets_ours_and_no_telemetry_until_it_matches(bench: LinkBench) -> None:
    no_match = refused(messages.SUBSCRIBE, faults.VERSION_MISMATCH, messages.NO_FIELD, 0, 0)
    assert bench.subscribe(100, sequence=1) == no_match
    (reply,) = bench.hello(table_hash=messages.TABLE_HASH ^ 1, sequence=2)
    assert reply.values["table_hash"] == messages.TABLE_HASH
    assert bench.subscribe(100, sequence=1) == no_match
    assert bench.ask(messages.STATUS)[0].name == "STATUS_REPLY"
    assert bench.ask(messages.STOP) == ok(messages.STOP, 0)
    bench.hello(sequence=3)
    assert bench.subscribe(100, sequence=1)[0] == ok(messages.SUBSCRIBE, 100)[0]


@pytest.mark.requirement("REQ-LNK-5")
def test_repeated_request_is_answered_again_and_not_done_again(bench: LinkBench) -> None:
    first = bench.ask(messages.STOP, sequence=7)
    bench.device.refusal = (faults.NOT_IN_STATE, 2, 0)
    assert bench.ask(messages.STOP, sequence=7) == bench.ask(messages.STOP, sequence=7) == first
    assert len(bench.device.asked) == 1


@pytest.mark.requirement("REQ-LNK-5")
@pytest.mark.parametrize(("gap_ms", "times"), [(995, 1), (1000, 2)])
def test_repeated_request_is_new_after_a_second(bench: LinkBench, gap_ms: int, times: int) -> None:
    bench.ask(messages.STOP)
    bench.step(gap_ms // 5 - 1)
    bench.ask(messages.STOP)
    assert len(bench.device.asked) == times


def test_window_counts_from_the_first_so_that_a_stuck_sequence_gets_new_answers(bench: LinkBench) -> None:
    for _ in range(250):
        bench.ask(messages.STOP)
    assert len(bench.device.asked) == 2


@pytest.mark.requirement("REQ-LNK-5")
def test_same_sequence_with_other_content_is_another_request(bench: LinkBench) -> None:
    bench.ask(messages.LOWER_LEVEL, 500)
    bench.ask(messages.LOWER_LEVEL, 400)
    bench.ask(messages.STOP)
    assert bench.device.asked == [LOWER, ("level", 400), ("stop", None)]


def test_refusal_is_repeated_from_memory_too(bench: LinkBench) -> None:
    bench.device.refusal = (faults.WOULD_RAISE, 500, 100)
    first = bench.ask(messages.LOWER_LEVEL, 500)
    bench.device.refusal = None
    assert bench.ask(messages.LOWER_LEVEL, 500) == first


@pytest.mark.requirement("REQ-LNK-3")
def test_damaged_request_is_not_done(bench: LinkBench) -> None:
    bench.uart.to_device += bytes.fromhex("070404e213d82300")  # STOP with a bit flipped in its CRC
    bench.step()
    assert bench.device.asked == []
    assert bench.sent() == []
