"""Reads what a Watched load wrote: every step of the plant around a change of contact."""

from __future__ import annotations

from pathlib import Path

import numpy as np

STEP = np.dtype([("contact", "<i4"), ("since_us", "<i4"), ("length_us", "<i4"), ("current_na", "<i4")])
_GAP_US = 2  # a change of contact takes a step of 1 µs of its own


def steps(path: Path) -> np.ndarray:
    """The records (dtype STEP) of a Watched load. `contact` counts the changes of contact, 1 is the first."""
    return np.fromfile(path, dtype=STEP)


def peak_ua(records: np.ndarray, contact: int, until_us: int) -> float:
    """The largest current, either way, within `until_us` of a change of contact and before the next one."""
    own = records[(records["contact"] == contact) & (records["since_us"] <= until_us)]
    return float(np.abs(own["current_na"]).max()) / 1000 if len(own) else 0.0


def longest_over_us(records: np.ndarray, contact_times_us: list[int], limit_ua: float) -> tuple[int, int]:
    """(duration, start) in µs of the longest unbroken time with more than `limit_ua`; (0, 0): never.

    Args:
        records: of a Watched load; every step above the limit must be there.
        contact_times_us: when the changes of contact were, in order.
        limit_ua: µA.
    """
    over = records[(np.abs(records["current_na"]) > limit_ua * 1000) & (records["contact"] > 0)]
    longest = (0, 0)
    start_us = last_us = -(10**9)
    for contact, since_us, length_us, _ in over.tolist():
        end_us = contact_times_us[contact - 1] + since_us
        if end_us - length_us > last_us + _GAP_US:
            start_us = end_us - length_us
        last_us = end_us
        longest = max(longest, (end_us - start_us, start_us))
    return longest
