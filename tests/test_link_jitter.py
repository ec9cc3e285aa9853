"""A step that comes a little early or late drops no telemetry, even at one sample a step."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ionto import messages
from ionto.link import JITTER_MS
from tests.link_fakes import STEP_MS, LinkBench

ROUND_MS = 10


@pytest.mark.requirement("REQ-LNK-7")
@given(st.lists(st.integers(0, JITTER_MS), min_size=20, max_size=60), st.integers(0, JITTER_MS))
@example([0, 0, 1, 0] * 10, 1)
def test_telemetry_at_every_round_survives_rounds_that_come_late(late_ms: list[int], first_late_ms: int) -> None:
    bench = LinkBench()
    bench.hello()
    bench.elapsed_ms += first_late_ms
    bench.subscribe(100)
    due_ms = bench.elapsed_ms - STEP_MS - first_late_ms
    for late in late_ms:
        due_ms += ROUND_MS
        bench.elapsed_ms = due_ms + late
        bench.step()
    assert [reply.sequence for reply in bench.sent()] == list(range(1, len(late_ms) + 1))
    assert bench.ask(messages.STATUS)[0].values["dropped_telemetry"] == 0
