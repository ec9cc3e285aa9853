"""The simulated chip: time, ticks, watchdog, errors that no test may miss."""

import pytest

from hil.process import RigError
from hil.rig import Rig, RigFailure

HEAD = "import time, micropython\nfrom machine import Pin, Timer, WDT\nimport machine\n"


def program(tmp_path, text):
    path = tmp_path / "program.py"
    path.write_text(HEAD + text)
    return path


def run(tmp_path, text, ms=300, **options):
    rig = Rig(program=program(tmp_path, text), **options)
    try:
        rig.advance(ms)
    finally:
        rig.close()
    return rig


def test_a_program_that_ends_fails_the_run(tmp_path):
    with pytest.raises(RigFailure, match="the program ended"):
        run(tmp_path, "pass\n")


def test_an_unknown_pin_is_named(tmp_path):
    with pytest.raises(RigFailure, match=r"Pin\(25\)"):
        run(tmp_path, "Pin(25, Pin.OUT)\n")


def test_an_unknown_attribute_is_named_even_when_it_is_caught(tmp_path):
    with pytest.raises(RigFailure, match="'bootloader'"):
        run(tmp_path, "try:\n    machine.bootloader()\nexcept Exception:\n    pass\nwhile True: time.sleep_ms(1)\n")


def test_a_timer_whose_callback_raises_is_dead(tmp_path):
    text = (
        "def tick(t):\n    raise ValueError\nt = Timer(-1, mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)\n"
    )
    with pytest.raises(RigFailure, match="hard timer died"):
        run(tmp_path, text + "while True: time.sleep_ms(1)\n")


def test_a_callback_that_allocates_is_found(tmp_path):
    text = "keep = None\ndef tick(t):\n    global keep\n    keep = [1, 2, 3]\n"
    text += "t = Timer(-1, mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)\nwhile True: time.sleep_ms(1)\n"
    with pytest.raises(RigFailure, match="MemoryError"):
        run(tmp_path, text)


def test_a_timer_that_nothing_refers_to_is_collected(tmp_path):
    text = "def tick(t):\n    pass\ndef start():\n"
    text += "    Timer(-1, mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)\n"
    text += "start()\nx = [[i] for i in range(50)]\nwhile True: time.sleep_ms(1)\n"
    with pytest.raises(RigFailure, match="was collected"):
        run(tmp_path, text, ms=3000)


def test_a_timer_in_a_global_goes_on(tmp_path):
    text = "n = 0\n@micropython.viper\ndef tick(t):\n    pass\n"
    text += "t = Timer(-1, mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)\nwhile True: time.sleep_ms(1)\n"
    rig = run(tmp_path, text, ms=3000)
    assert not rig.errors


WATCHED = "w = WDT(timeout=500)\n"


def test_the_watchdog_restarts_the_program_and_says_so(tmp_path):
    text = "import sys\nprint('cause', machine.reset_cause())\n"
    text += (
        "if machine.reset_cause() == 3:\n    while True: time.sleep_ms(1)\n" + WATCHED + "while True: machine.idle()\n"
    )
    rig = run(tmp_path, text, ms=1000)
    (reset,) = rig.truth.named("wdt_reset")
    assert reset.time_us == pytest.approx(600_000, abs=5000)
    assert [event.value for event in rig.truth.named("chip_start")] == [1, 3]
    assert rig.output().split() == ["cause", "1", "cause", "3"]


def test_restart_by_the_program_differs_from_a_watchdog_s_in_its_reason_alone(tmp_path):
    text = "print(machine.reset_cause(), machine.mem32[0x40058008])\n"
    text += "if machine.reset_cause() == 1:\n    machine.reset()\nif machine.mem32[0x40058008] == 2:\n    " + WATCHED
    rig = run(tmp_path, text + "while True: time.sleep_ms(1)\n", ms=1500)
    assert rig.output().split() == ["1", "0", "3", "2", "3", "1"]
    assert len(rig.truth.named("wdt_reset")) == 1


