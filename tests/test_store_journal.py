"""What is written down of power-ons, events and sessions, and what the next power-on makes of one without an end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto import faults, messages, states
from ionto import store_records as records
from ionto.store import Store
from ionto.store_journal import MAX_WAITING, Journal
from ionto.view import View
from tests.support.fram import Fram
from tests.support.journaled import ROUND_MS, Device, begin, interrupted_fram
from tests.support.store_cuts import treat
from tests.support.store_parts import BOARD, VERSION

WATCHDOG = 3  # what machine.reset_cause() of the chip says


def test_power_ons_and_watchdog_resets_are_counted() -> None:
    fram = Fram()
    for cause in (1, WATCHDOG, 1, WATCHDOG):
        device = Device(fram, cause)
        assert device.interrupted == 0
        device.settle()
    counters = Device(fram).store.counters
    assert (counters.power_ons, counters.watchdog_resets) == (5, 2)


def test_event_is_written_with_what_the_device_shows() -> None:
    device = Device(Fram())
    view = device.view
    view.state, view.mode, view.fault, view.reasons, view.current_ua, view.voltage_mv = 7, 2, 5, 3, 4900, 17000
    device.run(50)
    device.event(messages.EVENT_CUT, faults.CUT_OPEN, -7)
    row = device.events()[0]
    assert row == (1, 50, messages.EVENT_CUT, 0, faults.CUT_OPEN, -7, 7, 2, 5, 3, 4900, 17000)


@pytest.mark.requirement("REQ-MEM-5")
def test_events_of_every_power_on_stand_in_order() -> None:
    fram = Fram()
    for power_on in range(1, 4):
        device = Device(fram)
        for number in range(5):
            device.event(messages.EVENT_LEVEL, number, power_on)
            device.run(30)
    rows = Device(fram).events()
    assert [(row.power_on, row.a, row.b) for row in rows] == [(p, n, p) for p in range(1, 4) for n in range(5)]


def test_events_that_find_no_room_are_counted_in_the_next() -> None:
    device = Device(Fram())
    for number in range(MAX_WAITING + 3):
        device.event(messages.EVENT_LEVEL, number)
    device.run(100)
    device.event(messages.EVENT_LEVEL, 99)
    device.event(messages.EVENT_LEVEL, 100)
    rows = device.events()
    assert [row.a for row in rows] == [*range(MAX_WAITING), 99, 100]
    assert [row.lost for row in rows] == [0] * MAX_WAITING + [3, 0]


def test_burst_of_events_is_written_within_two_rounds_each() -> None:
    device = Device(Fram())
    device.settle()
    for number in range(MAX_WAITING):
        device.event(messages.EVENT_LEVEL, number)
    start_ms = device.now_ms
    device.settle()
    assert device.now_ms - start_ms <= (2 * MAX_WAITING + 2) * ROUND_MS


def test_session_from_its_first_ramp_to_its_end_is_a_record() -> None:
    device = Device(Fram(), 1)
    view = device.view
    view.mode = 2
    begin(device)
    began_ms = device.now_ms
    view.current_ua, view.voltage_mv, view.resistance_ohm, view.reasons = 400, 3000, 7500, faults.RAMPING
    device.run(2000)
    view.current_ua, view.voltage_mv, view.resistance_ohm, view.reasons = 900, 5000, 5500, faults.V_LIMIT
    device.state(states.HOLD)
    device.run(1000)
    device.event(messages.EVENT_CUT, faults.CUT_OPEN, 900)
    view.current_ua, view.voltage_mv, view.resistance_ohm, view.reasons = 0, 0, None, 0
    device.state(states.PAUSED)
    device.run(1000)
    view.resistance_ohm = 9000
    device.state(states.RAMP_UP)
    device.run(500)
    view.level_ua, view.minutes, view.remaining_s, view.polarity_reversed = 1000, 12, 690, True
    device.event(messages.EVENT_END, messages.END_STOP, 2700)
    row = device.session()
    assert row == records.SESSION.make(
        number=1, power_on=1, time_ms=began_ms, mode=2, minutes=12, end=messages.END_STOP, fault=0, level_ua=500,
        end_level_ua=1000, treated_s=30, max_current_ua=900, max_voltage_mv=5000, trace=0, trace_records=2,
        cuts=1, reconnects=1, reasons=faults.RAMPING | faults.V_LIMIT, is_reversed=1, charge_ua_s=2700,
        min_resistance_ohm=5500, max_resistance_ohm=9000, fault_value=0, fault_limit=0, reset_cause=1,
        major=0, minor=1, patch=0,
    )  # fmt: skip
    counters = device.store.counters
    assert (counters.sessions, counters.interrupted, counters.treated_s) == (1, 0, 30)
    assert Device(device.fram).interrupted == 0


def test_trace_has_a_sample_a_second_and_the_last_half_record_is_closed() -> None:
    device = Device(Fram())
    begin(device)
    for second in range(5):
        device.view.current_ua, device.view.voltage_mv, device.view.reasons = 100 * second, 1000 + second, second % 2
        device.run(1000)
    device.event(messages.EVENT_END, messages.END_TIME, 1)
    nothing = records.NOTHING_U16
    assert device.trace() == [
        (states.RAMP_UP, 0, 0, 1000, 100, 1001),
        (states.RAMP_UP, 0, 200, 1002, 300, 1003),
        (states.RAMP_UP, 0, 400, 1004, nothing, nothing),
    ]
    assert device.session().trace_records == 3
    device.run(5000)
    assert len(device.trace()) == 3  # none outside of a session


def test_second_session_has_its_own_number_and_trace() -> None:
    device = Device(Fram())
    for number in (1, 2):
        begin(device)
        device.run(4000)
        device.event(messages.EVENT_END, messages.END_TIME, number)
        device.state(states.DONE)
        row = device.session()
        assert (row.number, row.trace, row.trace_records, row.charge_ua_s) == (number, 2 * (number - 1), 2, number)


def test_fault_that_ends_a_session_is_in_its_record_and_counted() -> None:
    device = Device(Fram())
    begin(device)
    device.run(1500)
    view = device.view
    view.fault, view.fault_value, view.fault_limit = faults.OVERCURRENT_A, 3400, 3350
    device.event(messages.EVENT_FAULT, faults.OVERCURRENT_A, 3400)
    device.event(messages.EVENT_END, messages.END_FAULT, 10)
    device.state(states.FAULT)
    row = device.session()
    assert (row.end, row.fault, row.fault_value, row.fault_limit) == (messages.END_FAULT, 1, 3400, 3350)
    assert (row.min_resistance_ohm, row.max_resistance_ohm) == (records.NOTHING_U32, records.NOTHING_U32)
    assert device.store.counters.faults == 1
    assert [event.kind for event in device.events()][-3:] == [2, 6, 1]


def test_end_without_a_session_is_an_event_and_no_record() -> None:
    device = Device(Fram())
    device.event(messages.EVENT_END, messages.END_TIME, 1)
    device.settle()
    assert device.store.sessions.newest == -1
    assert len(device.events()) == 1


@pytest.mark.requirement("REQ-MEM-5")
@pytest.mark.parametrize("cause", [1, WATCHDOG])
@pytest.mark.parametrize("seconds", [0.3, 1, 2, 7.5])
def test_reset_in_mid_session_is_told_and_gets_a_record_from_the_trace(cause: int, seconds: float) -> None:
    fram = Fram()
    device = Device(fram)
    device.view.mode = 1
    begin(device)
    began_ms = device.now_ms
    device.view.current_ua, device.view.voltage_mv, device.view.reasons = 450, 3000, faults.RAMPING
    device.run(int(1000 * seconds))
    after = Device(fram, cause)
    assert after.interrupted == 1
    row = after.session()
    whole_s = int(seconds) // 2 * 2
    assert row == records.SESSION.make(
        number=1, power_on=1, time_ms=began_ms, mode=1, minutes=10, end=messages.END_RESET, fault=0, level_ua=500,
        end_level_ua=500, treated_s=whole_s, max_current_ua=450 if whole_s else 0,
        max_voltage_mv=3000 if whole_s else 0, trace=0, trace_records=whole_s // 2, cuts=0, reconnects=0,
        reasons=faults.RAMPING if whole_s else 0, is_reversed=0, charge_ua_s=450 * whole_s,
        min_resistance_ohm=records.NOTHING_U32, max_resistance_ohm=records.NOTHING_U32, fault_value=0, fault_limit=0,
        reset_cause=cause, major=0, minor=1, patch=0,
    )  # fmt: skip
    assert after.store.counters.interrupted == 1
    assert Device(fram).interrupted == 0


def test_reset_while_the_record_is_made_leaves_it_to_the_next_power_on() -> None:
    fram = Fram()
    device = Device(fram)
    begin(device)
    device.view.current_ua = 300
    device.run(20_000)
    again = Device(fram)
    again.run(50)
    assert again.store.sessions.newest == -1
    third = Device(fram)
    assert third.interrupted == 1
    assert third.session().charge_ua_s == 6000
    assert third.store.counters.interrupted == 1


def test_session_begun_while_the_last_one_s_record_is_made_ends_that_early() -> None:
    fram = Fram()
    device = Device(fram)
    begin(device)
    device.view.current_ua = 300
    device.run(60_000)
    after = Device(fram)
    after.run(40)
    after.state(states.RAMP_UP)
    after.run(3000)
    after.event(messages.EVENT_END, messages.END_STOP, 5)
    after.settle()
    first, second = [records.SESSION.unpack(after.store.sessions.read(n) or b"") for n in (0, 1)]
    assert (first.number, first.end) == (1, messages.END_RESET)
    assert 0 < first.charge_ua_s < 60 * 300
    assert (second.number, second.end, second.trace) == (2, messages.END_STOP, 30)
    assert after.store.counters.interrupted == 1


def test_memory_that_fails_while_the_trace_is_read_counts_what_was_read() -> None:
    device = Device(interrupted_fram(20))
    device.run(30)
    device.fram.is_absent = True
    for _ in range(50):
        device.run(ROUND_MS)
    assert device.store.refusal is not None
    assert device.interrupted == 1


def test_memory_that_fails_at_power_on_interrupts_nothing() -> None:
    fram = interrupted_fram(4)
    Device(fram).settle()
    store = Store(fram, BOARD, VERSION)
    store.open()
    fram.is_absent = True
    assert Journal(store, View(), 1, VERSION).power_on() == 0


def test_memory_that_is_refused_is_no_obstacle() -> None:
    fram = Fram()
    fram.is_absent = True
    device = Device(fram)
    assert device.interrupted == 0
    begin(device)
    device.run(5000)
    device.event(messages.EVENT_END, messages.END_TIME, 1)
    for number in range(100):
        device.event(messages.EVENT_LEVEL, number)
        device.run(100)
    assert fram.written == 0
    assert device.store.counters.sessions == 1


@pytest.mark.requirement("REQ-MEM-4")
def test_round_takes_less_than_two_milliseconds_of_bus_time() -> None:
    device = Device(interrupted_fram(10))
    worst_us = 0.0
    for round_ in range(600):
        if round_ == 100:
            device.state(states.RAMP_UP)
        if round_ == 400:
            device.event(messages.EVENT_END, messages.END_TIME, 1)
        before_us = device.fram.bus_us
        device.run(ROUND_MS)
        worst_us = max(worst_us, device.fram.bus_us - before_us)
    assert 700 < worst_us < 1500


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
@settings(max_examples=20)
def test_sessions_in_a_row_are_numbered_and_none_is_interrupted(lengths: list[int]) -> None:
    fram = Fram()
    for seconds in lengths:
        treat(fram, seconds)
    device = Device(fram)
    assert device.interrupted == 0
    rows = [records.SESSION.unpack(device.store.sessions.read(n) or b"") for n in range(len(lengths))]
    assert [(row.number, row.treated_s) for row in rows] == [(n, s) for n, s in enumerate(lengths, 1)]
    assert device.store.counters.treated_s == sum(lengths)
