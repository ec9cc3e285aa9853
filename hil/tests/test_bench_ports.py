"""What the bench rig finds on its two ports, and a run over real serial ports: each thing that is wrong is one line."""

import os
import subprocess
import sys
import time
import tty

import pytest

from hil.bench_rig import ports
from hil.bench_rig.box import BoxClient, BoxError
from hil.bench_rig.ports import Cables
from hil.bench_rig.world import Wire, World
from hil.process import ROOT, RigError
from hil.tests.firmware.steps import closings_us
from hil.tests.firmware.variants import write_variant
from hil.tests.serial_desk import Desk


def clock_of(world):
    return lambda: world.now_us / 1e6


def meet(world, board_end, box_end):
    """The one line of the error that meeting these two gives; nothing was energised on the way."""
    with pytest.raises(RigError) as caught:
        ports.meet(Cables(Wire(world, board_end), Wire(world, box_end), clock_of(world)))
    assert not closings_us(world.rig)
    assert not world.rig.truth.named("power_off")
    assert not world.rig.truth.named("make")
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.fixture
def world():
    with World() as made:
        made.advance(900)
        yield made


class Silent:
    """A device that never says anything."""

    def __init__(self):
        self.uart_sinks = []

    def send_uart(self, data):
        pass


class Echo(Silent):
    """A device that says what it is told."""

    def send_uart(self, data):
        for sink in self.uart_sinks:
            sink(data)


def test_board_and_box_are_met(world):
    desk = ports.meet(Cables(Wire(world, world.rig), Wire(world, world.box), clock_of(world)))
    assert desk.loads_ohm == (68000, 47000, 22000, 10000, 4700, 2200, 1000, 150)
    assert not closings_us(world.rig)
    assert not world.rig.truth.named("power_off")


def test_ports_that_are_swapped_are_said_to_be(world):
    assert meet(world, world.box, world.rig) == (
        "LOADBOX: an Ionto answers here, not a load box: PORT and LOADBOX are swapped"
    )
    assert meet(world, world.box, world.box) == (
        "PORT: a load box answers here, not an Ionto: PORT and LOADBOX are swapped"
    )


@pytest.mark.parametrize("device", [Silent, Echo])
def test_another_device_is_neither(world, device):
    assert meet(world, world.rig, device()).startswith("LOADBOX: the load box does not answer 'identify'")
    assert meet(world, device(), world.box).startswith("PORT: no reply to HELLO")


def test_box_that_is_at_its_prompt_does_not_answer():
    with World(jumper=True) as world:
        world.advance(900)
        assert "does not answer" in meet(world, world.rig, world.box)


def test_board_in_another_state_is_refused(world):
    world.rig.buttons.tap("START")
    world.advance(300)
    assert meet(world, world.rig, world.box).startswith("the board is in CONFIRM, and a run begins in IDLE only")


def test_board_in_a_fault_is_refused_with_its_name():
    with World() as world:
        world.rig.buttons.stick("UP")
        world.advance(900)
        assert "the board is in FAULT (STUCK BUTTON)" in meet(world, world.rig, world.box)


def test_board_of_another_version_is_refused(tmp_path):
    program = write_variant(tmp_path, "from ionto import link\nlink.TABLE_HASH = 7")
    with World(program=program) as world:
        world.advance(900)
        text = meet(world, world.rig, world.box)
    assert text.startswith("PORT: message tables differ")
    assert "00000007" in text


class Scripted:
    """A load box that answers with one line."""

    def __init__(self, line):
        self._line = line
        self._due = b""

    def write(self, data):
        if b"identify" in data:
            self._due = self._line

    def read(self, timeout_s):
        assert timeout_s >= 0
        due, self._due = self._due, b""
        return due

    def close(self):
        pass


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"ok ionto-loadbox 2 00 100,200\r\n", "the load box speaks protocol 2, this rig 1"),
        (b"ok printer 1 00 1\r\n", "no load box: it calls itself 'printer 1 00 1'"),
        (b"error command identify help\r\n", "the load box refused 'identify': command identify help"),
    ],
)
def test_box_of_another_kind_is_named(line, words):
    with pytest.raises(BoxError, match=words):
        BoxClient(Scripted(line), time.monotonic).identify()


# Real serial ports.


def test_ports_that_are_not_named_are_missing():
    with pytest.raises(RigError, match=r"^PORT and LOADBOX missing: make hil RIG=bench PORT="):
        ports.open_ports({})
    with pytest.raises(RigError, match=r"^LOADBOX missing: "):
        ports.open_ports({"IONTO_PORT": "/dev/null"})


def test_ports_that_cannot_be_opened_are_named(tmp_path):
    gone = str(tmp_path / "gone")
    with pytest.raises(RigError, match=r"^PORT and LOADBOX are the same port, "):
        ports.open_ports({"IONTO_PORT": gone, "IONTO_LOADBOX": gone})
    with pytest.raises(RigError, match=r"^PORT: no serial port named .*gone"):
        ports.open_ports({"IONTO_PORT": gone, "IONTO_LOADBOX": "/dev/null"})
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        with pytest.raises(RigError, match=r"^LOADBOX: no serial port named .*gone"):
            ports.open_ports({"IONTO_PORT": os.ttyname(slave), "IONTO_LOADBOX": gone})
    finally:
        os.close(master)
        os.close(slave)


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.close()


def run_pytest(environment, *arguments):
    """A run of pytest on the bench rig: its exit code and what it printed."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, "IONTO_RIG": "bench", "PYTEST_ADDOPTS": "", **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.timeout(280)
def test_tests_run_on_a_board_and_a_box_behind_two_serial_ports(desk):
    # One test, of a load that is driven: it runs in real time.
    code, printed = run_pytest(desk.environment, "hil/tests/test_any_rig.py", "-k", "driven_at_the_level and 4700")
    print(printed)
    assert code == 0
    assert "1 passed" in printed
    desk.await_idle()  # the board is left as it was found


def test_run_with_the_ports_swapped_ends_in_one_line(desk):
    environment = {"IONTO_PORT": desk.environment["IONTO_LOADBOX"], "IONTO_LOADBOX": desk.environment["IONTO_PORT"]}
    code, printed = run_pytest(environment, "hil/tests/test_any_rig.py")
    assert code == 2
    assert "Exit: LOADBOX: an Ionto answers here, not a load box: PORT and LOADBOX are swapped" in printed
    assert "Traceback" not in printed
    assert "passed" not in printed


def test_run_without_ports_ends_in_one_line():
    code, printed = run_pytest({"IONTO_PORT": "", "IONTO_LOADBOX": ""}, "hil/tests/test_any_rig.py")
    assert code == 2
    assert "Exit: PORT and LOADBOX missing" in printed


def test_run_on_several_processes_is_refused():
    code, printed = run_pytest({}, "hil/tests/test_any_rig.py", "-n", "2")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: the bench has one board: run pytest without -n" in printed


@pytest.mark.timeout(120)
def test_run_in_which_everything_was_skipped_fails(desk, tmp_path):
    path = tmp_path / "test_nothing.py"
    path.write_text(
        "import pytest\n@pytest.mark.bench\ndef test_looks_at_the_panel(rig):\n    assert rig.panel.image()\n"
    )
    (tmp_path / "conftest.py").write_text("from hil.conftest import *\n")
    code, printed = run_pytest(desk.environment, str(path), "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"))
    assert code == 1
    assert "panel.image needs eyes or ears at the board" in printed
    assert "the bench has shown nothing: every test was skipped" in printed
