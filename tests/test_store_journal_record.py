"""What a session's record and its trace say, whatever its length, the length of a round, and what was before it."""

import pytest

from ionto import messages, states
from ionto import store_records as records
from tests.support.fram import Fram
from tests.support.journaled import ROUND_MS, Device, begin


def test_record_of_a_session_that_ends_with_its_first_ramp_says_nothing_flowed() -> None:
    device = Device(Fram())
    begin(device)
    device.event(messages.EVENT_END, messages.END_STOP, 0)
    row = device.session()
    assert (row.number, row.end) == (1, messages.END_STOP)
    assert (row.treated_s, row.max_current_ua, row.max_voltage_mv, row.reasons, row.trace_records) == (0, 0, 0, 0, 0)
    assert device.store.counters.treated_s == 0


def test_record_has_the_smallest_and_the_largest_resistance_in_whatever_order_they_came() -> None:
    device = Device(Fram())
    begin(device)
    for device.view.resistance_ohm in (7500, 9000, 5500, 6000, None):
        device.run(ROUND_MS)
    device.event(messages.EVENT_END, messages.END_TIME, 1)
    row = device.session()
    assert (row.min_resistance_ohm, row.max_resistance_ohm) == (5500, 9000)


@pytest.mark.parametrize("round_ms", [1, 7, 10, 300])
def test_trace_is_sampled_every_second_from_the_first_ramp_on_after_a_session_of_1700_ms(round_ms: int) -> None:
    device = Device(Fram())
    begin(device)
    device.run(1700)
    device.event(messages.EVENT_END, messages.END_STOP, 1)
    before = len(device.trace())
    device.state(states.RAMP_UP)
    for device.view.current_ua in range(round_ms, 5000 + round_ms, round_ms):  # as many as milliseconds
        device.journal.step(round_ms)
    device.event(messages.EVENT_END, messages.END_TIME, 1)
    sampled = [value for row in device.trace()[before:] for value in (row.current_ua, row.next_current_ua)]
    rounds = [-(-1000 * second // round_ms) for second in range(1, 6)]
    assert sampled == [round_ * round_ms for round_ in rounds] + [records.NOTHING_U16]
