"""An hour of `make soak`; and that it sees what it is there for."""

import random

import pytest

from hil import soak
from hil.rig import Rig


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_an_hour_of_sessions_back_to_back_loses_nothing_and_grows_nowhere():
    found = soak.run(hours=1, seed=4, minutes=(1, 2, 3, 5))
    assert found.wrong == []
    assert found.rig.now_us >= 3_600_000_000
    assert found.sessions >= 10
    assert found.heap_bytes[-1] <= found.heap_bytes[1] + 256  # a string more or less


def test_soak_sees_a_charge_that_is_measured_wrong_and_an_event_that_is_missing():
    rig = Rig(4, record_truth=soak.EVERY_TICKS, tolerance_sigma=0)
    try:
        found = soak.Soak(rig, random.Random(4))
        rig.advance(2500)
        rig.host.hello()
        rig.board.fault("a_gain", 1.04)  # within what the two senses may differ
        rig.host.lost_events = 1
        found.session(1)
    finally:
        rig.close()
    assert [line.split(": ")[1].split(" ")[1] for line in found.wrong] == ["uAs,", "events"]
