"""The sign bit of a word of the tick flips: only the chip reads 32 bits as a signed number, so only there it is one."""

import pytest

from hil.tests.firmware.steps import assert_off, k1_open_us
from hil.tests.firmware.test_program_failures import LOAD, fail_under_current
from hil.tests.firmware.variants import do_under_current
from ionto import faults, sampler

pytestmark = [pytest.mark.emu, pytest.mark.only_emu]

# The slot first, which the tick only looks up; in a later round a counter, which keeps a rule.
FLIP = f"""
words = apps[0].drive._state
flips.append(None)
if len(flips) == 1:
    words[{sampler.SLOT}] ^= -0x80000000
if len(flips) == 5:
    words[{sampler.N_MISMATCH}] ^= -0x80000000
"""


@pytest.mark.requirement("REQ-TRP-14")
def test_slot_is_looked_up_by_its_low_bits_and_a_negative_counter_ends_the_output(variant):
    rig = variant("flips = []" + do_under_current("Session", "step", FLIP), **LOAD)
    rig.expect_fault(faults.STATE_CORRUPT)
    failed_us = fail_under_current(rig)
    rig.advance(10)
    assert rig.host.status().fault == 0
    rig.advance(150)
    assert k1_open_us(rig, failed_us)
    assert_off(rig)
    status = rig.host.status()
    assert (status.fault, status.fault_value) == (faults.STATE_CORRUPT, sampler.N_MISMATCH)
    assert not rig.truth.named("wdt_reset")
