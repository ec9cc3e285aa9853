"""The simulated chip: time, ticks, watchdog, errors that no test may miss."""

import pytest

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
