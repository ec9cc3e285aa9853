"""The amplifier's way to a new output: slew rate first, then exponential. Volts and µs."""

import math

from hil.sim import facts

_KNEE_V = facts.SLEW_V_PER_US * facts.SETTLE_TAU_US


def time_to_us(now_v, target_v, level_v):
    """Time from `now_v` down to `level_v`, which is above the target."""
    over = now_v - target_v
    want = level_v - target_v
    if over <= want:
        return 0.0
    slewing_us = 0.0
    if over > _KNEE_V:
        slewing_us = (over - max(_KNEE_V, want)) / facts.SLEW_V_PER_US
        over = max(_KNEE_V, want)
    return slewing_us + facts.SETTLE_TAU_US * math.log(over / want)


def after(dt_us, now_v, target_v):
    """The output `dt_us` after it was `now_v`."""
    gap = target_v - now_v
    size = abs(gap)
    if size > _KNEE_V:
        slewing_us = min(dt_us, (size - _KNEE_V) / facts.SLEW_V_PER_US)
        size -= slewing_us * facts.SLEW_V_PER_US
        dt_us -= slewing_us
    size *= math.exp(-dt_us / facts.SETTLE_TAU_US)
    return target_v - (size if gap > 0 else -size)
