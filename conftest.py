"""What holds for every test, in `tests` and in `hil/tests`."""

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair: a test never asserts wall time.
settings.register_profile("ionto", deadline=None)
settings.load_profile("ionto")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take long begin first."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
