"""What the tests of the whole firmware share: variants of the firmware."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hil.rig import Rig
from hil.tests.firmware.variants import write_variant


@pytest.fixture
def variant(tmp_path: Path, make_rig: Callable[..., Rig]) -> Callable[..., Rig]:
    """Makes a rig whose firmware has one thing changed by `patch`; see variants.py."""

    def make(patch: str, **options: object) -> Rig:
        rig = make_rig(program=write_variant(tmp_path, patch), **options)
        rig.is_firmware = True  # all but one thing of it: its faults are looked at in the end
        return rig

    return make
