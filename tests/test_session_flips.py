"""A bit that flips in the session between two rounds: off in the next one, a fault, and a self-test on the way back."""

from operator import attrgetter
from typing import Any

import pytest

from ionto import faults, limits, messages
from ionto import session_table as t
from ionto.measure import Measure
from ionto.sampler import STATE_WORDS, SUM_CURRENT, SUM_CURRENT_B, SUM_VOLTAGE, TICKS
from ionto.session import MODE_WORD, SESSION_WORD
from ionto.session_io import Inputs
from tests.support.tick import nominal
from tests.test_session_support import BODY_OHM, Bench

WORDS = (
    "state", "drive", "settings.level_ua", "settings.minutes", "run.treated_ms", "run.charge_ua_s", "run.reconnects",
)  # fmt: skip


def flip(bench: Bench, path: str, bit: int) -> None:
    *owners, name = path.split(".")
    owner = attrgetter(".".join(owners))(bench.session) if owners else bench.session
    setattr(owner, name, getattr(owner, name) ^ 1 << bit)


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("reach", ["to_idle", "to_hold"])
def test_bit_that_flips_in_the_session_is_off_and_a_fault_in_the_next_round(word: str, reach: str) -> None:
    for bit in range(30):
        bench = getattr(Bench(), reach)(limits.FACE)
        flip(bench, word, bit)
        bench.press()
        assert (bench.state, bench.outputs.drive) == ("FAULT", t.DRIVE_OFF), bit
        told = (bench.view.fault, bench.view.fault_value, bench.view.fault_limit)
        assert told == (faults.STATE_CORRUPT, SESSION_WORD, 0)
        assert bench.path()[-1] == "FAULT"
        assert (bench.view.level_ua, bench.view.minutes) == (500, 10)
        assert len([event for event in bench.events if event[2] == faults.STATE_CORRUPT]) == 1
        bench.advance(1000)
        assert bench.state == "FAULT"


def test_words_that_are_told_are_those_of_the_trip_rules() -> None:
    assert (SESSION_WORD, MODE_WORD) == (200, 201)


@pytest.mark.requirement("REQ-TRP-14", "REQ-SES-21")
def test_way_back_leads_through_the_whole_self_test() -> None:
    bench = Bench().to_hold(limits.FACE)
    flip(bench, "state", 3)
    bench.press()
    bench.press(t.PRESS_START_HELD)
    assert bench.state == "SELF_TEST"
    assert bench.outputs.run_self_test


@pytest.mark.requirement("REQ-TRP-14", "REQ-SES-14")
def test_fault_that_is_under_way_is_not_lost_with_a_flipped_state() -> None:
    bench = Bench().to_idle(limits.FACE)
    bench.inputs.fault = faults.K1_WELDED
    bench.press()
    bench.inputs.fault = 0
    assert bench.view.fault == faults.K1_WELDED
    flip(bench, "state", 2)  # DONE
    bench.press()
    assert (bench.state, bench.view.fault) == ("FAULT", faults.K1_WELDED)


@pytest.mark.requirement("REQ-TRP-14", "REQ-SES-21")
@pytest.mark.parametrize("bit", range(8))
def test_fault_whose_number_flips_is_left_through_the_self_test_only(bit: int) -> None:
    bench = Bench().to_idle(limits.FACE)
    bench.inputs.fault = faults.OVERCURRENT_B
    bench.press()
    bench.inputs.fault = 0
    number = flip_fault(bench, bit)
    bench.press()
    assert (bench.state, bench.view.fault) == ("FAULT", number or faults.STATE_CORRUPT)
    bench.press(t.PRESS_START_HELD)
    assert bench.state == "SELF_TEST"


def flip_fault(bench: Bench, bit: int) -> int:
    """A bit of the number of the fault that is told, or of that there is none. Returns what it is then."""
    session: Any = bench.session
    number, value, limit = session.fault
    session.fault = (number ^ 1 << bit, value, limit)
    return session.fault[0]


@pytest.mark.requirement("REQ-TRP-14", "REQ-SES-14")
@pytest.mark.parametrize("bit", range(8))
def test_number_of_no_fault_that_flips_in_a_treatment_ends_it_as_every_flipped_bit_does(bit: int) -> None:
    bench = Bench().to_hold(limits.FACE)
    flip_fault(bench, bit)
    bench.press()
    assert (bench.state, bench.outputs.drive, bench.view.fault) == ("FAULT", t.DRIVE_OFF, faults.STATE_CORRUPT)
    assert bench.kinds(messages.EVENT_FAULT) == [(faults.STATE_CORRUPT, SESSION_WORD)]
    assert [a for a, _ in bench.kinds(messages.EVENT_END)] == [messages.END_FAULT]


