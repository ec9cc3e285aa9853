"""The load box's firmware on its simulated Pico: lines, pins, watchdog, and a box that is strict about what it has."""

from itertools import pairwise

import pytest

from hil.bench_rig.sim_box import ALWAYS_OHM, BRANCHES_OHM, BUTTONS, CONTACT, POWER, STOP, SimBox, ohm
from hil.process import ROOT

MS = 1000
LED = 25
BOOT_MS = 400


class Bench:
    """A box on its own, with what a test wants it to measure."""

    def __init__(self, **options):
        self.box = SimBox(**options)
        self.now_us = 0
        self.current_a = 0.0
        self.electrode_v = 0.0
        self.changes = []
        self.received = bytearray()
        self.box.uart_sinks.append(self.received.extend)

    def advance(self, ms):
        end_us = self.now_us + ms * MS
        while self.now_us < end_us:
            self.now_us = min(end_us, self.now_us + 5 * MS)
            self.changes += self.box.advance(self.now_us, self.current_a, self.electrode_v)

    def say(self, data, ms=20):
        """What the box answers."""
        self.received.clear()
        self.box.send_uart(data if isinstance(data, bytes) else data.encode() + b"\n")
        self.advance(ms)
        return self.received.decode().split("\r\n")[:-1]

    def driven(self):
        return sorted(pin for pin, level in self.box.levels.items() if level and pin != LED)


@pytest.fixture
def make_bench():
    made = []

    def make(**options):
        made.append(Bench(**options))
        made[-1].advance(BOOT_MS)
        return made[-1]

    yield make
    for one in made:
        one.box.close()
        assert not one.box.errors, one.box.errors


@pytest.fixture
def bench(make_bench):
    return make_bench()


def test_power_on_drives_nothing_and_says_nothing(bench):
    bench.advance(5000)
    assert not bench.changes
    assert not bench.received


def test_every_load_is_what_the_box_calls_it(bench):
    identity = bench.say("identify")[0].split()
    assert identity[1:4] == ["ionto-loadbox", "1", b"LOADBOX1".hex()]
    for name in identity[4].split(","):
        assert bench.say(f"load {name}") == [f"ok load {name}"]
        bench.advance(10)
        assert ohm(bench.box.levels) == pytest.approx(int(name), rel=0.01)
    assert bench.say("open") == ["ok open"]
    assert ohm(bench.box.levels) is None


def test_no_change_of_load_passes_a_resistance_beyond_its_ends(bench):
    loads = [68000, 150, 22000, 1000, 47000, 4700, 10000, 2200]
    bench.say(f"load {loads[0]}", 30)
    levels = dict(bench.box.levels)
    for before, after in pairwise(loads):
        bench.changes.clear()
        bench.say(f"load {after}")
        seen = []
        for change in bench.changes:
            levels[change.pin] = change.level
            seen.append(ohm(levels))
        low, high = sorted((before, after))
        assert all(one is not None and low * 0.99 <= one <= high * 1.01 for one in seen)


def test_all_branches_at_once_are_no_short():
    levels = dict.fromkeys([*BRANCHES_OHM, CONTACT], 1)
    assert ohm(levels) == pytest.approx(ALWAYS_OHM, abs=1.1)


def test_press_lasts_as_long_as_asked_by_the_boxs_clock(bench):
    bench.changes.clear()
    assert bench.say("press UP+START 70", 100) == ["ok press UP+START 70"]
    pins = {pin for pin, name in BUTTONS.items() if name in ("UP", "START")}
    for pin in pins:
        down, up = (change.time_us for change in bench.changes if change.pin == pin)
        assert up - down == pytest.approx(70 * MS, abs=3 * MS)
    assert not bench.driven()


def test_current_and_voltage_are_measured_with_the_zero_found(bench):
    bench.advance(1500)
    bench.say("load 4700")
    for current_a, electrode_v in ((0.0003, 1.4), (0.005, 24.0), (-0.02, -36.0)):
        bench.current_a, bench.electrode_v = current_a, electrode_v
        bench.say("read", 100)
        bench.advance(200)
        _, _, _, current_ua, electrode_mv, peak_ua, load, pressed = bench.say("read")[0].split()
        assert int(current_ua) == pytest.approx(current_a * 1e6, abs=20, rel=0.01)
        assert int(electrode_mv) == pytest.approx(electrode_v * 1e3, abs=60, rel=0.01)
        assert int(peak_ua) >= abs(int(current_ua))
        assert (load, pressed) == ("4700", "-")


def test_host_that_falls_silent_is_let_go_of(bench):
    for line in ("load 1000", "hold UP", "power off"):
        bench.say(line)
    assert {CONTACT, POWER} <= set(bench.driven())
    bench.advance(2100)
    assert bench.driven() == [STOP]
    bench.advance(2000)
    assert not bench.driven()
    assert bench.say("alive")[0].endswith(" 1")


def test_box_whose_firmware_hangs_is_reset_with_everything_let_go(make_bench, tmp_path):
    program = tmp_path / "hangs.py"
    program.write_text(
        "import machine\nimport time\nfrom loadbox import app\nstep = app.App.step\n"
        "def hang(self):\n    step(self)\n    while self.box.outputs >> 10 & 1:\n        time.sleep_ms(50)\n"
        "if machine.reset_cause() == 1:\n    app.App.step = hang\napp.main()\n"
    )
    bench = make_bench(programs=[ROOT / "loadbox" / "boot.py", program])
    bench.say("load 4700", 1500)
    assert CONTACT in bench.driven()
    bench.advance(1000)
    assert not bench.driven()
    assert bench.box.resets == 1
    bench.advance(BOOT_MS)
    assert bench.say("alive")[0].startswith("ok alive ")


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 8, b"\x03" * 200 + b"\n", b"\x00\xff" * 2000, b"load 4700 " * 300, b"\n" * 3000],
    ids=["every byte", "ctrl-c", "noise", "no end", "empty lines"],
)
def test_garbage_switches_nothing_and_the_next_line_is_answered(bench, data):
    bench.say(data, 500)
    bench.say("", 50)
    assert not bench.driven()
    assert bench.say("alive")[0].startswith("ok alive ")


def test_clock_goes_on_over_the_wrap_of_the_chips_own(bench):
    before_ms = int(bench.say("alive")[0].split()[2])
    for _ in range(10):
        bench.advance(1000)
        bench.say("alive")
    after_ms = int(bench.say("alive")[0].split()[2])
    assert after_ms - before_ms == pytest.approx(10_000 + 11 * 20, abs=5)


def test_jumper_leaves_the_box_at_its_prompt_with_everything_low(make_bench):
    bench = make_bench(jumper=True)
    assert "service jumper set" in bench.received.decode()
    assert bench.say("load 4700", 500) == []
    assert not bench.driven()
    assert bench.box.resets == 0


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("machine.Pin(17, machine.Pin.OUT)", "Pin(17): the box drives nothing there"),
        ("machine.Pin(22, machine.Pin.IN)", "one input, GP22, with a pull-up"),
        ("machine.ADC(29)", "ADC(29): the box measures on 26 to 28"),
        ("machine.PWM", "machine has no attribute 'PWM'"),
        ("time.ticks_us", "time has no attribute 'ticks_us'"),
    ],
)
def test_simulated_box_is_strict(tmp_path, statement, error):
    program = tmp_path / "wrong.py"
    program.write_text(f"import machine\nimport time\n{statement}\n")
    bench = Bench(programs=[program])
    try:
        bench.advance(BOOT_MS)
        assert any(error in text for text in bench.box.errors)
    finally:
        bench.box.close()
