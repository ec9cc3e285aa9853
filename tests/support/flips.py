"""Runs on MicroPython: flips every bit of every limit in every mode; one JSON object with what the tick did not see."""

import json

from ionto import faults, limits
from tests.support.tick import Tick


def flips():
    done = 0
    missed = []
    for mode in limits.MODES:
        tick = Tick(mode)
        assert tick.check(0, 0, 0) == 0
        for index in range(len(tick.limits)):
            for bit in range(32):
                good = tick.limits[index]
                tick.limits[index] = good ^ (1 << bit if bit < 31 else -(1 << 31))
                if tick.check(0, 0, 0) != faults.LIMITS_CORRUPT:
                    missed.append((mode.number, index, bit))
                tick.limits[index] = good
                done += 1
        assert tick.check(0, 0, 0) == 0
    return {"flips": done, "missed": missed}


if __name__ == "__main__":
    print(json.dumps(flips()))
