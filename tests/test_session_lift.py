"""Electrodes that lift: in part, which halves the current, or off, which is contact lost."""

import pytest

from ionto import faults, limits, messages
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, Bench, bench_in

FACE, UNDERARMS, HANDS, FEET = limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET
ALL_MODES = pytest.mark.parametrize("mode", [FACE, UNDERARMS, HANDS, FEET])


def settled(mode: int = HANDS) -> Bench:
    return bench_in("HOLD", mode).advance(2000)


@pytest.mark.requirement("REQ-SES-12")
@ALL_MODES
@pytest.mark.parametrize(("ohm", "state"), [(9999, "RAMP_UP"), (10000, "PAUSED"), (15000, "PAUSED")])
def test_doubled_resistance_is_contact_lost(mode: int, ohm: int, state: str) -> None:
    bench = settled(mode)
    bench.ohm = ohm
    bench.press()
    assert bench.state == state
    if state == "PAUSED":
        assert bench.outputs.drive == t.DRIVE_OFF
        assert bench.kinds(messages.EVENT_CUT) == [(faults.CUT_LIFTED, bench.view.level_ua)]
        bench.until("RAMP_UP", 3000)
        assert bench.view.reconnects_left == 2


@pytest.mark.requirement("REQ-SES-11")
@ALL_MODES
@pytest.mark.parametrize(("ohm", "is_partial"), [(6499, False), (6500, True), (9999, True)])
def test_resistance_up_by_thirty_percent_halves_the_current_and_says_so(mode: int, ohm: int, is_partial: bool) -> None:
    bench = settled(mode)
    level_ua = bench.view.level_ua
    bench.ohm = ohm
    bench.press()
    assert bool(bench.view.reasons & faults.PARTIAL_CONTACT) == is_partial
    assert bench.outputs.target_ua == (level_ua // 2 if is_partial else level_ua)
    assert bench.outputs.ramp_down_ua_per_s == limits.MODES[mode].ramp_down_ua_per_s
    assert bench.view.level_ua == level_ua
    if is_partial:
        assert bench.sounds[-1] == "PARTIAL"
        bench.until("HOLD", 10000)
        assert bench.view.reasons == faults.PARTIAL_CONTACT


def partial(mode: int = HANDS) -> Bench:
    bench = settled(mode)
    bench.ohm = 7000
    bench.press()
    bench.until("HOLD", 10000)
    bench.advance(2000)
    return bench


@pytest.mark.requirement("REQ-SES-11")
@pytest.mark.parametrize(("ohm", "recovers"), [(6251, False), (6250, True), (3000, True)])
def test_contact_near_its_old_resistance_for_a_second_restores_the_level(ohm: int, recovers: bool) -> None:
    bench = partial()
    bench.ohm = ohm
    bench.advance(1000)
    assert bench.outputs.target_ua == 2500
    bench.press()
    assert bench.outputs.target_ua == (5000 if recovers else 2500)
    if recovers:
        assert bench.state == "RAMP_UP"
        assert not bench.view.reasons & faults.PARTIAL_CONTACT
        assert bench.outputs.ramp_up_ua_per_s == limits.MODES[HANDS].ramp_up_ua_per_s


@pytest.mark.requirement("REQ-SES-11")
@pytest.mark.parametrize("level_presses", [0, 60])
def test_up_takes_the_contact_as_it_is_now_without_raising_the_level(level_presses: int) -> None:
    bench = settled()
    bench.press(*[t.PRESS_UP] * level_presses)
    bench.until("HOLD", 80000)
    level_ua = bench.view.level_ua
    bench.ohm = 7000
    bench.advance(2000)
    assert bench.outputs.target_ua == level_ua // 2
    bench.press(t.PRESS_UP)
    assert (bench.state, bench.outputs.target_ua, bench.view.level_ua) == ("RAMP_UP", level_ua, level_ua)
    bench.advance(5000)
    assert not bench.view.reasons & faults.PARTIAL_CONTACT
    bench.ohm = 9200
    bench.press()
    assert bench.view.reasons & faults.PARTIAL_CONTACT


@pytest.mark.requirement("REQ-SES-11")
@pytest.mark.parametrize("is_lost", [False, True])
def test_lift_after_a_new_contact_is_measured_against_the_new_one(is_lost: bool) -> None:
    bench = partial()
    if is_lost:
        bench.cut = faults.CUT_OPEN
        bench.press()
        bench.until("RAMP_UP", 2000)
    else:
        bench.press(t.PRESS_UP)
    bench.until("HOLD", 30000)
    bench.advance(2000)
    bench.ohm = 9100
    bench.press()
    assert bench.view.reasons & faults.PARTIAL_CONTACT
    bench.ohm = 8750
    bench.advance(1005)
    assert not bench.view.reasons & faults.PARTIAL_CONTACT


@pytest.mark.requirement("REQ-SES-11")
def test_second_lift_is_announced_again_and_changes_nothing_else() -> None:
    bench = partial()
    bench.sounds.clear()
    bench.ohm = 9200
    bench.advance(3000)
    assert bench.sounds == ["PARTIAL"]
    assert (bench.state, bench.outputs.target_ua) == ("HOLD", 2500)


@pytest.mark.requirement("REQ-SES-12")
def test_lift_that_goes_on_to_double_is_contact_lost() -> None:
    bench = settled()
    for ohm in range(5000, 10001, 50):
        bench.ohm = ohm
        bench.press()
    assert bench.sounds[-2:] == ["PARTIAL", "LOST"]
    assert bench.state == "PAUSED"
    assert bench.view.reasons == 0
    bench.ohm = BODY_OHM
    bench.until("RAMP_UP", 2000)
    assert bench.outputs.target_ua == 5000


@pytest.mark.requirement("REQ-SES-11")
def test_level_lowered_during_a_lift_is_halved_too() -> None:
    bench = partial()
    bench.press(t.PRESS_DOWN)
    assert (bench.view.level_ua, bench.outputs.target_ua) == (4500, 2250)
    bench.inputs.host_level_ua = 1001
    bench.press()
    assert bench.outputs.target_ua == 500


@pytest.mark.requirement("REQ-SES-11")
def test_start_during_a_lift_ends_the_treatment() -> None:
    bench = partial()
    bench.press(t.PRESS_START)
    assert (bench.state, bench.view.reasons) == ("RAMP_DOWN", faults.RAMPING)


@pytest.mark.requirement("REQ-SES-11")
@pytest.mark.parametrize(("current_ua", "is_partial"), [(49, False), (50, True)])
def test_resistance_at_a_current_that_counts_as_open_says_nothing(current_ua: int, is_partial: bool) -> None:
    bench = settled()
    for ohm in [5000] * 400 + [7000]:
        bench.inputs.current_ua, bench.inputs.resistance_ohm = current_ua, ohm
        bench.session.step(bench.now_ms, bench.inputs)
        bench.now_ms += 5
    assert bool(bench.view.reasons & faults.PARTIAL_CONTACT) == is_partial


@pytest.mark.requirement("REQ-SES-11")
def test_resistance_that_falls_during_the_ramp_is_no_lift() -> None:
    bench = Bench().to_ramp_up(HANDS, 15000)
    while bench.state != "HOLD":
        bench.ohm = max(2000, (bench.ohm or 0) - 5)
        bench.press()
    assert bench.path()[-2:] == ["RAMP_UP", "HOLD"]
