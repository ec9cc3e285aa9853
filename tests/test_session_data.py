"""What the session remembers: settings within the mode's limits, what a treatment has delivered, ages in ms."""

import pytest

from ionto import limits, session_data
from ionto.session_data import MAX_MS, Run, Settings, Timers
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF, DRIVE_PROBE

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
# A treatment that has delivered nothing, and what one may be like before it is forgotten.
NOTHING = {
    "is_open": False,
    "treated_ms": 0,
    "charge_ua_s": 0,
    "charge_rest_ua_ms": 0,
    "reconnects": 0,
    "needs_start": False,
    "is_partial": False,
    "charge_capped": False,
    "wants_reversed": False,
    "end": 0,
    "pending_fault": 0,
    "ramp_down_ua_per_s": 0,
    "is_hurried": False,
    "ramp_limit_ms": MAX_MS,
    "ramp_ms": 0,
}


# The times of the session in ms, and the current above which K2 never moves.
DECIDED = {
    "PROBE_DEAD_MS": 100,
    "PROBE_SETTLE_MS": 250,
    "POLARITY_OPEN_MS": 50,
    "POLARITY_SETTLE_MS": 50,
    "POLARITY_MAX_UA": 100,
    "STOP_OFF_MS": 950,
    "V_LIMIT_SHOWN_MS": 500,
    "REFUSAL_SHOWN_MS": 2000,
    "CONFIRM_TIMEOUT_MS": 60_000,
    "DONE_TIMEOUT_MS": 60_000,
    "REVERSED_CONTACT_MS": 10_000,
}


def test_times_of_the_session_are_those_that_were_decided() -> None:
    assert {name: getattr(session_data, name) for name in DECIDED} == DECIDED


def chosen(mode: limits.Mode) -> Settings:
    settings = Settings()
    settings.choose(mode)
    return settings


@pytest.mark.requirement("REQ-SES-3")
@MODES
def test_mode_is_chosen_with_its_defaults(mode: limits.Mode) -> None:
    settings = chosen(mode)
    assert (settings.mode, settings.level_ua, settings.minutes) == (mode, mode.default_ua, mode.default_min)
    assert settings.reverse_enabled is False
    assert settings.editing_minutes is False
    assert settings.max_charge_ua_s * 1000 == mode.max_charge_ua_ms


@pytest.mark.requirement("REQ-SES-3")
@MODES
def test_steps_of_the_level_and_of_the_minutes_end_at_the_modes_limits(mode: limits.Mode) -> None:
    settings = chosen(mode)
    assert settings.edited() == (mode.default_ua, mode.step_ua, mode.step_ua, mode.max_ua)
    for level_ua in (mode.step_ua, 2 * mode.step_ua, mode.max_ua - mode.step_ua, mode.max_ua):
        settings.level_ua = level_ua
        assert settings.stepped(1) == min(level_ua + mode.step_ua, mode.max_ua)
        assert settings.stepped(-1) == max(level_ua - mode.step_ua, mode.step_ua)
    settings.editing_minutes = True
    assert settings.edited() == (mode.default_min, 1, limits.MIN_MINUTES, mode.max_min)
    for minutes in (limits.MIN_MINUTES, limits.MIN_MINUTES + 1, mode.max_min - 1, mode.max_min):
        settings.minutes = minutes
        assert settings.stepped(1) == min(minutes + 1, mode.max_min)
        assert settings.stepped(-1) == max(minutes - 1, limits.MIN_MINUTES)


@pytest.mark.requirement("REQ-MEM-7")
@MODES
def test_what_is_kept_for_a_mode_is_taken_when_it_is_chosen_and_the_level_never_above_its_default(
    mode: limits.Mode,
) -> None:
    settings = Settings()
    settings.recall([(one.step_ua, 1 + one.number, one.number & 1) for one in limits.MODES])
    assert (settings.mode.number, settings.level_ua, settings.minutes) == (0, limits.MODES[0].step_ua, 1)
    settings.choose(mode)
    assert (settings.level_ua, settings.minutes) == (mode.step_ua, 1 + mode.number)
    assert settings.reverse_enabled is bool(mode.number & 1)
    settings.recall([(one.max_ua, one.max_min, 0) for one in limits.MODES])
    assert (settings.level_ua, settings.minutes) == (mode.default_ua, mode.max_min)


