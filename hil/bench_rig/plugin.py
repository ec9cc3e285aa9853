"""pytest on a bench: only what is marked `bench`, on one board, and only once board and box have been met."""

from __future__ import annotations

import os

import pytest

from hil.bench_rig import ports
from hil.process import RigError


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps what is marked for the bench. Ends the run with one line if the bench is not ready for it."""
    left_out = [item for item in items if item.get_closest_marker("bench") is None]
    items[:] = [item for item in items if item.get_closest_marker("bench") is not None]
    config.hook.pytest_deselected(items=left_out)
    if not items or config.option.collectonly:
        return
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.exit("the bench has one board: run pytest without -n", returncode=2)
    try:
        ports.check()
    except RigError as error:
        pytest.exit(str(error), returncode=2)
