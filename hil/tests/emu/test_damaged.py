"""A build with a damaged file on the emulated chip, in its memory and with its file system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hil.emu.image import compile_firmware
from hil.rig import Rig
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import assert_off, state
from host_tools.errors import RefusedError
from ionto import faults

pytestmark = [pytest.mark.emu, pytest.mark.only_emu, pytest.mark.requirement("REQ-FIL-1")]


def test_damaged_build_answers_on_the_link_and_starts_nothing(make_rig: Callable[..., Rig], tmp_path: Path) -> None:
    files = tmp_path / "files"
    compile_firmware(files, has_manifest=True)
    path = files / "ionto" / "app.mpy"
    path.write_bytes(path.read_bytes() + b"\0")
    (files / "ionto" / "link.old").write_bytes(b"")
    rig = make_rig(firmware=files, area=1.0)
    rig.expect_fault(faults.FIRMWARE)
    rig.advance_until(lambda: rig.panel.led, 2000, step_ms=100)
    rig.advance(800)
    assert shows(rig, f"FAULT {faults.FIRMWARE}", "FIRMWARE")
    status = rig.host.status()
    assert (state(rig), status.fault, status.fault_value, status.ticks) == ("FAULT", faults.FIRMWARE, 2, 0)
    with pytest.raises(RefusedError, match="program files are damaged"):
        rig.host.stop()
    assert_off(rig)
    assert rig.truth.max_current_ua() == 0
    for name in ("heartbeat_alive", "k1_closed", "wdt_reset"):
        assert not rig.truth.named(name)
