"""A bit that flips in the session between two rounds: off in the next one, a fault, and a self-test on the way back."""

from operator import attrgetter

import pytest

from ionto import faults, limits
from ionto import session_table as t
from ionto.measure import Measure
from ionto.sampler import STATE_WORDS, SUM_CURRENT, SUM_CURRENT_B, SUM_VOLTAGE, TICKS
from ionto.session import SESSION_WORD
from ionto.session_io import Inputs
from tests.support.tick import nominal
from tests.test_session_support import Bench

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
        assert (bench.view.fault, bench.view.fault_value) == (faults.STATE_CORRUPT, SESSION_WORD)
        assert (bench.view.level_ua, bench.view.minutes) == (500, 10)
        assert len([event for event in bench.events if event[2] == faults.STATE_CORRUPT]) == 1
        bench.advance(1000)
        assert bench.state == "FAULT"


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
