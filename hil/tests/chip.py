"""Which values of a parametrised test are worth the time of the emulated chip too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def some_on_chip(values: Iterable[Any], *chosen: Any) -> list[Any]:
    """`values`, of which the test runs with the `chosen` ones on the emulated chip too. Raises ValueError."""
    every = list(values)
    unknown = [one for one in chosen if one not in every]
    if unknown:
        raise ValueError(f"no such values: {unknown}")
    return [pytest.param(one, marks=pytest.mark.emu) if one in chosen else one for one in every]
