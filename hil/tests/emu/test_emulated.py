"""The emulated rig: the image boots on the chip, and a treatment begins and breaks there as on the simulated board.

A second of emulated time takes 10 s of a computer that has nothing else to do.
"""

from __future__ import annotations

import pytest

from hil.rig import Rig
from hil.tests.firmware.steps import power_on, tap, until

pytestmark = [pytest.mark.emu, pytest.mark.only_emu]


def come_to_idle(rig: Rig) -> None:
    """From power-on to IDLE: in time, alive, with something on the display."""
    power_on(rig)
    assert rig.now_us <= 3_000_000
    assert [event.value for event in rig.truth.named("chip_start")] == [1]
    assert rig.truth.named("heartbeat_alive")
    assert not rig.truth.named("wdt_reset")
    assert rig.panel.image().getbbox()


# One test for all of it: coming to IDLE is half of what it takes, and two chips at once slow each other down.
@pytest.mark.emu(smoke=True)
def test_the_image_starts_within_3_s_and_contact_begins_the_ramp_and_a_break_ends_the_drive_in_time(rig: Rig):
    come_to_idle(rig)
    for name in ("CONFIRM", "ARMED"):
        tap(rig, "START")
        until(rig, name)
    assert rig.truth.k1_closed
    rig.person.contact(1.0)
    until(rig, "RAMP_UP", timeout_ms=2000)
    rig.advance(200)
    assert 50 < rig.truth.current_ua < 500
    rig.person.lift()
    rig.advance(10)
    assert rig.truth.break_to_zero_us()[0] <= 1500
    assert rig.truth.break_to_k1_open_us()[0] <= 5000
    until(rig, "PAUSED", timeout_ms=200)


def test_a_chip_that_is_held_up_is_reset_by_its_watchdog_and_starts_with_the_output_off(rig: Rig):
    power_on(rig)
    rig.board.stall(700_000)
    rig.advance(750)
    assert len(rig.truth.named("wdt_reset")) == 1
    rig.board.await_start()
    assert [event.value for event in rig.truth.named("chip_start")] == [1, 3]
    assert rig.truth.times_us("heartbeat_alive", rig.truth.times_us("chip_start")[-1])
    assert not rig.truth.k1_closed
    assert rig.host.hello().reset_cause == 3
