"""`ionto log` on a board: what the device wrote down is in the database, over a pulled cable, with its wall time."""

from datetime import UTC, datetime, timedelta

import pytest

from hil.tests.firmware.steps import power_on
from hil.tests.firmware.test_memory import kinds_of
from host_tools.bench_connect import note_connection
from host_tools.bench_db import BenchDb
from host_tools.bench_log import logs_of
from host_tools.errors import NoReplyError
from host_tools.log_download import Download

BEGAN = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.requirement("REQ-HST-4")
def test_log_is_read_over_a_pulled_cable_with_the_time_of_each_event(rig, tmp_path):
    def now():
        return BEGAN + timedelta(microseconds=rig.now_us)

    def pull(*_):
        rig.transport.plugged = False

    power_on(rig)
    with BenchDb(tmp_path / "bench.sqlite3") as db:
        noted = note_connection(db, rig.host, rig.host.hello(), "rig", lambda: rig.now_us / 1e6, now)
        with pytest.raises(NoReplyError):
            Download(db, rig.host, noted, now, progress=pull).run(["events", "trace"])
        rig.transport.plugged = True
        result = Download(db, rig.host, noted, now).run(["events", "trace", "counters"])
        assert result.is_finished
        (log,) = logs_of(db)
        assert [(event.record.power_on, event.record.kind) for event in log.events] == kinds_of(rig)
        assert [row.power_ons for row in log.counters] == [1]
        last = log.events[-1].record
        wall = log.times.wall(last.power_on, last.time_ms)
        assert wall is not None
        started_ms = rig.now_us / 1000 - rig.host.status().uptime_ms  # the chip's time begins with the firmware
        off_ms = wall.unix_ms - (BEGAN.timestamp() * 1000 + started_ms + last.time_ms)
        assert abs(off_ms) <= wall.uncertainty_ms + 10
