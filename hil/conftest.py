"""The rig's fixtures for every test below this folder."""

from hil.plugin import (
    make_rig,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_runtest_makereport,
    pytest_runtest_setup,
    rig,
)

__all__ = [
    "make_rig",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "rig",
]
