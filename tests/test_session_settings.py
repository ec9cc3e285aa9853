"""Mode, level, minutes and reversal: what the presses change and where they stop."""

import pytest

from ionto import faults, limits, messages
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, Bench, reach

FACE, UNDERARMS, HANDS, FEET = limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET
ALL_MODES = pytest.mark.parametrize("mode", [FACE, UNDERARMS, HANDS, FEET])


@pytest.mark.requirement("REQ-SES-3")
def test_power_on_is_face_with_its_defaults_after_the_self_test() -> None:
    bench = Bench()
    bench.inputs.self_test = None
    assert bench.state == "BOOT"
    assert (bench.view.mode, bench.view.level_ua, bench.view.minutes, bench.view.remaining_s) == (FACE, 500, 10, 600)
    assert (bench.view.reasons, bench.view.refusal) == (0, 0)
    assert (bench.view.fault, bench.view.fault_value, bench.view.fault_limit) == (0, 0, 0)
    bench.advance(500)
    assert bench.state == "SELF_TEST"
    bench.inputs.self_test = 0
    bench.press()
    assert bench.state == "IDLE"
    assert (bench.view.mode, bench.view.level_ua, bench.view.minutes, bench.view.remaining_s) == (FACE, 500, 10, 600)
    assert not bench.view.reverse_enabled
    assert not bench.view.polarity_reversed


@pytest.mark.requirement("REQ-SES-3")
def test_mode_cycles_and_takes_each_mode_s_defaults() -> None:
    bench = Bench().to_idle()
    bench.press(t.PRESS_UP)
    seen = []
    for _ in range(4):
        bench.press(t.PRESS_MODE)
        seen.append((bench.view.mode, bench.view.level_ua, bench.view.minutes))
    assert seen == [(UNDERARMS, 1500, 15), (HANDS, 5000, 15), (FEET, 8000, 20), (FACE, 500, 10)]
    assert bench.kinds(messages.EVENT_MODE) == [(1, 0), (2, 1), (3, 2), (0, 3)]
    assert bench.kinds(messages.EVENT_LEVEL) == [(600, 500), (1500, 600), (5000, 1500), (8000, 5000), (500, 8000)]
    assert bench.kinds(messages.EVENT_MINUTES) == [(15, 10), (20, 15), (10, 20)]


@pytest.mark.requirement("REQ-SES-3")
def test_mode_change_reports_no_level_or_minutes_that_stay() -> None:
    bench = Bench().to_idle()
    bench.press(*[t.PRESS_UP] * 10)
    assert bench.view.level_ua == 1500
    bench.events.clear()
    bench.press(t.PRESS_MODE)
    assert bench.kinds(messages.EVENT_LEVEL) == []


@pytest.mark.requirement("REQ-SES-3")
@ALL_MODES
@pytest.mark.parametrize("state", ["IDLE", "CONFIRM", "ARMING", "ARMED"])
def test_level_goes_by_steps_and_is_refused_at_both_ends(mode: int, state: str) -> None:
    bench = Bench().to_idle(mode)
    reach(bench, state)
    row = limits.MODES[mode]
    levels = {bench.view.level_ua}
    for _ in range(60):
        bench.press(t.PRESS_UP)
        levels.add(bench.view.level_ua)
    assert bench.view.level_ua == row.max_ua
    assert bench.refusals[-1] == (faults.ABOVE_MAXIMUM, row.max_ua + row.step_ua, row.max_ua)
    assert bench.view.refusal == faults.ABOVE_MAXIMUM
    for _ in range(60):
        bench.press(t.PRESS_DOWN)
        levels.add(bench.view.level_ua)
    assert levels == set(range(row.step_ua, row.max_ua + 1, row.step_ua))
    assert bench.refusals[-1] == (faults.BELOW_MINIMUM, 0, row.step_ua)
    assert bench.sounds[-1] == "LIMIT"
    assert bench.state == state


@pytest.mark.requirement("REQ-SES-3")
@ALL_MODES
@pytest.mark.parametrize("state", ["CONFIRM", "ARMING", "ARMED"])
def test_minutes_go_from_one_to_the_mode_s_maximum(mode: int, state: str) -> None:
    bench = Bench().to_idle(mode)
    reach(bench, state)
    row = limits.MODES[mode]
    bench.press(t.PRESS_MODE)
    assert bench.view.editing_minutes
    bench.press(*[t.PRESS_UP] * 30)
    assert bench.view.minutes == row.max_min
    assert bench.view.remaining_s == row.max_min * 60
    assert bench.refusals[-1] == (faults.ABOVE_MAXIMUM, row.max_min + 1, row.max_min)
    bench.press(*[t.PRESS_DOWN] * 40)
    assert bench.view.minutes == 1
    assert bench.kinds(messages.EVENT_MINUTES)[-1] == (1, 2)
    assert bench.refusals[-1] == (faults.BELOW_MINIMUM, 0, 1)
    assert bench.view.level_ua == row.default_ua
    bench.press(t.PRESS_MODE, t.PRESS_UP)
    assert not bench.view.editing_minutes
    assert (bench.view.level_ua, bench.view.minutes) == (row.default_ua + row.step_ua, 1)


@pytest.mark.requirement("REQ-SES-3")
def test_editing_minutes_ends_with_the_state_it_belongs_to() -> None:
    for presses in ((t.PRESS_START_HELD,), (t.PRESS_START,)):
        bench = Bench().to_idle()
        bench.press(t.PRESS_START).press(t.PRESS_MODE).press(*presses)
        assert not bench.view.editing_minutes
    bench = Bench().to_armed()
    bench.press(t.PRESS_MODE)
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 2000)
    assert not bench.view.editing_minutes


@pytest.mark.requirement("REQ-SES-13")
@ALL_MODES
def test_reversal_can_be_set_only_where_the_mode_has_one(mode: int) -> None:
    bench = Bench().to_idle(mode)
    bench.press(t.PRESS_MODE_HELD)
    if mode in (HANDS, FEET):
        assert bench.view.reverse_enabled
        bench.press(t.PRESS_MODE_HELD)
    else:
        assert bench.refusals == [(faults.MODE_HAS_NO_REVERSAL, mode, 0)]
    assert not bench.view.reverse_enabled
