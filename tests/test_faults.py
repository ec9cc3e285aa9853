"""The tables of faults, cuts, reasons and refusals: complete, without a collision, and in words that say what to do."""

import pytest

from ionto import faults

pytestmark = pytest.mark.requirement("REQ-FLT-1")


def test_faults_are_numbered_from_one_without_a_gap() -> None:
    assert [row.number for row in faults.FAULTS] == list(range(1, len(faults.FAULTS) + 1))


def test_every_fault_constant_is_the_row_of_its_number() -> None:
    named = {
        "OVERCURRENT_A": 1, "OVERCURRENT_B": 2, "EXCESS_CURRENT": 3, "OVERVOLTAGE": 4, "SENSE_MISMATCH": 5,
        "AMPLIFIER": 6, "REFERENCE": 7, "GROUND": 8, "STUCK_SENSE": 9, "LATCH": 10, "LIMITS_CORRUPT": 11,
        "TICK_LATE": 12, "TICKS_STOPPED": 13, "INTERNAL": 14, "NO_CALIBRATION": 15, "STUCK_BUTTON": 16,
        "SERVICE_USB": 17, "K1_LEAK": 18, "STOP_LOOP": 19, "ZERO_OFFSET": 20,
        "MEMORY_ABSENT": 21, "MEMORY_DAMAGED": 22, "MEMORY_FOREIGN": 23, "MEMORY_BOARD": 24, "MEMORY_OLDER": 25,
        "MEMORY_NEWER": 26, "MEMORY_RANGE": 27, "MEMORY_WRITE": 28,
        "K1_WELDED": 29, "K1_OPEN": 30, "HEARTBEAT": 31, "LATCH_TEST": 32, "BATTERY": 33, "STATE_CORRUPT": 34,
        "TICK_RATE": 35, "MAIN_LATE": 36, "SERVICE_CIRCUIT": 37, "FIRMWARE": 38,
    }  # fmt: skip
    for name, number in named.items():
        assert getattr(faults, name) == number, name
    assert {row.number for row in faults.FAULTS} >= set(named.values())


@pytest.mark.parametrize("row", faults.FAULTS, ids=lambda row: row.name)
def test_fault_says_what_to_do_and_which_channel(row: faults.Fault) -> None:
    assert row.name == row.name.upper()
    assert row.advice.endswith(".")
    assert row.channel
    assert row.unit in ("uA", "mV", "raw", "us", "ticks", "state", "")
    assert row.latches in (True, False)
    assert faults.fault(row.number) == row


def test_fault_names_are_unique() -> None:
    names = [row.name for row in faults.FAULTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("number", [0, -1, len(faults.FAULTS) + 1, faults.CUT_OPEN])
def test_fault_with_an_unknown_number_says_so(number: int) -> None:
    with pytest.raises(ValueError, match=f"no fault numbered {number}; there are 1 to {len(faults.FAULTS)}"):
        faults.fault(number)


def test_cuts_collide_with_no_fault_and_no_refusal() -> None:
    cuts = [number for number, _ in faults.CUTS]
    refusals = [number for number, _ in faults.REFUSALS]
    assert cuts == [faults.CUT_OPEN, faults.CUT_CONTACT_CHANGE, faults.CUT_LIFTED]
    every = [row.number for row in faults.FAULTS] + cuts + refusals
    assert len(set(every)) == len(every)
    assert max(row.number for row in faults.FAULTS) < 64 <= min(cuts)
    assert max(cuts) < 100 <= min(refusals)


def test_reasons_are_a_bit_each_and_apart_from_faults() -> None:
    assert [bit for bit, _ in faults.REASONS] == [1, 2, 4, 8]
    assert faults.reason_names(0) == []
    assert faults.reason_names(15) == ["RAMPING", "V-LIMIT", "PARTIAL CONTACT", "CHARGE CAP"]
    assert faults.reason_names(faults.V_LIMIT | faults.CHARGE_CAP) == ["V-LIMIT", "CHARGE CAP"]
    assert faults.reason_names(16) == []


@pytest.mark.parametrize(("code", "text"), faults.REFUSALS)
def test_refusal_text_is_that_of_the_table(code: int, text: str) -> None:
    assert faults.refusal_text(code) == text
    assert text


def test_refusal_text_of_an_unknown_code_names_the_code() -> None:
    assert faults.refusal_text(99) == "unknown refusal 99"


def test_notice_text_is_that_of_the_table_and_an_unknown_one_names_its_number() -> None:
    for number, text in faults.NOTICES:
        assert faults.notice_text(number) == text
    assert faults.notice_text(99) == "unknown notice 99"


def test_name_that_is_not_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match=r"^LIMITS$"):
        _ = faults.LIMITS
