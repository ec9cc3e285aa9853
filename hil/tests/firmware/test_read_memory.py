"""A host reads the memory of a device: everything that it wrote down, and never while a session is under way."""

import pytest

from hil.tests.firmware.steps import hold, power_on, tap, until
from hil.tests.firmware.test_memory import kinds_of, sessions_of
from host_tools.errors import RefusedError
from ionto import faults, states, store_map
from ionto import store_records as records


def all_of(rig, region, layout):
    """Every record of a ring that is there, unpacked, from the oldest on."""
    info = rig.host.region_info(region)
    assert info.payload_bytes == layout.size_bytes
    rows = []
    sequence = max(0, info.newest - info.records + 1)
    while sequence <= info.newest:
        payloads = rig.host.read_records(region, sequence).payloads(info.payload_bytes)
        rows += [layout.unpack(payload) for payload in payloads if payload]
        sequence += len(payloads)
    return rows


@pytest.mark.requirement("REQ-LNK-10")
@pytest.mark.emu
def test_host_reads_what_a_session_left_behind(rig):
    hold(rig)
    with pytest.raises(RefusedError) as caught:
        rig.host.read_records(store_map.EVENTS, 0)
    assert (caught.value.code, caught.value.value) == (faults.NOT_IN_STATE, states.HOLD)
    rig.advance(2000)
    rig.host.stop()
    until(rig, "DONE")
    rig.advance(500)
    (session,) = all_of(rig, store_map.SESSIONS, records.SESSION)
    assert session == sessions_of(rig)[0]
    events = all_of(rig, store_map.EVENTS, records.EVENT)
    assert [(row.power_on, row.kind) for row in events] == kinds_of(rig)
    trace = all_of(rig, store_map.TRACE, records.TRACE)
    assert len(trace) == session.trace_records >= 2
    counters = records.COUNTERS.unpack(rig.host.read_records(store_map.COUNTERS).data[: records.COUNTERS.size_bytes])
    assert (counters.sessions, counters.power_ons) == (1, 1)


@pytest.mark.requirement("REQ-LNK-10")
def test_reading_holds_up_no_tick_and_no_press(rig):
    power_on(rig)
    for sequence in range(0, 200, 4):
        rig.host.read_records(store_map.EVENTS, sequence)
        rig.advance(1)
    tap(rig, "MODE")
    assert rig.host.status().mode == 1
    assert not rig.truth.named("tick_late")
