"""Words for the numbers of the link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools import describe
from ionto import faults, messages

KINDS = [kind for kind, _ in messages.EVENT_KINDS]


@pytest.mark.parametrize(
    ("resistance_ohm", "words"),
    [
        (None, "– Ω"),
        (0, "0 Ω"),
        (999, "999 Ω"),
        (1000, "1.00 kΩ"),
        (9994, "9.99 kΩ"),
        (10_000, "10.0 kΩ"),
        (123_456, "123 kΩ"),
    ],
)
def test_resistance_has_three_digits(resistance_ohm: int | None, words: str) -> None:
    assert describe.ohms(resistance_ohm) == words


@pytest.mark.parametrize(
    ("kind", "a", "b", "words"),
    [
        (messages.EVENT_STATE, 7, 6, "HOLD, was RAMP_UP"),
        (messages.EVENT_FAULT, faults.OVERVOLTAGE, 10600, "OVERVOLTAGE: electrode voltage 10600 mV"),
        (messages.EVENT_CUT, faults.CUT_OPEN, 480, "CIRCUIT OPEN at 0.48 mA"),
        (messages.EVENT_REASON, faults.V_LIMIT, faults.RAMPING, "+V-LIMIT, RAMPING over"),
        (messages.EVENT_LEVEL, 600, 500, "0.60 mA, was 0.50 mA"),
        (messages.EVENT_END, messages.END_STOP, 60000, "STOP pressed, charge 1.00 mA·min"),
        (messages.EVENT_REFUSED, faults.CIRCUIT_CLOSED, 4, "the circuit is closed; open it first (ARMING)"),
        (messages.EVENT_BOOT, 3, 0, "reset cause 3 (watchdog)"),
        (messages.EVENT_BOOT, 4, 0, "reset cause 4 (reset pin)"),
        (messages.EVENT_MODE, 2, 0, "HANDS, was FACE"),
        (messages.EVENT_MINUTES, 12, 10, "12 min, was 10 min"),
        (messages.EVENT_INTERRUPTED, 17, 3, "session 17 was cut short, reset cause 3 (watchdog)"),
        (messages.EVENT_MEMORY, faults.MEMORY_NEWER, 2, "NEWER LAYOUT: memory layout 2"),
    ],
)
def test_event_of_each_kind_is_said_in_words(kind: int, a: int, b: int, words: str) -> None:
    assert describe.event_text(kind, a, b) == words


@given(st.sampled_from([*KINDS, 0, 99]), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_numbers_that_no_table_knows_are_named_never_an_error(kind: int, a: int, b: int) -> None:
    assert isinstance(describe.event_text(kind, a, b), str)
    for words in (describe.state_name, describe.mode_name, describe.fault_name, describe.calibration_name):
        assert isinstance(words(a), str)
    assert "Have the device checked" in describe.fault_text(200)


@pytest.mark.parametrize("row", faults.FAULTS, ids=lambda row: row.name)
def test_every_fault_is_said_with_channel_value_limit_and_advice(row: faults.Fault) -> None:
    words = describe.fault_text(row.number, 3, 2)
    for part in (row.name, row.channel, "3", "limit 2", row.advice):
        assert part in words


def test_every_event_kind_has_words_of_its_own() -> None:
    assert not any(describe.event_text(kind, 1, 1).startswith("a 1") for kind in KINDS)


def test_unknown_event_kind_shows_its_values() -> None:
    assert describe.event_text(99, 1, 2) == "a 1, b 2"
    assert describe.event_name(99) == "KIND 99"
