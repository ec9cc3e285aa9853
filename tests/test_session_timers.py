"""Ages that stop at their largest: a device left on for weeks is as one that was left on for days."""

import pytest

from ionto import limits
from ionto.session_data import MAX_MS, Timers
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF, DRIVE_PROBE
from tests.test_session_support import Bench


@pytest.mark.parametrize(
    ("name", "drive", "is_open"),
    [("wait_ms", DRIVE_CURRENT, False), ("open_ms", DRIVE_OFF, True), ("probe_ms", DRIVE_PROBE, False),
     ("polarity_ms", DRIVE_OFF, True)],
)  # fmt: skip
def test_age_grows_and_stops_at_its_largest(name: str, drive: int, is_open: bool) -> None:
    timers = Timers()
    timers.polarity_ms = 0
    timers.advance(10, drive, is_open, False)
    timers.advance(15, drive, is_open, False)
    assert getattr(timers, name) == 25
    setattr(timers, name, MAX_MS - 1)
    timers.advance(10, drive, is_open, False)
    timers.advance(10, drive, is_open, False)
    assert getattr(timers, name) == MAX_MS + 9


@pytest.mark.parametrize("drive", [DRIVE_OFF, DRIVE_PROBE, DRIVE_CURRENT])
@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("is_proving", [True, False])
def test_open_and_probe_begin_anew_where_the_output_is_neither(drive: int, is_open: bool, is_proving: bool) -> None:
    timers = Timers()
    timers.open_ms = timers.probe_ms = 100
    timers.advance(10, drive, is_open, is_proving)
    assert timers.open_ms == (110 if drive == DRIVE_OFF and is_open else 0)
    assert timers.probe_ms == (110 if drive == DRIVE_PROBE and not is_open and not is_proving else 0)


@pytest.mark.parametrize("name", ["limited_left_ms", "refusal_left_ms"])
def test_what_is_shown_for_a_while_ends_at_zero(name: str) -> None:
    timers = Timers()
    setattr(timers, name, 25)
    for left in (15, 5, 0, 0):
        timers.advance(10, DRIVE_OFF, True, False)
        assert getattr(timers, name) == left


@pytest.mark.requirement("REQ-SES-18", "REQ-LIM-1")
@pytest.mark.parametrize("mode", [row.number for row in limits.MODES])
def test_level_beyond_the_maximum_is_no_target(mode: int) -> None:
    """Nothing can set one; a flipped bit that no check has seen yet could."""
    session = Bench().to_hold(mode).session
    for over_ua in (1, 1 << 20):
        session.settings.level_ua = limits.MODES[mode].max_ua + over_ua
        assert session._target_ua() == limits.MODES[mode].max_ua
    session.settings.level_ua = limits.MODES[mode].max_ua
    assert session._target_ua() == limits.MODES[mode].max_ua