@pytest.mark.requirement("REQ-MEM-7")
@MODES
def test_what_is_set_is_kept_for_its_mode_alone_in_a_list_of_its_own(mode: limits.Mode) -> None:
    defaults = [(one.default_ua, one.default_min, 0) for one in limits.MODES]
    settings = chosen(mode)
    first = settings.keep()
    assert first == defaults
    assert settings.keep() is first
    settings.level_ua, settings.minutes, settings.reverse_enabled = mode.step_ua, 2, True
    second = settings.keep()
    assert first == defaults
    assert second == [
        (mode.step_ua, 2, 1) if one is mode else row for one, row in zip(limits.MODES, defaults, strict=True)
    ]
    settings.choose(limits.MODES[mode.number - 1])
    settings.choose(mode)
    assert (settings.level_ua, settings.minutes, settings.reverse_enabled) == (mode.step_ua, 2, True)


def test_treatment_that_is_forgotten_has_delivered_nothing() -> None:
    assert vars(Run()) == NOTHING
    run = Run()
    for name, value in NOTHING.items():
        setattr(run, name, not value if isinstance(value, bool) else value + 7)
    run.reset()
    assert vars(run) == NOTHING
    assert all(type(vars(run)[name]) is type(value) for name, value in NOTHING.items())


@pytest.mark.requirement("REQ-MSR-1")
def test_charge_is_counted_to_the_last_microampere_millisecond() -> None:
    run, total = Run(), 0
    for part in (1, 999, 1000, 1001, 0, -5000, 12_345_678, 1, 998):
        run.add_charge(part)
        total += max(part, 0)
        assert (run.charge_ua_s, run.charge_rest_ua_ms) == divmod(total, 1000)


AGES = ["wait_ms", "open_ms", "probe_ms", "polarity_ms"]


def ages(timers: Timers) -> list[int]:
    return [getattr(timers, name) for name in AGES]


def test_ages_begin_at_nothing_and_the_polarity_long_ago() -> None:
    timers = Timers()
    assert ages(timers) == [0, 0, 0, MAX_MS]
    assert (timers.limited_left_ms, timers.refusal_left_ms, timers.battery_low_ms) == (0, 0, 0)


@pytest.mark.parametrize(
    ("drive", "output_open", "is_proving", "grown"),
    [
        (DRIVE_OFF, True, False, "wait open polarity"),
        (DRIVE_OFF, False, False, "wait polarity"),
        (DRIVE_CURRENT, True, False, "wait polarity"),
        (DRIVE_CURRENT, False, False, "wait polarity"),
        (DRIVE_PROBE, False, False, "wait probe polarity"),
        (DRIVE_PROBE, True, False, "wait polarity"),
        (DRIVE_PROBE, False, True, "wait polarity"),
        (DRIVE_OFF, False, True, "wait polarity"),
    ],
)
def test_round_adds_to_the_ages_of_what_it_was_and_begins_the_others_anew(
    drive: int, output_open: bool, is_proving: bool, grown: str
) -> None:
    timers = Timers()
    timers.wait_ms = timers.open_ms = timers.probe_ms = timers.polarity_ms = 500
    timers.advance(7, drive, output_open, is_proving)
    expected = {"wait_ms": 507, "open_ms": 0, "probe_ms": 0, "polarity_ms": 507}
    expected |= {f"{name}_ms": 507 for name in grown.split()}
    assert ages(timers) == [expected[name] for name in AGES]


def test_ages_stop_where_nothing_is_compared_with_them_any_more() -> None:
    for drive, output_open in ((DRIVE_OFF, True), (DRIVE_PROBE, False)):
        timers = Timers()
        timers.wait_ms = timers.open_ms = timers.probe_ms = timers.polarity_ms = MAX_MS
        timers.advance(7, drive, output_open, is_proving=False)
        assert set(ages(timers)) <= {0, MAX_MS}
        assert ages(timers).count(MAX_MS) == 3


def test_what_stays_readable_counts_down_to_nothing() -> None:
    timers = Timers()
    timers.limited_left_ms, timers.refusal_left_ms = 15, 25
    left = []
    for _ in range(4):
        timers.advance(10, DRIVE_OFF, output_open=True, is_proving=False)
        left.append((timers.limited_left_ms, timers.refusal_left_ms))
    assert left == [(5, 15), (0, 5), (0, 0), (0, 0)]


@pytest.mark.requirement("REQ-PWR-1")
def test_battery_is_low_for_as_long_as_it_is_low_without_a_break() -> None:
    timers = Timers()
    seen = []
    for is_low in (True, True, False, True):
        timers.battery(10, is_low)
        seen.append(timers.battery_low_ms)
    assert seen == [10, 20, 0, 10]
    timers.battery_low_ms = MAX_MS
    timers.battery(10, True)
    assert timers.battery_low_ms == MAX_MS
