"""The self-test: each thing that it proves, at its limit, in its order, and what it wants of the board meanwhile."""

from types import SimpleNamespace

import pytest

from ionto import faults, limits
from ionto.sampler import TEST_DEAF, TEST_K1_OPEN, TEST_NO_BEAT, TEST_TRIP
from ionto.selftest import (
    CLOSED_MV,
    CLOSED_UA,
    FOLLOW_MV,
    LEAK_MV,
    PASSED,
    PROOF_MV,
    PROOF_UA,
    RUNNING,
    SETTLE_TICKS,
    STEP_MS,
    TIMEOUT_MS,
    SelfTest,
)

REST = pytest.mark.requirement("REQ-SLF-1")
PROOF = pytest.mark.requirement("REQ-SLF-2", "REQ-SLF-3", "REQ-SLF-4")
ROUND_MS = 10


class Board:
    """Ionto-1 as its net list has it, in the time of the main loop's rounds, except for what is given."""

    def __init__(self, ohm: int | None = None, **wrong) -> None:
        self.wrong = wrong
        self.ohm = ohm  # across the electrodes
        self.trips = True  # the latch's state
        self.latch = not wrong.get("latch_tripped", False)
        self.on_ms = 0
        self.off_ms = 1000
        self.beatless_ms = 0
        self.voltage_mv = 0
        self.current_ua = 0
        self.resets = 0

    def round(self, test: SelfTest) -> None:
        """One round with the wishes of `test`."""
        self.on_ms, self.off_ms = (self.on_ms + ROUND_MS, 0) if test.is_on else (0, self.off_ms + ROUND_MS)
        self.beatless_ms = self.beatless_ms + ROUND_MS if test.test & TEST_NO_BEAT else 0
        if test.test & TEST_TRIP and not self.wrong.get("latch_silent"):
            self.latch = False
        if test.resets_latch:
            self.resets += 1
            assert self.output_open()
            if not self.wrong.get("latch_stays"):
                self.latch = True
        is_closed = test.is_on and not test.test & TEST_K1_OPEN and not self.wrong.get("k1_open")
        is_closed = is_closed and (self.beatless_ms < ROUND_MS or bool(self.wrong.get("pump_stuck")))
        is_closed = is_closed and (self.latch or bool(self.wrong.get("latch_ignored")))
        out_mv = self.amplifier_mv() if is_closed or self.wrong.get("k1_welded") else 0
        self.current_ua = 0 if self.ohm is None else min(PROOF_UA, out_mv * 1000 // (2200 + self.ohm))
        self.voltage_mv = out_mv if self.ohm is None else self.current_ua * self.ohm // 1000
        self.voltage_mv = self.wrong.get("voltage_mv", self.voltage_mv)

    def amplifier_mv(self) -> int:
        return self.wrong.get("amplifier_mv", min(PROOF_MV, self.on_ms * 16))

    def latch_ok(self) -> bool:
        return self.latch

    def output_open(self) -> bool:
        return self.off_ms >= 20

    def stop_closed(self) -> bool:
        return not self.wrong.get("stop")

    def vbus(self) -> bool:
        return bool(self.wrong.get("vbus"))

    def stuck_buttons(self) -> int:
        return self.wrong.get("stuck", 0)

    def battery_mv(self) -> int:
        return self.wrong.get("battery_mv", 3900)

    def calibration_fault(self) -> tuple[int, int, int] | None:
        return (faults.MEMORY_NEWER, 2, 1) if self.wrong.get("uncalibrated") else None


def run(
    board: Board, is_whole: bool = True, start: int = 0
) -> tuple[int | None, SelfTest, list[tuple[bool, int]], int]:
    """The verdict, the test, the wishes in their order, and how many ms it took."""
    test = SelfTest(start, is_whole)
    wishes = [(test.is_on, test.test)]
    ticks = start
    for elapsed_ms in range(ROUND_MS, 5000, ROUND_MS):
        board.round(test)
        ticks += 2 * ROUND_MS
        verdict = test.step(ROUND_MS, ticks % 2**30, 0, board, board)
        if wishes[-1] != (test.is_on, test.test):
            wishes.append((test.is_on, test.test))
        if verdict is not RUNNING:
            assert not test.is_on  # whatever the verdict
            assert (test.test, test.resets_latch) == (0, False)
            return verdict, test, wishes, elapsed_ms
    return RUNNING, test, wishes, 5000


PROOFS = [
    (True, TEST_K1_OPEN),
    (True, TEST_NO_BEAT),
    (True, 0),
    (True, TEST_TRIP | TEST_DEAF),
    (False, TEST_DEAF),
    (False, 0),
]
LOADS = pytest.mark.parametrize("ohm", [None, 100000, 5000, 1000, 300, 1])


@REST
@PROOF
@LOADS
def test_healthy_board_passes_open_or_closed_within_a_second(ohm: int | None) -> None:
    board = Board(ohm)
    verdict, test, wishes, elapsed_ms = run(board)
    assert verdict == PASSED
    assert (PASSED, RUNNING) == (0, None)  # no number of a fault
    assert (test.value, test.limit) == (0, 0)
    assert wishes == [(False, 0), *PROOFS]
    assert elapsed_ms <= 700
    assert board.resets == 1


@PROOF
@LOADS
def test_short_test_has_the_same_proofs_and_no_wait(ohm: int | None) -> None:
    verdict, _, wishes, elapsed_ms = run(Board(ohm), is_whole=False)
    assert verdict == PASSED
    assert wishes == PROOFS
    assert elapsed_ms <= 400


@PROOF
def test_what_the_proof_puts_out_is_below_what_is_felt_and_below_every_probe() -> None:
    assert (PROOF_MV, PROOF_UA) == (500, 100)
    assert limits.PROBE_MV > PROOF_MV
    assert all(mode.probe_limit_ua > PROOF_UA for mode in limits.MODES)


@REST
@pytest.mark.parametrize("start", [0, 7, 2**30 - 1, 2**30 - 200])
def test_loop_must_have_run_for_a_quarter_of_a_second_across_the_counters_wrap(start: int) -> None:
    test = SelfTest(start)
    board = Board()
    assert test.step(5, (start + SETTLE_TICKS - 1) % 2**30, 0, board, board) is RUNNING
    assert not test.is_on
    assert test.step(5, (start + SETTLE_TICKS) % 2**30, 0, board, board) is RUNNING
    assert test.is_on
    assert SETTLE_TICKS == 500


@REST
def test_loop_that_stands_still_fails_after_one_second() -> None:
    assert TIMEOUT_MS == 1000
    test = SelfTest(0)
    board = Board()
    for _ in range(200):
        assert test.step(5, 123, 0, board, board) is RUNNING
    assert test.step(5, 123, 0, board, board) == faults.TICKS_STOPPED
    assert (test.value, test.limit) == (123, 500)


@REST
@pytest.mark.parametrize("cause", [faults.REFERENCE, faults.GROUND, faults.SENSE_MISMATCH, faults.LATCH])
def test_cause_of_the_loop_ends_it_at_once(cause: int) -> None:
    board = Board()
    whole = SelfTest(0)
    assert whole.step(5, 1, cause, board, board) == cause
    assert (whole.value, whole.limit) == (0, 0)  # the loop knows them
    short = SelfTest(0, is_whole=False)
    assert short.is_on
    assert short.step(5, 1, cause, board, board) == cause
    assert (short.is_on, short.test) == (False, 0)


@REST
@pytest.mark.parametrize(
    ("wrong", "fault", "value", "limit"),
    [
        ({"voltage_mv": LEAK_MV + 1}, faults.K1_LEAK, 501, 500),
        ({"uncalibrated": True}, faults.MEMORY_NEWER, 2, 1),
        ({"stuck": 5}, faults.STUCK_BUTTON, 5, 0),
        ({"stop": True}, faults.STOP_LOOP, 0, 1),
        ({"vbus": True}, faults.SERVICE_USB, 1, 0),
        ({"battery_mv": 2999}, faults.BATTERY, 2999, 3000),
        ({"battery_mv": 4501}, faults.BATTERY, 4501, 4500),
    ],
)
def test_what_is_wrong_at_rest_is_named_and_nothing_is_driven(wrong: dict, fault: int, value: int, limit: int) -> None:
    verdict, test, wishes, _ = run(Board(**wrong))
    assert (verdict, test.value, test.limit) == (fault, value, limit)
    assert wishes == [(False, 0)]


@REST
@pytest.mark.parametrize("battery_mv", [3000, 4500])
def test_battery_at_its_limits_is_well(battery_mv: int) -> None:
    assert run(Board(battery_mv=battery_mv))[0] == PASSED


@REST
def test_voltage_at_the_limit_of_a_leak_is_none() -> None:
    board = Board(voltage_mv=LEAK_MV)
    board.round(test := SelfTest(0))
    assert test.step(ROUND_MS, SETTLE_TICKS, 0, board, board) is RUNNING
    assert test.is_on


@REST
def test_graver_of_two_is_told_first() -> None:
    wrong = {"voltage_mv": 600, "uncalibrated": True, "stuck": 1, "stop": True, "vbus": True, "battery_mv": 0}
    order = [faults.K1_LEAK, faults.MEMORY_NEWER, faults.STUCK_BUTTON, faults.STOP_LOOP, faults.SERVICE_USB]
    order.append(faults.BATTERY)
    for fault in order:
        assert run(Board(**wrong))[0] == fault
        wrong.pop(next(iter(wrong)))


@PROOF
@pytest.mark.parametrize(
    ("amplifier_mv", "fault"), [(349, 1), (350, 0), (500, 0), (650, 0), (651, 1), (0, 1), (18000, 1)]
)
@pytest.mark.parametrize("is_whole", [True, False])
def test_amplifier_must_follow_the_dac_before_k1_is_asked_for(amplifier_mv: int, fault: int, is_whole: bool) -> None:
    assert FOLLOW_MV == 150
    verdict, test, wishes, _ = run(Board(amplifier_mv=amplifier_mv), is_whole)
    if fault:
        assert (verdict, test.value, test.limit) == (faults.AMPLIFIER, amplifier_mv, PROOF_MV)
        assert wishes[-2:] == [(True, TEST_K1_OPEN), (False, 0)]
    else:
        assert verdict == PASSED


DEFECTS = [
    ("k1_welded", faults.K1_WELDED, TEST_K1_OPEN, (500, 250)),
    ("pump_stuck", faults.HEARTBEAT, TEST_NO_BEAT, (500, 250)),
    ("k1_open", faults.K1_OPEN, 0, (0, 250)),
    ("latch_silent", faults.LATCH_TEST, TEST_TRIP | TEST_DEAF, (1, 0)),
    ("latch_ignored", faults.LATCH_TEST, TEST_TRIP | TEST_DEAF, (500, 250)),
    ("latch_stays", faults.LATCH, TEST_TRIP | TEST_DEAF, (0, 1)),
]


@PROOF
@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize(("defect", "fault", "last", "said"), DEFECTS)
def test_defect_is_found_in_its_own_step(defect: str, fault: int, last: int, said: tuple, is_whole: bool) -> None:
    verdict, test, wishes, _ = run(Board(**{defect: True}), is_whole)
    assert (verdict, (test.value, test.limit)) == (fault, said)
    assert [bits for is_on, bits in wishes if is_on][-1] == last
    assert wishes[-1] == (False, 0)


@PROOF
@pytest.mark.parametrize("defect", ["k1_welded", "pump_stuck", "latch_ignored"])
@pytest.mark.parametrize("ohm", [100000, 5000, 1000, 300, 1])
def test_defect_is_found_with_the_circuit_closed_too(defect: str, ohm: int) -> None:
    wanted = {row[0]: row[1] for row in DEFECTS}[defect]
    assert run(Board(ohm, **{defect: True}))[0] == wanted


@PROOF
def test_welded_relay_is_told_as_such_where_a_low_resistance_keeps_the_amplifier_down() -> None:
    board = Board(300, k1_welded=True, amplifier_mv=PROOF_MV - FOLLOW_MV - 1)
    assert run(board, is_whole=False)[0] == faults.K1_WELDED


@PROOF
@pytest.mark.parametrize(("mv", "ua", "is_closed"), [(249, 29, False), (250, 0, True), (0, 30, True), (250, 30, True)])
def test_k1_counts_as_closed_from_a_voltage_or_a_current_on(mv: int, ua: int, is_closed: bool) -> None:
    assert (CLOSED_MV, CLOSED_UA) == (250, 30)
    board = Board()
    test = SelfTest(0, is_whole=False)
    while (test.is_on, test.test) != (True, 0):
        board.round(test)
        assert test.step(ROUND_MS, 0, 0, board, board) is RUNNING
    assert test.step(ROUND_MS, 0, 0, board, board) is RUNNING
    seen = SimpleNamespace(voltage_mv=mv, current_ua=ua)
    verdict = test.step(STEP_MS, 0, 0, seen, board)
    assert verdict == (RUNNING if is_closed else faults.K1_OPEN)


@PROOF
def test_output_that_does_not_end_is_a_fault_after_two_waits_of_a_second() -> None:
    board = Board()
    board.output_open = lambda: False
    test = SelfTest(0, False)
    waited_ms = 0
    verdict = RUNNING
    while verdict is RUNNING:
        board.round(test)
        was_on = test.is_on
        verdict = test.step(ROUND_MS, 0, 0, board, board)
        waited_ms += 0 if was_on else ROUND_MS
    assert verdict == faults.TICKS_STOPPED
    assert (test.value, test.limit) == (0, 1)
    # Twice, because a tripped latch is given another chance; of each wait the first round does not count.
    assert waited_ms == 2 * (TIMEOUT_MS + 2 * ROUND_MS)
    assert board.resets == 0


@PROOF
@pytest.mark.parametrize("at_ms", range(ROUND_MS, 400, ROUND_MS))
def test_abandoned_test_ends_the_output_at_once_and_leaves_the_latch_well(at_ms: int) -> None:
    board = Board()
    test = SelfTest(0, is_whole=False)
    verdict = RUNNING
    for now_ms in range(ROUND_MS, 1000, ROUND_MS):
        board.round(test)
        verdict = test.step(ROUND_MS, 0, 0, board, board)
        if verdict is not RUNNING:
            break
        if now_ms >= at_ms:
            test.abandon()  # as the app does, in every round
        assert not (now_ms >= at_ms and test.is_on)
    assert verdict == PASSED
    assert board.latch
    assert test.test == 0


@PROOF
@pytest.mark.parametrize(
    ("plug", "fault", "said"), [("vbus", faults.SERVICE_USB, (1, 0)), ("stop", faults.STOP_LOOP, (0, 1))]
)
@pytest.mark.parametrize("at_ms", range(10, 240, 10))
def test_service_usb_or_stop_ends_the_whole_test_and_leaves_the_latch_well(
    plug: str, fault: int, said: tuple[int, int], at_ms: int
) -> None:
    board = Board()
    test = SelfTest(0)
    board.round(test)
    test.step(ROUND_MS, SETTLE_TICKS, 0, board, board)
    verdict = RUNNING
    for now_ms in range(ROUND_MS, 1000, ROUND_MS):
        if now_ms == at_ms:
            board.wrong[plug] = True
        board.round(test)
        verdict = test.step(ROUND_MS, SETTLE_TICKS, 0, board, board)
        assert not (now_ms >= at_ms and test.is_on)
        if verdict is not RUNNING:
            break
    assert (verdict, (test.value, test.limit)) == (fault, said)
    assert board.latch
    assert test.test == 0


@PROOF
def test_cause_while_the_latch_is_being_tripped_is_told_once_it_is_well_again() -> None:
    board = Board()
    test = SelfTest(0, is_whole=False)
    while not test.test & TEST_TRIP:
        board.round(test)
        assert test.step(ROUND_MS, 0, 0, board, board) is RUNNING
    board.round(test)
    cause = faults.SENSE_MISMATCH
    verdict = test.step(ROUND_MS, 0, cause, board, board)
    while verdict is RUNNING:
        assert not test.is_on
        board.round(test)
        verdict = test.step(ROUND_MS, 0, cause, board, board)
    assert verdict == cause
    assert board.latch


@PROOF
def test_round_that_was_long_before_the_wishes_were_served_does_not_count() -> None:
    board = Board()
    test = SelfTest(0, is_whole=False)
    board.amplifier_mv = lambda: 0
    assert test.step(10 * STEP_MS, 0, 0, board, board) is RUNNING
    assert test.step(STEP_MS - 1, 0, 0, board, board) is RUNNING
    assert test.step(1, 0, 0, board, board) == faults.AMPLIFIER


@PROOF
def test_every_later_step_takes_its_whole_time_too() -> None:
    board = Board()
    test = SelfTest(0, is_whole=False)
    while not test.test & TEST_NO_BEAT:
        board.round(test)
        assert test.step(ROUND_MS, 0, 0, board, board) is RUNNING
    closed = SimpleNamespace(voltage_mv=PROOF_MV, current_ua=0)
    verdicts = [test.step(ms, 0, 0, closed, board) for ms in (ROUND_MS, 49, 1)]
    assert verdicts == [RUNNING, RUNNING, faults.HEARTBEAT]
