"""A build whose files are not whole starts nothing, and says so on the panel and over the link."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.board_config import FIRMWARE
from hil.rig import Rig
from hil.sim import facts
from hil.tests.firmware.builds import files_of, write_build
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import arm, assert_off, state, tap
from host_tools.client import Event
from host_tools.errors import NoReplyError, RefusedError
from ionto import faults, manifest, messages, states

pytestmark = pytest.mark.requirement("REQ-FIL-1", "REQ-APP-1")

Damage = Callable[[Path], object]
LINK = {f"{name}.py" for name in manifest.LINK_FILES}
PANEL = {f"{name}.py" for name in manifest.PANEL_FILES}
BEFORE = {"boot.py", "main.py", "ionto/manifest.py", "ionto/version.py"}  # what runs before anything is compared


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_build(tmp_path_factory.mktemp("build") / "files")


@pytest.fixture
def build(whole: Path, tmp_path: Path) -> Path:
    """A copy of its own."""
    return Path(shutil.copytree(whole, tmp_path / "files"))


def started(make_rig: Callable[..., Rig], build: Path, is_mute: bool = False) -> Rig:
    """A board with this build, contact at the electrodes, two seconds after power-on."""
    rig = make_rig(firmware=build, area=1.0)
    if is_mute:
        rig.mute_expected = True
        rig.expect_error("the program ended")
    else:
        rig.expect_fault(faults.FIRMWARE)
    rig.advance(2000)
    return rig


def assert_nothing_started(rig: Rig) -> None:
    assert_off(rig)
    assert rig.truth.max_current_ua() == 0
    for name in ("heartbeat_alive", "k1_closed", "latch_reset", "wdt_reset"):
        assert not rig.truth.named(name)
    assert not [event for event in rig.truth.named("k1_request") if event.value]


def assert_told_on_the_link(rig: Rig, count: int = 1) -> None:
    hello = rig.host.hello()
    assert (hello.board_id, hello.calibration, hello.reset_cause) == (rig.board_id, messages.CALIBRATION_NONE, 1)
    status = rig.host.status()
    assert (state(rig), status.fault, status.fault_value, status.fault_limit) == ("FAULT", faults.FIRMWARE, count, 0)


def changed(name: str) -> Damage:
    """One bit of a letter in the file's first docstring."""

    def damage(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[20] ^= 1
        (folder / name).write_bytes(data)

    return damage


def with_one_byte_more(name: str) -> Damage:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + b"\n")


def cut_short(name: str) -> Damage:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:700])


