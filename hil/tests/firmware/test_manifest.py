"""A build whose files are not whole starts nothing; code that runs from its sources has no manifest to keep."""

import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import assert_off
from ionto import faults

pytestmark = pytest.mark.requirement("REQ-APP-1")

# A stamped build without a manifest: the simulated board runs from sources, and there is none.
PROGRAM = """
import boot
from ionto import version
version.BUILD = "0123456789ab"
import main
"""


def test_build_without_its_manifest_starts_nothing_and_shows_a_fault(make_rig, tmp_path):
    program = tmp_path / "stamped.py"
    program.write_text(PROGRAM)
    rig = make_rig(program=program, area=1.0)
    rig.expect_error("the program ended")
    rig.mute_expected = True
    rig.advance(3000)
    assert shows(rig, f"FAULT {faults.FIRMWARE}", "FIRMWARE")
    assert_off(rig)
    assert rig.truth.max_current_ua() == 0
    for name in ("heartbeat_alive", "k1_closed"):
        assert not rig.truth.named(name)
    assert not [event for event in rig.truth.named("k1_request") if event.value]
    assert not rig.truth.named("wdt_reset")
