"""Senses A and B that read differently: what each reads of a true current, and from when on that is too much."""

from __future__ import annotations

import random

import numpy as np

from hil.faults.model import FLOWING, Apart, Expect
from hil.rig import Rig
from ionto import faults as f
from ionto import limits

_GAIN_STEP_MS = 10
_SPREAD = 0.01  # of a board, once calibrated
_NOISE_UA = 45.0  # three sigma of B's: a violation that stays is there in nearly every tick


def drift(rig: Rig, source: random.Random) -> None:
    """Sense A loses a hundredth of its reading every 10 ms, down to half."""
    del source
    for step in range(1, 51):
        rig.board.fault("a_gain", 1 - step / 100, after_ms=step * _GAIN_STEP_MS)


def drift_b(rig: Rig, source: random.Random) -> None:
    """Sense B gains a tenth of a milliampere every 50 ms, up to one."""
    del source
    for step in range(1, 11):
        rig.board.fault("b_offset_a", step * 1e-4, after_ms=step * 50)


def like(time_us: np.ndarray, ua: np.ndarray) -> np.ndarray:
    """A sense that is right."""
    del time_us
    return ua


def times(factor: float) -> Apart:
    """A sense whose factor is wrong."""
    return lambda _, ua: factor * ua


def less(ua: float) -> Apart:
    """A converter reads nothing below 0."""
    return lambda _, true_ua: (true_ua - ua).clip(min=0.0)


def drifting(time_us: np.ndarray, ua: np.ndarray) -> np.ndarray:
    """As `drift` makes it."""
    return ua * (1 - time_us // (1000 * _GAIN_STEP_MS) / 100).clip(min=0.5)


def gaining(time_us: np.ndarray, ua: np.ndarray) -> np.ndarray:
    """As `drift_b` makes it."""
    return ua + 100.0 * (time_us // 50_000).clip(max=10)


def differ(*codes: int, a: Apart = like, b: Apart = like, late_ms: float = 0.0) -> Expect:
    """Seen from where A and B differ by more than they may, and the spread of a board besides."""

    def apart(time_us: np.ndarray, ua: np.ndarray) -> np.ndarray:
        a_ua, b_ua = a(time_us, ua), b(time_us, ua)
        return (
            abs(a_ua - b_ua)
            - (limits.MISMATCH_FLOOR_UA + limits.MISMATCH_PERCENT / 100 * a_ua)
            - _SPREAD * ua
            - _NOISE_UA
        )

    return Expect(FLOWING, (f.SENSE_MISMATCH, *codes), apart=apart, late_ms=late_ms, above_ua=700)
