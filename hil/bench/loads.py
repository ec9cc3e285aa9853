"""Loads to draw from: persons and dummy loads that the device takes for a contact."""

from __future__ import annotations

import random
from typing import Any

from hil.person import SITES
from ionto.limits import Mode

_LOWEST_OHM = 500.0  # below 300 ohm is a short; nobody is below this
_POLARISED_SHARE = 0.7  # 0.4 V of 1.5 V make a load look like more ohms to the probe
SHARE_OF_CONTACT = 0.8  # of the resistance below which the device sees a contact


def log_uniform(source: random.Random, low: float, high: float) -> float:
    """Between two positive values, each order of magnitude as likely as the next."""
    return low * (high / low) ** source.random()


def random_load(
    source: random.Random, mode: Mode, rs_min_ohm: float = 300.0, area: float = 1.0
) -> tuple[str, dict[str, Any]]:
    """(kind, arguments) of a load: a person at the mode's site, or a dummy load from 500 ohm to a contact's.

    It has at least `rs_min_ohm` in series, and counts as a contact with `area` of the electrode too.
    """
    if source.random() < 0.4:
        return "Person", random_person(source, mode, rs_min_ohm, area)
    top_ohm = mode.contact_ohm * SHARE_OF_CONTACT * area
    total_ohm = log_uniform(source, max(_LOWEST_OHM, rs_min_ohm * 1.2), top_ohm)
    rs_ohm = max(rs_min_ohm, min(1000.0, total_ohm * source.uniform(0.05, 0.8)))
    return "RC", {"rs_ohm": round(rs_ohm), "rp_ohm": round(total_ohm - rs_ohm), "cp_f": _capacitance_f(source)}


def random_person(source: random.Random, mode: Mode, rs_min_ohm: float = 300.0, area: float = 1.0) -> dict[str, Any]:
    """Arguments of a person at the mode's site, with at least `rs_min_ohm` in series; a contact with `area` too."""
    top_ohm = mode.contact_ohm * SHARE_OF_CONTACT * area
    return {
        "site": mode.name,
        "rs_ohm": round(log_uniform(source, rs_min_ohm, 1000.0)),
        "cp_f": _capacitance_f(source),
        "rp_ohm": round(min(SITES[mode.name]["rp_ohm"], _POLARISED_SHARE * top_ohm - 1000.0)),
        "polarisation_v": source.choice((0.0, 0.0, 0.4)),
    }


def _capacitance_f(source: random.Random) -> float:
    return round(log_uniform(source, 0.01, 2.0), 3) * 1e-6
