"""The same ticks on CPython under the shim and on MicroPython leave the same arrays, word by word."""

import pytest

from ionto import limits
from tests.support.on_micropython import run
from tests.support.replay import replay

TICKS = 700  # of each sequence in each mode: 5600 in all
SEED = 11


@pytest.fixture(scope="module")
def both() -> tuple[dict, dict]:
    return replay(TICKS, SEED), run("replay.py", TICKS, SEED)


@pytest.mark.parametrize("kind", ["random", "closed_loop"])
@pytest.mark.parametrize("name", [mode.name for mode in limits.MODES])
def test_generated_ticks_leave_the_same_arrays_on_both(both: tuple[dict, dict], name: str, kind: str) -> None:
    here, there = both
    assert here[name][kind] == there[name][kind]
    assert here[name]["limits"] == there[name]["limits"]


def test_generated_ticks_reach_enough_causes_to_mean_something(both: tuple[dict, dict]) -> None:
    seen = {cause for mode in limits.MODES for cause in both[0][mode.name]["random"]["causes"]}
    assert len(seen) >= 9, seen
    crcs = {both[0][mode.name][kind]["crc"] for mode in limits.MODES for kind in ("random", "closed_loop")}
    assert len(crcs) == 2 * len(limits.MODES)
