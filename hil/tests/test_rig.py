"""The rig itself: what it refuses, what it cleans up, what its truth says."""

import os
from pathlib import Path

import numpy as np
import pytest
import serial

from hil.process import RigError
from hil.pty_link import PtyLink
from hil.rig import Rig, RigFailure
from hil.tests.remote import PROGRAM, Remote

TICK = PROGRAM.with_name("tick.py")
RESISTOR = {"program": TICK, "load": "hil.person:Resistor", "load_arguments": {"ohm": 4700}, "area": 1.0}


def is_alive(pid):
    return Path(f"/proc/{pid}").exists()


def test_an_unknown_rig_is_named(monkeypatch):
    monkeypatch.setenv("IONTO_RIG", "breadboard")
    with pytest.raises(RigError, match=r"'breadboard'.*sim"):
        Rig(program=TICK)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "load broken:Load: module broken does not import"),
        ("x = 1\n", "load broken:Load: module broken has no Load"),
        (
            "class Load:\n    def step(self, a, b, c):\n        return 0, 0\n",
            r"load broken:Load: Load has no method contact\(\)",
        ),
        ("class Load:\n    def __init__(self):\n        raise OSError\n", r"load broken:Load: Load\(\.\.\.\) raised"),
        ("import nothing_of_the_kind\n", "load broken:Load: module broken does not import.*nothing_of_the_kind"),
    ],
)
def test_a_load_that_is_none_is_one_clear_error(tmp_path, text, message):
    if text:
        (tmp_path / "broken.py").write_text(text)
    with pytest.raises(RigError, match=message):
        Rig(program=TICK, load="broken:Load", load_path=[str(tmp_path)])


def test_another_load_by_name(tmp_path, monkeypatch):
    text = "class Tester:\n    def contact(self, area):\n        pass\n"
    text += "    def step(self, dt_us, v, ohm):\n        return (0.0, 0.0) if ohm is None else (1e-4, v - 0.22)\n"
    (tmp_path / "mine.py").write_text(text)
    monkeypatch.setenv("IONTO_LOAD", "mine:Tester")
    with Rig(program=TICK, load_path=[str(tmp_path)]) as rig:
        rig.advance(300)
        assert rig.truth.current_ua == pytest.approx(100, abs=0.1)


def test_a_load_that_raises_while_it_runs_ends_the_run_with_its_name(tmp_path):
    text = "class Tester:\n    def contact(self, area):\n        pass\n"
    text += "    def step(self, dt_us, v, ohm):\n        return 1 / 0\n"
    (tmp_path / "mine.py").write_text(text)
    with (
        Rig(program=TICK, load="mine:Tester", load_path=[str(tmp_path)]) as rig,
        pytest.raises((RigError, RigFailure), match="ZeroDivision"),
    ):
        rig.advance(300)


def test_the_process_is_gone_after_close():
    rig = Rig(program=TICK)
    pid = rig._process.pid
    assert is_alive(pid)
    rig.close()
    assert not is_alive(pid)
    with Rig(program=TICK) as second:
        pid = second._process.pid
    assert not is_alive(pid)


def test_the_board_process_ends_when_the_rig_dies():
    rig = Rig(program=TICK)
    os.close(rig._process._command)
    rig._process._command = os.open(os.devnull, os.O_WRONLY)
    assert rig._process._process.wait(timeout=10) == 0
    rig.close()


def samples(seed):
    with Rig(seed, **RESISTOR) as rig:
        rig.advance(400)
        return rig.truth.samples.copy(), list(rig.truth.events)


def test_the_same_seed_gives_the_same_run_to_the_last_bit():
    one, events = samples(5)
    two, same_events = samples(5)
    other, _ = samples(6)
    assert np.array_equal(one, two)
    assert events == same_events
    assert not np.array_equal(one["current_ua"], other["current_ua"])


def test_truth_has_a_sample_for_every_tick_and_figures_from_them():
    with Rig(tolerance_sigma=0, **RESISTOR) as rig:
        rig.advance(1000)
        taken = rig.truth.samples
        assert len(taken) == pytest.approx(1790, abs=30)
        assert set(np.diff(taken["time_us"])) == {500}
        want_ua = 1.5e6 / 6900
        assert taken["current_ua"][-1] == pytest.approx(want_ua, rel=1e-3)
        assert rig.truth.max_current_ua() == pytest.approx(want_ua, rel=1e-3)
        assert rig.truth.duration_over(want_ua / 2) == pytest.approx(len(taken) * 500e-6, abs=0.01)
        assert rig.truth.largest_step_ua() == pytest.approx(want_ua, rel=1e-3)
        assert rig.truth.samples["k1"][-1]
        assert not rig.truth.samples["k1"][0]


def test_an_output_that_stop_does_not_end_is_found():
    with Rig(**RESISTOR) as rig:
        rig.advance(300)
        with pytest.raises(RigFailure, match="on after STOP"):
            rig.prove_safe()


def test_advance_until_gives_up():
    with Rig(program=TICK) as rig, pytest.raises(RigFailure, match="within 50 ms"):
        rig.advance_until(lambda: False, timeout_ms=50)


def test_buttons_bounce_and_settle(make_rig):
    remote = Remote(make_rig(program=PROGRAM))
    remote.do("up = Pin(6, Pin.IN, Pin.PULL_UP); n = 0")
    remote.rig.buttons.hold("UP")
    remote.rig.advance(20)
    assert remote.ask("up()") == "0"
    remote.rig.buttons.release("UP")
    remote.rig.advance(20)
    assert remote.ask("up()") == "1"


def test_a_serial_program_talks_through_the_pty_and_nothing_waits_for_it():
    with Rig(program=PROGRAM) as rig, PtyLink(rig) as cable:
        rig.advance(150)
        with serial.Serial(cable.path, 921600, timeout=0) as port:
            port.write(b"uart.write(b'\\x00\\x03\\n\\xff')\n")
            got = bytearray()
            cable.run(lambda: got.extend(port.read(100)) or len(got) >= 4, timeout_ms=1000)
            assert bytes(got) == b"\x00\x03\n\xff"
        rig.transport.write(b"while True: uart.write(bytes(200)); time.sleep_ms(5)\n")
        rig.advance(1000)
        assert cable.dropped_bytes > 10_000


def test_the_cable_can_be_pulled_and_put_back():
    with Rig(program=PROGRAM) as rig, PtyLink(rig) as cable:
        rig.advance(150)
        cable.unplug()
        assert not Path(cable.path).exists()
        cable.replug()
        with serial.Serial(cable.path, 921600, timeout=0) as port:
            port.write(b"uart.write('again')\n")
            got = bytearray()
            cable.run(lambda: got.extend(port.read(100)) or len(got) >= 5, timeout_ms=1000)
            assert bytes(got) == b"again"
