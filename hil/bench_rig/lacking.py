"""What a real board and its box cannot give: a test that asks for it is skipped with the reason, never passed."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skips the test that asked."""
    raise pytest.skip.Exception(f"the bench rig cannot: {reason}")


class Known(dict[str, Any]):
    """A dictionary of what is known; asking for more skips the test."""

    def __missing__(self, key: str) -> NoReturn:
        lacking(f"{key} of a real board is not known")
