"""The charge cap ends a treatment by a normal ramp. FACE's is cut to 1.2 mA·s here: the real one takes ten minutes."""

import numpy as np
import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import RC, arm, assert_off, events, slope_ua_per_s, state, until
from ionto import faults, limits, messages

CAP_UA_MS = 1_200_000
LOWER_CAP = f"""
row = list(limits.MODES[limits.FACE])
row[row.index({30 * 1000 * 60000})] = {CAP_UA_MS}
changed = limits.Mode(*row)
limits.MODES = (changed,) + limits.MODES[1:]
limits.SEALS = (limits.seal(changed),) + limits.SEALS[1:]
"""


@pytest.mark.requirement("REQ-LIM-1")
def test_charge_caps_are_those_of_the_design():
    assert [mode.max_charge_ua_ms // 60_000_000 for mode in limits.MODES] == [30, 80, 300, 400]


@pytest.mark.requirement("REQ-SES-9")
@pytest.mark.parametrize("lift_ms", [0, 800])
def test_charge_cap_ends_by_a_ramp_and_counts_across_a_pause(variant, lift_ms):
    rig = variant(LOWER_CAP, load=RC)
    arm(rig, level_ua=300)
    rig.person.contact(1.0)
    until(rig, "RAMP_UP")
    begun_us = rig.now_us
    rig.advance(2500)
    if lift_ms:
        rig.person.lift()
        rig.person.at(lift_ms, 1.0)
    until(rig, "RAMP_DOWN", timeout_ms=20_000)
    capped_us = rig.now_us
    delivered = rig.truth.between(begun_us, capped_us)
    charge_ua_ms = float(np.trapezoid(delivered["current_ua"], delivered["time_us"])) / 1000
    assert charge_ua_ms == pytest.approx(CAP_UA_MS, rel=0.06)
    assert rig.host.status().reasons & faults.CHARGE_CAP
    rig.advance(250)
    assert shows(rig, "RAMP DOWN", "charge cap reached")
    until(rig, "DONE", timeout_ms=5000)
    assert_off(rig)
    opened_us = rig.truth.times_us("k1_open", capped_us)[0]
    falling = rig.truth.between(capped_us + 100_000, opened_us - 150_000)
    assert slope_ua_per_s(falling) == pytest.approx(-150, rel=0.1)
    assert [event.a for event in events(rig, messages.EVENT_END)] == [messages.END_CHARGE]
    assert state(rig) == "DONE"
    assert rig.host.status().fault == 0
