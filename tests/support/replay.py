"""Runs on MicroPython and on CPython: the same generated ticks, and a digest of all that they left.

Two sequences: readings that are random in all 12 bits with random commands between them, and a closed loop through
probe, ramp, contact changes and breaks. As a script: arguments are number of ticks and seed; prints one JSON object.
"""

import binascii
import json
import sys

from ionto import limits, raw_limits, sampler
from ionto.drive import Drive, DriveError
from tests.support.plant import Loop
from tests.support.tick import Tick


class Dice:
    """Random numbers that are the same everywhere."""

    def __init__(self, seed):
        self.state = seed * 7919 + 1

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) % 2147483648
        return (self.state >> 8) % n


def digest(tick, crc):
    for words in (tick.state, tick.history, tick.regulator):
        crc = binascii.crc32(words, crc)
    return crc


# What can be wrong for a while: a channel (-1: nothing, 3: the slotted reading) and what is read there.
EPISODES = ((-1, 0), (-1, 0), (0, 0), (0, 900), (1, 0), (1, 2500), (2, 0), (2, 300), (3, 0), (3, 100), (3, 4000))


def random_ticks(mode, ticks, seed):
    """Digest, final arrays and the causes seen, with anything a converter can read."""
    dice = Dice(seed)
    tick = Tick(mode, now_us=(1 << 30) - 5000)
    drive = Drive(tick)
    drive.arm(mode, tick.calibration)
    crc = 0
    causes = {}
    channel = raw = left = 0
    for _ in range(ticks):
        if left == 0:
            channel, raw = EPISODES[dice.below(len(EPISODES))]
            left = 1 + dice.below(130)
            tick.state[sampler.CAUSE] = 0
        left -= 1
        do_something(drive, mode, dice)
        readings = [r + dice.below(3) for r in tick.healthy(tick.state[sampler.SETPOINT])]
        aux = None
        if channel == 3:
            aux = raw
        elif channel >= 0:
            readings[channel] = raw
        if dice.below(60) == 0:
            readings[dice.below(3)] = dice.below(4096)
        readings = [r if r < 4096 else 4095 for r in readings]
        period_us = 500 + dice.below(3) if dice.below(300) else 1500
        cause = tick.step(readings[0], readings[1], readings[2], aux, int(dice.below(400) > 0), period_us)
        causes[cause] = causes.get(cause, 0) + 1
        crc = digest(tick, crc)
    return {"crc": crc, "state": list(tick.state), "regulator": list(tick.regulator), "causes": sorted(causes)}


def do_something(drive, mode, dice):
    """Now and then a command, also one that is refused."""
    choice = dice.below(24)
    try:
        if choice == 0:
            drive.off()
        elif choice < 5:
            drive.probe(dice.below(mode.max_ua + 100))
        elif choice < 9:
            drive.current(dice.below(mode.max_ua + 100), 1 + dice.below(20000), 1 + dice.below(20000))
        elif choice < 11:
            drive.clear()
    except DriveError:
        pass


def closed_loop_ticks(mode, ticks, seed):
    """Digest and final arrays around a skin with capacitance, whose area changes."""
    loop = Loop(mode, 500.0, 4000.0, 1e-6, seed=seed)
    dice = Dice(seed)
    drive = loop.drive
    drive.probe(mode.default_ua)
    crc = 0
    for n in range(ticks):
        if n == 200:
            drive.current(mode.default_ua, 4000, 8000)
        elif n > 400 and n % 150 == 0:
            loop.contact((0.3, 0.5, 0.8, 1.0, 1.0, 0.0)[dice.below(6)], n % 300 == 0)
        if drive.is_tripped() and n % 40 == 0:
            loop.contact(1.0)
            drive.clear()
            drive.probe(mode.default_ua)
        elif n % 100 == 99 and drive.is_on():
            drive.current(mode.default_ua, 4000, 8000)
        loop.step()
        crc = digest(loop.tick, crc)
    return {"crc": crc, "state": list(loop.tick.state), "regulator": list(loop.tick.regulator)}


def replay(ticks, seed):
    result = {}
    for mode in limits.MODES:
        result[mode.name] = {
            "limits": list(raw_limits.build(mode, Tick(mode).calibration)),
            "random": random_ticks(mode, ticks, seed + mode.number),
            "closed_loop": closed_loop_ticks(mode, ticks, seed + mode.number),
        }
    return result


if __name__ == "__main__":
    print(json.dumps(replay(int(sys.argv[1]), int(sys.argv[2]))))
