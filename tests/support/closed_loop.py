"""Runs on MicroPython: closed-loop cases, one JSON list of results. Arguments: name of the case, mode number.

A result is measured against the truth of the plant, never against what the tick measured.
"""

import gc
import json
import sys

from ionto import limits, regulator, sampler
from ionto.session_io import Inputs
from tests.support.plant import A_NA, SERIES_OHM, Loop

SLOPE_V_PER_S = (10, 25)  # a ramp that gets there soon; the slopes of the table have a case of their own
LOADS = ((500, 0, 0.0), (500, 1500, 2e-6), (4700, 0, 0.0), (500, 4500, 2e-6), (10000, 0, 0.0), (500, 19500, 2e-6),
         (20000, 0, 0.0))  # fmt: skip
SOFT_LOADS = ((300, 1700, 0.5e-6), (500, 4500, 2e-6), (2000, 0, 0.0))


def started(mode, load, target_ua, area=1.0, seed=1):
    """A Loop that has arrived at `target_ua`, or is at the voltage limit; and the cause if it was cut."""
    gc.collect()
    loop = Loop(mode, load[0], load[1], load[2], seed=seed, area=area)
    ohm = SERIES_OHM[mode.range] + (load[0] + load[1]) / area
    slope = int(SLOPE_V_PER_S[mode.range] * 1e6 / ohm)
    cause = loop.begin(target_ua, slope)
    arrival_s = min(target_ua / slope, mode.max_electrode_mv / 1000 / SLOPE_V_PER_S[mode.range])
    cause = cause or loop.run(600 + int(2000 * arrival_s))
    return loop, cause


def reached_ua(loop):
    """Where the setpoint stands."""
    return loop.tick.regulator[regulator.SETPOINT_Q] * A_NA[loop.mode.range] / 65536e3


def steady(mode):
    """Mean and extremes over 200 ms at three levels on every load."""
    for load in LOADS:
        for target_ua in (mode.step_ua, mode.default_ua, mode.max_ua):
            loop, cause = started(mode, load, target_ua)
            cause = cause or loop.run(400)
            limited = loop.tick.regulator[regulator.LIMITED] > 0
            yield {"load": load, "target_ua": target_ua, "cause": cause, "mean_ua": loop.mean_ua, "low_ua": loop.low_ua,
                   "high_ua": loop.high_ua, "high_mv": loop.high_mv, "limited": limited,
                   "setpoint_ua": reached_ua(loop)}  # fmt: skip


def ramps(mode):
    """Slope of the true current over 2 s of the mode's own ramp, up and then down, in uA/s."""
    for load in ((1500, 0, 0.0), (500, 2500, 2e-6)):
        loop, cause = started(mode, load, mode.max_ua // 4)
        slopes = []
        for target_ua in (mode.max_ua, 0):
            loop.drive.current(target_ua, mode.ramp_up_ua_per_s, mode.ramp_down_ua_per_s)
            cause = cause or loop.run(800)
            begin_ua = loop.mean_of(200)
            cause = cause or loop.run(1800)
            end_ua = loop.mean_of(200)
            slopes.append(end_ua - begin_ua)  # 2000 ticks apart: 1 s
        yield {"load": load, "cause": cause, "up": slopes[0], "down": -slopes[1]}


def changes(mode):
    """Contact area changes at once: what flows in the first 10 ms, in the next 20 ms, and until 150 ms."""
    for load in SOFT_LOADS:
        for before, after in ((0.3, 1.0), (0.5, 1.0), (1.0, 0.7), (1.0, 0.4)):
            for target_ua in (mode.step_ua * 2, mode.default_ua):
                for is_charged in (True, False):
                    loop, cause = started(mode, load, target_ua, before)
                    started_at = cause
                    before_ua = reached_ua(loop)
                    loop.contact(after, is_charged)
                    cause = cause or loop.run(20)
                    first_ua = loop.high_ua
                    setpoint_ua = reached_ua(loop)
                    cause = cause or loop.run(40)
                    next_ua = (loop.low_ua, loop.high_ua)
                    cause = cause or loop.run(240)
                    yield {"load": load, "area": (before, after), "target_ua": target_ua, "is_charged": is_charged,
                           "started": started_at, "cause": cause, "first_ua": first_ua, "next_ua": next_ua,
                           "last_ua": loop.high_ua, "before_ua": before_ua, "setpoint_ua": setpoint_ua,
                           "last_setpoint_ua": reached_ua(loop)}  # fmt: skip


def wobbles(mode):
    """Area 1 -> 0.7 -> 1, six times at 50 ms, with 2 uF: the cause, if it cut, and what flowed then at most."""
    for load in ((500, 4500, 2e-6), (500, 1500, 2e-6), (500, 9500, 2e-6)):
        for target_ua in (mode.default_ua, mode.max_ua):
            for is_charged in (True, False):
                loop, cause = started(mode, load, target_ua)
                high_ua = 0.0
                for _ in range(6):
                    for area in (0.7, 1.0):
                        loop.contact(area, is_charged)
                        cause = cause or loop.run(100)
                        high_ua = max(high_ua, loop.high_ua)
                yield {"load": load, "target_ua": target_ua, "is_charged": is_charged, "cause": cause,
                       "high_ua": high_ua}  # fmt: skip


def breaks(mode):
    """The circuit opens: cause and ticks until it, for setpoints from the smallest on."""
    lsb_ua = A_NA[mode.range] / 1e3
    top = int(mode.max_ua / lsb_ua)
    nets = list(range(8, 60, 5)) + list(range(60, top, top // 8)) + [top]
    for net in nets:
        for load in ((500, 1000, 1e-6), (1500, 0, 0.0)):
            loop, cause = started(mode, load, int(net * lsb_ua + 0.999), seed=net)
            reached = loop.tick.state[sampler.SETPOINT]
            loop.contact(0)
            before = loop.tick.state[sampler.TICKS]
            code = loop.tick.code
            cause = cause or loop.run(10)
            told = Inputs()
            loop.drive.tell(told)
            yield {"net": net, "load": load, "setpoint": reached, "cause": cause,
                   "ticks": loop.tick.state[sampler.TICKS] - before, "limited": told.v_limited,
                   "rise": loop.high_mv * 1000 / (4000, 10000)[mode.range] - code}  # fmt: skip


def shorts(mode):
    """Probing with electrodes that touch, through 0 to 200 ohm."""
    for ohm in (0, 5, 25, 100, 200):
        gc.collect()
        loop = Loop(mode, ohm, 0, 0.0)
        loop.drive.probe(mode.max_ua)
        yield {"ohm": ohm, "cause": loop.run(1000), "high_ua": loop.high_ua}


CASES = {"steady": steady, "ramps": ramps, "changes": changes, "wobbles": wobbles, "breaks": breaks, "shorts": shorts}

if __name__ == "__main__":
    print(json.dumps(list(CASES[sys.argv[1]](limits.MODES[int(sys.argv[2])]))))
