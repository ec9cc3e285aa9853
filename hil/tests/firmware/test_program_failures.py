"""The program itself fails under current: an exception, a loop without end, interrupts that stay off, a dead tick.

The output ends by the tick, by the heartbeat or by the watchdog, and does not come back by itself.
"""

from pathlib import Path

import pytest

from hil.tests.chip import some_on_chip
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    K1_US,
    RC,
    TICK_US,
    arm,
    assert_off,
    closings_us,
    k1_open_us,
    power_on,
    state,
    until,
)
from hil.tests.firmware.variants import MARK_HZ, do_under_current
from ionto import faults

pytestmark = pytest.mark.requirement("REQ-APP-1")

RESETS = Path(__file__).parents[1] / "programs" / "resets.py"
WATCHDOG_US = 500_000
LOAD = {"load": RC, "load_arguments": {"rs_ohm": 400, "rp_ohm": 6000, "cp_f": 3e-7}}
TASKS = ("Session.step", "Panel.step", "Link.step", "Buttons.step", "Measure.update", "Drive.snapshot", "Sounds.step")


def fail_under_current(rig):
    """Lets the variant come to its failure. Returns its µs."""
    arm(rig)
    rig.person.contact(1.0)
    rig.advance_until(lambda: _marks(rig), 8000, step_ms=5)
    return _marks(rig)[0]


def _marks(rig):
    return [event.time_us for event in rig.truth.named("tone") if event.value == MARK_HZ]


def assert_reset_and_not_resumed(rig, failed_us, opened_us):
    """The watchdog has reset the chip; with the contact still there, the output stays off."""
    rig.advance(1000)
    resets = sorted(set(rig.truth.times_us("wdt_reset", failed_us)))
    assert len(resets) == 1
    assert resets[0] - failed_us <= WATCHDOG_US + 100_000
    rig.mute_expected = False
    power_on(rig)
    rig.advance(1500)
    assert not closings_us(rig, opened_us)
    assert_off(rig)
    assert rig.host.hello().reset_cause == 3


@pytest.mark.parametrize("task", some_on_chip(TASKS, "Session.step"))
def test_exception_in_a_task_cuts_the_output_and_halts(variant, task):
    owner, method = task.split(".")
    error = {"Panel": "MemoryError", "Link": "ValueError", "Session": "KeyboardInterrupt"}.get(owner, "RuntimeError")
    rig = variant(do_under_current(owner, method, f"raise {error}('made by a test')"), **LOAD)
    failed_us = fail_under_current(rig)
    rig.advance(100)
    opened_us = k1_open_us(rig, failed_us)
    assert opened_us - failed_us <= TICK_US + K1_US
    assert_off(rig)
    dac = rig.truth.between(failed_us + 2 * TICK_US, rig.now_us)["dac"]
    assert not dac.any()
    assert shows(rig, f"FAULT {faults.INTERNAL}", "INTERNAL ERROR")
    assert rig.panel.led
    assert_reset_and_not_resumed(rig, failed_us, opened_us)


def test_exception_before_idle_never_energises(variant):
    rig = variant(
        "from ionto.panel import Panel\ndef broken(self, now_ms, view): raise OSError(5)\nPanel.step = broken"
    )
    rig.person.contact(1.0)
    rig.advance(400)
    assert shows(rig, "INTERNAL ERROR")
    assert_off(rig)
    rig.advance(800)
    assert rig.truth.named("wdt_reset")
    until(rig, "IDLE")
    assert not closings_us(rig)


@pytest.mark.emu
@pytest.mark.requirement("REQ-TRP-16")
def test_main_loop_that_hangs_is_cut_by_the_tick_and_reset_by_the_watchdog(variant):
    rig = variant(do_under_current("Panel", "step", "while True:\n    time.sleep_ms(1)"), **LOAD)
    failed_us = fail_under_current(rig)
    level_ua = rig.truth.current_ua
    rig.advance(700)
    resets = rig.truth.times_us("wdt_reset", failed_us)
    assert resets
    assert resets[0] - failed_us <= 600_000
    opened_us = k1_open_us(rig, failed_us)
    assert opened_us - failed_us <= 100_000
    # Until then the tick goes on regulating: never above the level that was set.
    assert rig.truth.between(failed_us, opened_us)["current_ua"].max() <= max(level_ua, 200) + 30
    assert_reset_and_not_resumed(rig, failed_us, opened_us)


@pytest.mark.emu
def test_stop_while_the_program_hangs_is_the_hardwares(variant):
    hang = "while True:\n    time.sleep_ms(1)\n    apps[0].drive.attend()\n    apps[0].board.feed_watchdog()"
    rig = variant(do_under_current("Session", "step", hang), **LOAD)
    failed_us = fail_under_current(rig)
    rig.mute_expected = True
    rig.advance(700)
    assert not rig.truth.times_us("wdt_reset", failed_us)
    assert rig.truth.k1_closed
    pressed_us = rig.now_us
    rig.buttons.stop_press()
    rig.advance(1600)
    assert 1_500_000 <= k1_open_us(rig, pressed_us) - pressed_us <= 1_500_000 + K1_US
    assert rig.truth.current_ua == 0