def test_no_code_can_catch_a_reset(tmp_path):
    text = "if machine.reset_cause() == 1:\n" + "    w = WDT(timeout=100)\n    k1 = Pin(15, Pin.OUT, value=1)\n"
    text += "    while True:\n        try:\n            time.sleep_ms(10)\n        except BaseException:\n"
    text += "            k1(0)\n            k1(1)\nwhile True: time.sleep_ms(1)\n"
    rig = run(tmp_path, text, ms=1000)
    assert [event.value for event in rig.truth.named("k1_request")] == [1, 0]


def test_power_off_and_on_is_a_cold_start(tmp_path):
    rig = Rig(program=program(tmp_path, "led = Pin(5, Pin.OUT, value=1)\nwhile True: time.sleep_ms(1)\n"))
    with rig:
        rig.advance(200)
        assert rig.panel.led
        rig.board.power_off()
        rig.advance(1000)
        assert not rig.panel.led
        rig.board.power_on()
        rig.advance(200)
        assert rig.panel.led
        assert [event.value for event in rig.truth.named("chip_start")] == [1, 1]


def test_both_clocks_wrap_as_on_the_chip(tmp_path):
    text = "print(time.ticks_ms())\na = time.ticks_us()\ntime.sleep_ms(200)\nb = time.ticks_us()\n"
    text += "print(a > b, 200000 <= time.ticks_diff(b, a) < 200200, b >> 30, time.ticks_add(a, 1 << 20) < a)\n"
    text += "print(time.ticks_diff(1, (1 << 30) - 1), time.ticks_diff(0, 1 << 29))\nwhile True: time.sleep_ms(1)\n"
    rig = run(tmp_path, text, clock_before_wrap_ms=200, ms=500)
    ticks_ms, *rest = rig.output().split()
    assert int(ticks_ms) == (1 << 30) - 100
    assert rest == ["True", "True", "0", "True", "2", "-536870912"]


TICKS = """
import micropython
from array import array
seen = array("i", [0] * 3)
@micropython.viper
def tick(t):
    s = ptr32(seen)
    now = int(time.ticks_us())
    if s[0]:
        gap = (now - s[0]) & 0x3FFFFFFF
        if gap > s[1]:
            s[1] = gap
    s[0] = now
    s[2] += 1
t = Timer(-1, mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)
"""


def test_ticks_keep_their_period_through_everything_the_main_code_does(tmp_path):
    text = TICKS + "i2c = machine.I2C(1, scl=Pin(3), sda=Pin(2), freq=400_000)\nimport gc\n"
    text += "for _ in range(20):\n    i2c.writeto(60, bytes(129))\n    gc.collect()\n"
    text += "print(seen[1])\nwhile True: time.sleep_ms(1)\n"
    rig = run(tmp_path, text, ms=500)
    assert 500 <= int(rig.output()) <= 512
    assert not rig.truth.named("tick_late")


def test_a_stall_makes_ticks_late_and_none_is_lost(tmp_path):
    text = TICKS + "time.sleep_ms(200)\nprint(seen[1], seen[2])\nwhile True: time.sleep_ms(1)\n"
    with Rig(program=program(tmp_path, text)) as rig:
        rig.advance(150)
        rig.board.stall(3000)
        rig.advance(300)
        gap_us, ticks = map(int, rig.output().split())
        assert 3000 <= gap_us <= 3600
        assert ticks in (399, 400)
        assert rig.truth.named("tick_late")


def test_interrupts_off_hold_ticks_back(tmp_path):
    text = TICKS + "time.sleep_ms(20)\nn = seen[2]\ns = machine.disable_irq()\ntime.sleep_us(2000)\nm = seen[2]\n"
    text += "machine.enable_irq(s)\nprint(m - n, seen[2] - n)\nwhile True: time.sleep_ms(1)\n"
    assert run(tmp_path, text).output().split() == ["0", "4"]


def test_scheduled_functions_run_in_the_main_code(tmp_path):
    text = (
        "done = []\nmicropython.schedule(done.append, 5)\ntime.sleep_ms(1)\nprint(done)\nwhile True: time.sleep_ms(1)\n"
    )
    assert run(tmp_path, text).output() == "[5]\n"


def test_a_program_that_never_calls_the_board_is_reported(tmp_path):
    with pytest.raises(RigError, match="called nothing of the board for 1 s"):
        run(tmp_path, "while True: pass\n", wall_timeout_s=1.0)