@pytest.mark.requirement("REQ-TRP-14", "REQ-SES-14")
def test_treatment_that_seems_open_in_a_fault_leaves_the_fault_as_it_is() -> None:
    bench = Bench().to_idle(limits.FACE)
    bench.inputs.fault = faults.K1_WELDED
    bench.press()
    bench.inputs.fault = 0
    flip(bench, "run.is_open", 0)
    bench.press()
    assert (bench.state, bench.view.fault) == ("FAULT", faults.K1_WELDED)
    assert bench.kinds(messages.EVENT_END) == []


@pytest.mark.requirement("REQ-TRP-14")
def test_number_of_no_fault_that_flips_as_contact_is_made_is_off_and_refuses_nothing() -> None:
    bench = Bench().to_armed(limits.FACE)
    bench.ohm = BODY_OHM
    bench.advance(limits.CONTACT_STEADY_MS)
    flip_fault(bench, 0)
    bench.press()
    assert (bench.state, bench.outputs.drive, bench.refusals) == ("FAULT", t.DRIVE_OFF, [])


@pytest.mark.requirement("REQ-TRP-14", "REQ-MSR-1")
@pytest.mark.parametrize("word", [SUM_CURRENT, SUM_VOLTAGE, SUM_CURRENT_B])
def test_sum_that_ticks_cannot_have_added_up_is_torn_and_counts_for_nothing(word: int) -> None:
    row = nominal().of(limits.MODES[limits.FACE])
    for added, is_torn in ((20 * 4095 - 1, False), (20 * 4095, False), (20 * 4095 + 1, True), (1 << 29, True)):
        inputs = Inputs()
        measure = Measure(inputs)
        copy = [0] * STATE_WORDS
        measure.update(copy, row)
        copy[TICKS] = 20
        copy[word] = added
        measure.update(copy, row)
        assert measure.is_torn == is_torn
        if is_torn:
            assert inputs.charge_ua_ms == 0
        copy[TICKS] = 40
        copy[word] = (added + 20 * 100) % (1 << 30)
        measure.update(copy, row)
        assert not measure.is_torn


FLAGS = ("run.is_open", "run.is_partial", "run.needs_start", "run.wants_reversed", "run.charge_capped",
         "settings.reverse_enabled", "is_tested", "is_reversed")  # fmt: skip
MORE = ("settings.max_charge_ua_s", "run.ramp_down_ua_per_s", "run.pending_fault", "run.end")


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize(
    ("word", "bit"), [(word, 0) for word in FLAGS] + [(word, bit) for word in MORE for bit in (0, 7, 20)]
)
def test_bit_that_flips_in_what_the_treatment_remembers_is_off_and_a_fault(word: str, bit: int) -> None:
    bench = Bench().to_hold(limits.FACE)
    flip(bench, word, bit)
    bench.press()
    assert (bench.state, bench.outputs.drive) == ("FAULT", t.DRIVE_OFF)
    assert (bench.view.fault, bench.view.fault_value) == (faults.STATE_CORRUPT, SESSION_WORD)


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("field", [name for name in limits.Mode._fields if name not in ("name", "number")])
def test_bit_that_flips_in_the_modes_row_is_off_before_anything_new_is_worked_out_from_it(field: str) -> None:
    bench = Bench().to_hold(limits.HANDS)
    row = limits.MODES[limits.HANDS]
    flipped = row._replace(**{field: getattr(row, field) ^ 1})
    bench.session.settings.mode = flipped
    bench.advance(50)
    assert bench.state == "HOLD"  # nothing new
    ramps = bench.outputs.ramp_up_ua_per_s, bench.outputs.ramp_down_ua_per_s
    bench.press(t.PRESS_UP)
    assert (bench.state, bench.outputs.drive) == ("FAULT", t.DRIVE_OFF)
    assert (bench.view.fault, bench.view.fault_value) == (faults.STATE_CORRUPT, MODE_WORD)
    assert ramps == (row.ramp_up_ua_per_s, row.ramp_down_ua_per_s)


@pytest.mark.requirement("REQ-TRP-14")
def test_row_that_has_flipped_before_its_mode_is_chosen_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench().to_idle(limits.FACE)
    row = limits.MODES[limits.UNDERARMS]
    flipped = row._replace(ramp_up_ua_per_s=row.ramp_up_ua_per_s ^ 1 << 10)
    monkeypatch.setattr(limits, "MODES", (limits.MODES[0], flipped, *limits.MODES[2:]))
    bench.press(t.PRESS_MODE)
    assert (bench.view.fault, bench.view.fault_value) == (faults.STATE_CORRUPT, MODE_WORD)
