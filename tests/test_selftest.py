"""The power-on self-test: each thing that it proves, at its limit, and in its order."""

import pytest

from ionto import faults
from ionto.selftest import LEAK_MV, PASSED, RUNNING, SETTLE_TICKS, TIMEOUT_MS, SelfTest

pytestmark = pytest.mark.requirement("REQ-SLF-1")


class Board:
    """A board that is well, except for what is given."""

    def __init__(self, stop: bool = True, vbus: bool = False, stuck: int = 0, calibrated: bool = True) -> None:
        self.stop_closed = lambda: stop
        self.vbus = lambda: vbus
        self.stuck_buttons = lambda: stuck
        self.calibration_fault = lambda: None if calibrated else (faults.MEMORY_NEWER, 2, 1)


def verdict(test: SelfTest, ticks: int = SETTLE_TICKS, cause: int = 0, voltage_mv: int = 0, **wrong) -> int | None:
    return test.step(5, ticks, cause, voltage_mv, Board(**wrong))


def test_selftest_passes_once_the_loop_has_run_long_enough() -> None:
    test = SelfTest(0)
    assert verdict(test, ticks=0) is RUNNING
    assert verdict(test, ticks=499) is RUNNING
    assert verdict(test, ticks=500) == PASSED
    assert PASSED is not RUNNING


@pytest.mark.parametrize("start", [7, 2**30 - 1, 2**30 - 200])
def test_selftest_counts_ticks_from_its_start_across_the_wrap(start: int) -> None:
    test = SelfTest(start)
    assert verdict(test, ticks=(start + 499) % 2**30) is RUNNING
    assert verdict(test, ticks=(start + 500) % 2**30) == PASSED


def test_selftest_with_a_loop_that_stands_still_fails_after_one_second() -> None:
    assert TIMEOUT_MS == 1000
    test = SelfTest(0)
    for _ in range(200):
        assert test.step(5, 123, 0, 0, Board()) is RUNNING
    assert test.step(5, 123, 0, 0, Board()) == faults.TICKS_STOPPED
    assert (test.value, test.limit) == (123, 500)


@pytest.mark.parametrize("cause", [faults.REFERENCE, faults.GROUND, faults.SENSE_MISMATCH, faults.LATCH])
def test_selftest_fails_with_the_cause_of_the_loop_at_once(cause: int) -> None:
    assert verdict(SelfTest(0), ticks=1, cause=cause) == cause


def test_selftest_with_voltage_behind_an_open_k1_fails_beyond_half_a_volt() -> None:
    assert LEAK_MV == 500
    assert verdict(SelfTest(0), voltage_mv=500) == PASSED
    test = SelfTest(0)
    assert verdict(test, voltage_mv=501) == faults.K1_LEAK
    assert (test.value, test.limit) == (501, 500)


@pytest.mark.parametrize(
    ("wrong", "fault", "value", "limit"),
    [
        ({"calibrated": False}, faults.MEMORY_NEWER, 2, 1),
        ({"stuck": 5}, faults.STUCK_BUTTON, 5, 0),
        ({"stop": False}, faults.STOP_LOOP, 0, 1),
        ({"vbus": True}, faults.SERVICE_USB, 1, 0),
    ],
)
def test_selftest_names_what_is_wrong(wrong: dict, fault: int, value: int, limit: int) -> None:
    test = SelfTest(0)
    assert verdict(test, ticks=10, **wrong) is RUNNING
    assert verdict(test, **wrong) == fault
    assert (test.value, test.limit) == (value, limit)


def test_selftest_tells_the_graver_of_two_first() -> None:
    wrong: dict = {"voltage_mv": 600, "calibrated": False, "stuck": 1, "stop": False, "vbus": True}
    for name, fault in (
        ("voltage_mv", faults.K1_LEAK),
        ("calibrated", faults.MEMORY_NEWER),
        ("stuck", faults.STUCK_BUTTON),
        ("stop", faults.STOP_LOOP),
        ("vbus", faults.SERVICE_USB),
    ):
        assert verdict(SelfTest(0), **wrong) == fault
        del wrong[name]
    assert verdict(SelfTest(0), **wrong) == PASSED