def missing(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def not_its_own(folder: Path) -> None:
    (folder / "ionto" / "trial.py").write_text("x = 1\n")


DAMAGES = {
    "manifest missing": missing("manifest.txt"),
    "manifest cut short": cut_short("manifest.txt"),
    "file changed": changed("ionto/sampler.py"),
    "file with a byte more": with_one_byte_more("board/frontend.py"),
    "file cut short": cut_short("ionto/app.py"),
    "file missing": missing("ionto/regulator.py"),
    "file not of the build": not_its_own,
}


def test_build_that_is_whole_starts(make_rig: Callable[..., Rig], whole: Path) -> None:
    rig = make_rig(firmware=whole)
    arm(rig)
    assert rig.host.status().fault == 0


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_build_starts_nothing_and_tells_on_panel_and_link(
    make_rig: Callable[..., Rig], build: Path, damage: Damage
) -> None:
    damage(build)
    rig = started(make_rig, build)
    assert shows(rig, f"FAULT {faults.FIRMWARE}", "FIRMWARE")
    assert rig.panel.led
    assert_told_on_the_link(rig)
    assert "Ionto does not start: " in rig.output()
    rig.buttons.hold("START")
    rig.advance(3300)
    rig.buttons.release("START")
    tap(rig, "START", 3)
    assert_told_on_the_link(rig)
    assert_nothing_started(rig)


def test_every_request_but_asking_is_refused_with_the_reason(make_rig: Callable[..., Rig], build: Path) -> None:
    missing("ionto/app.py")(build)
    changed("ionto/drive.py")(build)
    rig = started(make_rig, build)
    client = rig.host
    client.hello()
    asked = [
        client.stop,
        lambda: client.lower_level(100),
        lambda: client.region_info(0),
        lambda: client.read_records(5, 0),
        lambda: client.service_current(500),
        client.service_read,
        lambda: client.service_adopt(rig.board_id),
        client.service_leave,
    ]
    for ask in asked:
        with pytest.raises(RefusedError, match="program files are damaged: have them installed again") as caught:
            ask()
        assert (caught.value.code, caught.value.value, caught.value.limit) == (faults.PROGRAM_DAMAGED, 2, 0)
    client.subscribe(50)
    sample = next(client.telemetry(0.1))
    assert (sample.state, sample.fault, sample.current_ua) == (states.FAULT, faults.FIRMWARE, 0)
    assert_told_on_the_link(rig, 2)
    assert rig.host.status().battery_mv == pytest.approx(facts.BATTERY_V * 1000, rel=0.03)
    rig.advance(1000)
    assert rig.host.status().uptime_ms == pytest.approx(rig.now_us / 1000, abs=1000)
    assert_nothing_started(rig)


def test_events_say_the_start_and_the_fault(make_rig: Callable[..., Rig], build: Path) -> None:
    missing("manifest.txt")(build)
    rig = started(make_rig, build)
    rig.host.hello()
    told = [(one.kind, one.a, one.b) for one in rig.host.records(0.1) if isinstance(one, Event)]
    assert told[0][:2] == (messages.EVENT_BOOT, 1)
    assert told[1:] == [(messages.EVENT_FAULT, faults.FIRMWARE, 1)]


def test_garbage_on_the_line_of_a_damaged_build_is_counted_and_stops_nothing(
    make_rig: Callable[..., Rig], build: Path
) -> None:
    missing("manifest.txt")(build)
    rig = started(make_rig, build)
    rig.transport.write(b"\0" + bytes(range(256)) * 8 + b"\0")
    rig.advance(100)
    assert rig.host.status().bad_frames > 0
    assert_told_on_the_link(rig)
    assert_nothing_started(rig)


@pytest.mark.parametrize("name", files_of(FIRMWARE))
def test_whichever_file_is_changed_somebody_tells_and_nothing_starts(
    make_rig: Callable[..., Rig], build: Path, name: str
) -> None:
    with_one_byte_more(name)(build)
    rig = started(make_rig, build, is_mute=name in LINK)
    assert_nothing_started(rig)
    if name in LINK:
        with pytest.raises(NoReplyError):
            rig.host.hello()
    else:
        assert_told_on_the_link(rig)
    is_shown = shows(rig, f"FAULT {faults.FIRMWARE}", "FIRMWARE")
    assert is_shown == (name in LINK or name not in PANEL)
    assert rig.panel.led


MODULES = """
import boot
import sys
{patch}
import main
"""
NO_LOOP = "from ionto import refusing\nrefusing.Refusing.run = lambda self, clock: print('USED', sorted(sys.modules))"


def used(rig: Rig) -> set[str]:
    """The modules of ours that the board's program has imported."""
    found = re.findall(r"'((?:board|ionto)(?:\.\w+)?)'", rig.output().split("USED", 1)[1])
    names = {name if "." in name else f"{name}.__init__" for name in found}
    return {name.replace(".", "/") + ".py" for name in names} - BEFORE


@pytest.mark.parametrize(
    ("damage", "expected"),
    [(missing("manifest.txt"), LINK | PANEL), (with_one_byte_more("ionto/sounds.py"), LINK)],
    ids=["panel and link", "link alone"],
)
def test_damaged_build_uses_only_files_that_were_proven(
    make_rig: Callable[..., Rig], build: Path, tmp_path: Path, damage: Damage, expected: set[str]
) -> None:
    damage(build)
    program = tmp_path / "program.py"
    program.write_text(MODULES.format(patch=NO_LOOP))
    rig = make_rig(firmware=build, program=program)
    rig.expect_error("the program ended")
    rig.advance(1500)
    assert used(rig) == expected
