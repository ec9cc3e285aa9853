"""What a resistance says: below, at and above every limit, in every mode; and over time, across the counter's wrap."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionto import contact, limits, session_time, view
from ionto.contact import LIFT_LOST, LIFT_NONE, LIFT_PARTIAL, ContactWatch, LiftWatch

NAMES = {
    view.CIRCUIT_OPEN: "open",
    view.CIRCUIT_BETWEEN: "between",
    view.CIRCUIT_CLOSED: "closed",
    view.CIRCUIT_SHORT: "short",
}
CONTACT_OHM = {"FACE": 50000, "UNDERARMS": 30000, "HANDS": 20000, "FEET": 20000}
WRAP_MS = 1 << 30
STARTS_MS = [0, 12345, WRAP_MS - 700]


@pytest.mark.requirement("REQ-CON-1")
@pytest.mark.parametrize("name", CONTACT_OHM)
def test_classes_change_exactly_at_their_limits(name: str) -> None:
    mode = limits.mode_named(name)
    edge = CONTACT_OHM[name]
    expected = {
        None: "open", 0: "short", 299: "short", 300: "closed", 301: "closed", edge - 1: "closed", edge: "between",
        edge + 1: "between", 99999: "between", 100000: "between", 100001: "open", 10**9: "open",
    }  # fmt: skip
    assert {ohm: NAMES[contact.classify(ohm, mode)] for ohm in expected} == expected


@pytest.mark.requirement("REQ-CON-2")
@pytest.mark.parametrize("start_ms", STARTS_MS)
def test_steady_time_counts_from_the_first_reading_and_restarts_with_each_change(start_ms: int) -> None:
    watch = ContactWatch()
    mode = limits.MODES[limits.FACE]
    seen = []
    for offset_ms, ohm in [(0, 5000), (400, 9000), (999, 5000), (1000, 5000), (1005, None), (1500, None), (1505, 200)]:
        circuit = watch.update((start_ms + offset_ms) % WRAP_MS, ohm, mode)
        assert circuit == watch.circuit
        seen.append((NAMES[circuit], watch.steady_ms))
    assert seen == [
        ("closed", 0), ("closed", 400), ("closed", 999), ("closed", 1000), ("open", 0), ("open", 495), ("short", 0),
    ]  # fmt: skip


@pytest.mark.requirement("REQ-CON-2")
def test_reset_forgets_circuit_and_time() -> None:
    watch = ContactWatch()
    mode = limits.MODES[limits.FACE]
    watch.update(0, 5000, mode)
    watch.update(900, 5000, mode)
    watch.reset()
    assert (watch.circuit, watch.steady_ms) == (view.CIRCUIT_UNKNOWN, 0)
    watch.update(1000, 5000, mode)
    assert watch.steady_ms == 0


@pytest.mark.requirement("REQ-CON-2")
def test_watch_that_saw_nothing_yet_knows_no_circuit_and_no_time() -> None:
    watch = ContactWatch()
    assert (watch.circuit, watch.steady_ms) == (view.CIRCUIT_UNKNOWN, 0)


def lifts(readings: Sequence[tuple[int, int | None]], start_ms: int = 0) -> list[int]:
    watch = LiftWatch()
    return [watch.update((start_ms + at_ms) % WRAP_MS, ohm) for at_ms, ohm in readings]


@pytest.mark.requirement("REQ-CON-3")
@pytest.mark.parametrize("start_ms", STARTS_MS)
@pytest.mark.parametrize(
    ("ohm", "expected"),
    [(12999, LIFT_NONE), (13000, LIFT_PARTIAL), (13001, LIFT_PARTIAL), (19999, LIFT_PARTIAL), (20000, LIFT_LOST)],
)
def test_rise_counts_from_thirty_percent_and_is_a_loss_from_double(start_ms: int, ohm: int, expected: int) -> None:
    readings = [(at_ms, 10000) for at_ms in range(0, 2000, 5)] + [(2000, ohm)]
    assert lifts(readings, start_ms)[-1] == expected
    assert not any(lifts(readings, start_ms)[:-1])


@pytest.mark.requirement("REQ-CON-3")
@pytest.mark.parametrize(
    ("rise_ms", "is_noticed"), [(200, True), (900, True), (1000, True), (1300, False), (3000, False)]
)
def test_rise_of_thirty_percent_is_noticed_within_one_second_only(rise_ms: int, is_noticed: bool) -> None:
    flat = [(at_ms, 10000) for at_ms in range(0, 2005, 5)]
    rising = [(2000 + at_ms, 10000 + 3000 * at_ms // rise_ms) for at_ms in range(5, rise_ms + 5, 5)]
    assert (LIFT_PARTIAL in lifts(flat + rising)) == is_noticed


@pytest.mark.requirement("REQ-CON-3")
def test_fall_is_never_a_lift() -> None:
    assert not any(lifts([(at_ms, 90000 - 20 * at_ms) for at_ms in range(0, 4000, 5)]))


@pytest.mark.requirement("REQ-CON-3")
def test_partial_rise_is_told_once_and_the_way_on_to_double_is_lost() -> None:
    readings = [(0, 10000), (100, 13500), (200, 13500), (300, 16000), (600, 20000)]
    assert lifts(readings) == [LIFT_NONE, LIFT_PARTIAL, LIFT_NONE, LIFT_NONE, LIFT_LOST]


@pytest.mark.requirement("REQ-CON-3")
def test_second_rise_after_the_first_has_become_normal_is_told_again() -> None:
    readings = [(at_ms, 10000) for at_ms in range(0, 500, 5)]
    readings += [(at_ms, 14000) for at_ms in range(500, 2500, 5)]
    readings += [(2500, 18500)]
    assert [at for at, lift in enumerate(lifts(readings)) if lift] == [100, 500]


@pytest.mark.requirement("REQ-CON-3")
def test_ratios_below_the_short_limit_say_nothing() -> None:
    assert lifts([(0, 0), (100, 250), (200, 300), (300, 389), (400, 390)]) == [0, 0, 0, 0, LIFT_PARTIAL]


@pytest.mark.requirement("REQ-CON-3")
def test_readings_without_meaning_are_passed_over_and_age_the_window() -> None:
    assert lifts([(0, None), (100, 10000), (200, None), (900, 13000)]) == [0, 0, 0, LIFT_PARTIAL]
    assert lifts([(0, 10000), (500, None), (1200, 20000)]) == [0, 0, 0]


@pytest.mark.requirement("REQ-CON-3")
@pytest.mark.parametrize("start_ms", STARTS_MS)
def test_lowest_of_exactly_one_second_ago_still_counts(start_ms: int) -> None:
    assert lifts([(0, 20000), (100, 10000), (1100, 20000)], start_ms) == [0, 0, LIFT_LOST]


@pytest.mark.requirement("REQ-CON-3")
@pytest.mark.parametrize("gap_ms", [1100, 1200, 5000, 200_000])
def test_after_a_gap_the_old_window_is_gone(gap_ms: int) -> None:
    assert lifts([(0, 10000), (gap_ms, 40000), (gap_ms + 50, 60000)]) == [0, 0, LIFT_PARTIAL]


@pytest.mark.requirement("REQ-CON-3")
def test_reset_makes_the_next_reading_the_normal_one() -> None:
    watch = LiftWatch()
    watch.update(0, 10000)
    assert watch.update(50, 14000) == LIFT_PARTIAL
    assert watch.reference_ohm == 10000
    watch.reset()
    assert watch.reference_ohm == 0
    assert watch.update(100, 14000) == LIFT_NONE
    assert watch.update(150, 18200) == LIFT_PARTIAL


@pytest.mark.requirement("REQ-CON-3")
def test_what_was_measured_before_a_reset_is_forgotten_for_good() -> None:
    watch = LiftWatch()
    watch.update(0, 10000)
    watch.reset()
    assert [watch.update(at_ms, 20000) for at_ms in range(100, 1300, 50)] == [LIFT_NONE] * 24


@pytest.mark.requirement("REQ-CON-3", "REQ-SES-20")
def test_window_ages_after_a_reset_that_is_longer_ago_than_half_the_wrap() -> None:
    watch = LiftWatch()
    watch.update(0, 5000)
    watch.reset()
    now_ms = WRAP_MS // 2 + 1000
    assert watch.update(now_ms, 10000) == LIFT_NONE
    assert watch.update(now_ms + 1200, 20000) == LIFT_NONE


def lifted(start_ms: int = 0) -> LiftWatch:
    watch = LiftWatch()
    watch.update(start_ms % WRAP_MS, 10000)
    assert watch.update((start_ms + 5) % WRAP_MS, 14000) == LIFT_PARTIAL
    return watch


@pytest.mark.requirement("REQ-CON-3")
@pytest.mark.parametrize("start_ms", STARTS_MS)
def test_recovery_takes_one_second_near_the_old_resistance(start_ms: int) -> None:
    watch = lifted(start_ms)
    times_ms = [100, 500, 1099, 1100]
    assert [watch.recovered((start_ms + at) % WRAP_MS, 12500) for at in times_ms] == [False, False, False, True]


@pytest.mark.requirement("REQ-CON-3")
@pytest.mark.parametrize("ohm", [12501, 14000, None])
def test_recovery_starts_over_when_the_resistance_is_off_again(ohm: int | None) -> None:
    watch = lifted()
    seen = [watch.recovered(at, 12500 if at != 900 else ohm) for at in (100, 500, 900, 1000, 1500, 1999, 2000)]
    assert seen == [False] * 6 + [True]


@pytest.mark.requirement("REQ-CON-3")
def test_recovery_from_a_second_lift_takes_its_own_second() -> None:
    watch = lifted()
    assert not watch.recovered(100, 12500)
    watch.reset()
    assert [watch.update(at_ms, ohm) for at_ms, ohm in [(5000, 10000), (5005, 14000)]] == [LIFT_NONE, LIFT_PARTIAL]
    assert [watch.recovered(at_ms, 12500) for at_ms in (5100, 6099, 6100)] == [False, False, True]


@pytest.mark.requirement("REQ-SES-20")
@given(now=st.integers(0, WRAP_MS - 1), elapsed=st.integers(0, WRAP_MS // 2 - 1))
def test_elapsed_time_is_right_across_the_wrap(now: int, elapsed: int) -> None:
    assert session_time.elapsed_ms((now + elapsed) % WRAP_MS, now) == elapsed


@pytest.mark.requirement("REQ-SES-20")
@given(now=st.integers(0, WRAP_MS - 1), back=st.integers(1, WRAP_MS // 2))
def test_time_that_goes_back_counts_as_nothing(now: int, back: int) -> None:
    assert session_time.elapsed_ms((now - back) % WRAP_MS, now) == 0


@pytest.mark.requirement("REQ-CON-3")
@given(st.lists(st.tuples(st.integers(1, 400), st.none() | st.integers(300, 200_000)), max_size=60))
def test_a_loss_is_always_a_doubling_within_the_last_second_or_so(steps: list[tuple[int, int | None]]) -> None:
    watch = LiftWatch()
    now_ms = WRAP_MS - 3000
    history: list[tuple[int, int]] = []
    for step_ms, ohm in steps:
        now_ms += step_ms
        lift = watch.update(now_ms % WRAP_MS, ohm)
        if ohm is None:
            assert lift == LIFT_NONE
            continue
        history.append((now_ms, ohm))
        # The window is whole 100 ms samples: surely the last 1.0 s, at most 1.1 s.
        surely = min(past for at, past in history if now_ms - at <= 1000)
        at_most = min(past for at, past in history if now_ms - at < 1100)
        assert lift == LIFT_LOST or ohm < 2 * surely
        assert lift != LIFT_LOST or ohm >= 2 * at_most
