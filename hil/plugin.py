"""pytest: the fixtures `rig` and `make_rig`, and what every test must leave behind. See docs/rig.md.

@pytest.mark.rig(seed=3, area=1.0)
def test_something(rig): ...
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from hil.emu.image import micropython_uf2
from hil.process import RigError
from hil.rig import Rig, RigFailure

_FAILED = pytest.StashKey[bool]()
_EMU_TIMEOUT_S = 1800  # a second of emulated time takes 15 to 60 s


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "rig(**options): options of the Rig that the fixture `rig` makes")
    config.addinivalue_line("markers", "only_emu: says something about the emulated chip alone")
    if _is_bench():
        from hil.bench_rig.plugin import BenchRun

        config.pluginmanager.register(BenchRun(config), "bench rig")


def _is_bench() -> bool:
    return os.environ.get("IONTO_RIG") == "bench"


def _is_emu() -> bool:
    return os.environ.get("IONTO_RIG") == "emu"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The emulated rig runs what is marked for it; the others leave out what is for it alone."""
    is_emu = _is_emu()
    kept, left_out = [], []
    for item in items:
        fits = item.get_closest_marker("emu") if is_emu else not item.get_closest_marker("only_emu")
        (kept if fits else left_out).append(item)
        if is_emu and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_EMU_TIMEOUT_S))
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without MicroPython for the chip, one line says how to get it."""
    if not _is_emu() or item.get_closest_marker("emu") is None:
        return
    try:
        micropython_uf2()
    except RigError as error:
        pytest.skip(str(error))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = report.failed
    return report


def _new_rig(**options: Any) -> Rig:
    if not _is_bench():
        return Rig(**options)
    from hil.bench_rig.rig import BenchRig

    return cast("Rig", BenchRig(**options))  # it has the same parts


@pytest.fixture
def make_rig(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    """Makes rigs that are checked and ended with the test."""
    made: list[Rig] = []

    def make(**options: Any) -> Rig:
        one = _new_rig(**options)
        made.append(one)
        return one

    try:
        yield make
        failed = request.node.stash.get(_FAILED, True)
        for one in made:
            if failed:
                print(one.describe())
            elif not one.closed:
                _prove(one)
    finally:
        for one in made:
            one.close()


@pytest.fixture
def rig(request: pytest.FixtureRequest, make_rig: Callable[..., Rig]) -> Rig:
    """A rig with the options of the test's `rig` marker."""
    marker = request.node.get_closest_marker("rig")
    return make_rig(**(marker.kwargs if marker else {}))


def _prove(one: Rig) -> None:
    """The state that a test must leave: no fault that it did not expect, and an output that STOP ends."""
    fault = one.reported_fault()
    one.prove_safe()
    if fault and fault not in one.expected_faults:
        raise RigFailure(f"fault {fault} is set at the end, and the test did not expect it\n{one.describe()}")