@pytest.mark.emu
def test_interrupts_that_stay_off_open_the_relay_by_the_heartbeat(variant):
    rig = variant(
        do_under_current("Link", "step", "machine.disable_irq()\nwhile True:\n    time.sleep_us(100)"), **LOAD
    )
    failed_us = fail_under_current(rig)
    rig.advance(50)
    opened_us = k1_open_us(rig, failed_us)
    assert opened_us - failed_us <= 5000
    assert rig.truth.named("heartbeat_dead", failed_us)
    assert rig.truth.current_ua == 0
    assert_reset_and_not_resumed(rig, failed_us, opened_us)


BREAK_THE_TICK = """
import ionto.sampler
check = ionto.sampler.check
left = [12000]
def broken(state, limits, history):
    left[0] -= 1
    if left[0] < 0:
        {action}
    return check(state, limits, history)
ionto.sampler.check = broken
"""


@pytest.mark.parametrize("action", ["raise ValueError", "left.append([1, 2])"], ids=["exception", "allocation"])
def test_tick_that_dies_opens_the_relay_and_is_a_fault(variant, action):
    rig = variant(BREAK_THE_TICK.format(action=action), **LOAD)
    rig.expect_error("hard timer died")
    arm(rig)
    rig.person.contact(1.0)
    rig.advance_until(lambda: rig.truth.named("timer_died"), 8000, step_ms=5)
    died_us = rig.truth.times_us("timer_died")[0]
    assert rig.errors
    rig.advance(60)
    opened_us = k1_open_us(rig, died_us)
    assert opened_us - died_us <= 5000
    assert_off(rig)
    assert state(rig) == "FAULT"
    assert rig.host.status().fault == faults.TICKS_STOPPED
    rig.advance(150)
    assert shows(rig, "TICKS STOPPED")
    assert_reset_and_not_resumed(rig, died_us, opened_us)


@pytest.mark.emu
def test_heartbeat_that_does_not_reach_the_relay_opens_it(make_rig):
    rig = make_rig(**LOAD)
    arm(rig)
    rig.person.contact(1.0)
    until(rig, "RAMP_UP")
    rig.advance(500)
    cut_us = rig.now_us
    rig.board.fault("heartbeat_cut", 1)
    rig.advance(500)
    assert k1_open_us(rig, cut_us) - cut_us <= 5000
    assert rig.truth.current_ua == 0
    # The relay that does not close on the next probe shows as a voltage that cannot be zero.
    rig.expect_fault(faults.STUCK_SENSE)
    assert state(rig) == "FAULT"
    assert rig.host.status().fault == faults.STUCK_SENSE


@pytest.mark.emu
def test_reset_pin_under_current_releases_the_output(make_rig):
    rig = make_rig(**LOAD)
    arm(rig)
    rig.person.contact(1.0)
    until(rig, "RAMP_UP")
    rig.advance(1000)
    reset_us = rig.now_us
    rig.board.reset()
    rig.advance(20)
    opened_us = k1_open_us(rig, reset_us)
    assert opened_us - reset_us <= 1000
    power_on(rig)
    assert rig.host.hello().reset_cause == 4
    rig.advance(2000)
    assert not closings_us(rig, opened_us)
    assert_off(rig)


@pytest.mark.emu
def test_restart_that_was_asked_for_is_no_watchdog_s(make_rig):
    rig = make_rig(program=RESETS)
    rig.mute_expected = True
    rig.advance_until(lambda: rig.panel.tone_hz, 2000, step_ms=20)
    assert rig.panel.tone_hz == 440
    assert [event.value for event in rig.truth.named("chip_start")] == [1, 3, 3]
    restarted_us, bitten_us = rig.truth.times_us("chip_start")[1:]
    (lit_us,) = [event.time_us for event in rig.truth.named("led") if event.value]
    assert restarted_us < lit_us < bitten_us
    assert len(rig.truth.named("wdt_reset")) == 1


@pytest.mark.emu
def test_power_lost_under_current_does_not_resume(make_rig):
    rig = make_rig(**LOAD)
    arm(rig)
    rig.person.contact(1.0)
    until(rig, "RAMP_UP")
    rig.advance(1000)
    rig.board.power_off()
    lost_us = rig.now_us - 1000
    rig.advance(300)
    assert k1_open_us(rig, lost_us) - lost_us <= 2000
    rig.board.power_on()
    power_on(rig)
    rig.advance(2000)
    assert not closings_us(rig, lost_us)
    assert_off(rig)
