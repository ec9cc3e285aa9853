"""Plain ticks: they give what stage and load give, and nearly all ticks are plain ones."""

import json
import subprocess
import sys

import numpy as np
import pytest

from hil.process import ROOT, micropython_command
from hil.rig import Rig

# The DAC walks, contact and polarity change: nothing regulates, so two runs differ by the plant's arithmetic only.
WALK = """
import micropython, time
from array import array
from machine import Pin, SPI, Timer
spi = SPI(0, sck=Pin(18), mosi=Pin(19), miso=Pin(16))
cs = Pin(17, Pin.OUT, value=1)
k1, k2, beat = Pin(15, Pin.OUT, value=0), Pin(14, Pin.OUT, value=0), Pin(13, Pin.OUT, value=0)
body, trip = Pin(21, Pin.OUT, value=0), Pin(22, Pin.OUT, value=1)
frame = bytearray(2)
w = array("i", [100, 0, 1])
@micropython.viper
def tick(t):
    p = ptr32(w)
    f = ptr8(frame)
    x = (p[2] * 1664525 + 1013904223) & 0x7FFFFFFF
    p[2] = x
    code = p[0]
    if code:
        code += ((x >> 16) & 7) - 3
        if (x >> 20) & 255 == 0:
            code = 60 + ((x >> 8) & 1023)
        if code < 60:
            code = 60
        if code > 1200:
            code = 1200
        p[0] = code
    f[0] = 0x10 | (code >> 8)
    f[1] = code & 255
    cs(0)
    spi.write(frame)
    cs(1)
    p[1] += 1
    beat(p[1] & 1)
t = Timer(-1, mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)
def turn(reversed_, range_):
    w[0] = 0
    k1(0)
    time.sleep_ms(40)
    k2(reversed_)
    body(range_)
    time.sleep_ms(20)
    w[0] = 100
    k1(1)
    time.sleep_ms(1000)
while True:
    turn(0, 0)
    turn(1, 0)
    turn(0, 1)
"""

LOADS = """
from hil import person

class Seen(person.%(kind)s):
    plain = 0
    def resume(self, steps, dt_us, skin_v):
        self.plain += steps
        super().resume(steps, dt_us, skin_v)
    def contact(self, area):
        print("plain", self.plain)
        super().contact(area)

class Stepped(Seen):
    def step(self, dt_us, source_v, series_ohm):
        return super().step(dt_us, source_v, series_ohm)

class Moody(Seen):
    calls = 0
    def linear(self, dt_us, series_ohm):
        self.calls += 1
        if self.calls %% 5 == 0:
            return None
        steps, *form = super().linear(dt_us, series_ohm)
        if self.calls %% 7 == 0:
            steps = 0
        if self.calls %% 11 == 0:
            form[1] = 1.5
        return tuple([steps] + form)
"""


def walk(tmp_path, kind, load, arguments):
    (tmp_path / "walk.py").write_text(WALK)
    (tmp_path / "walk_loads.py").write_text(LOADS % {"kind": kind})
    options = {"program": tmp_path / "walk.py", "load": f"walk_loads:{load}", "load_path": [str(tmp_path)]}
    with Rig(seed=5, load_arguments=arguments, area=1.0, **options) as rig:
        for area in (0.4, 1.0, 0.0, 0.8, 1.0):
            rig.advance(1200)
            rig.person.contact(area)
        rig.advance(200)
        return rig.truth.samples, rig.truth.max_current_ua(), int(rig.output().split()[-1])


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("Person", {"site": site, "polarisation_v": 0.3}) for site in ("FACE", "UNDERARMS", "HANDS", "FEET")]
    + [("Resistor", {"ohm": 2200}), ("RC", {"rs_ohm": 500, "rp_ohm": 9500, "cp_f": 2e-6})],
)
def test_plain_ticks_are_those_of_the_stage_and_the_load(tmp_path, kind, arguments):
    plain, plain_max_ua, count = walk(tmp_path, kind, "Seen", arguments)
    stepped, stepped_max_ua, none = walk(tmp_path, kind, "Stepped", arguments)
    assert len(plain) == len(stepped) > 12_000
    assert count > 0.5 * len(plain)
    assert none == 0
    for name in ("time_us", "dac", "k1", "k2", "amplifier_mv"):
        assert np.abs(plain[name].astype(float) - stepped[name].astype(float)).max() <= (name == "amplifier_mv"), name
    # An LSB is 1.25 µA and 12.5 mV.
    assert np.abs(plain["current_ua"] - stepped["current_ua"]).max() < 0.01
    assert np.abs(plain["electrode_mv"] - stepped["electrode_mv"]).max() < 0.1
    assert plain["current_ua"].max() > 300
    assert plain_max_ua == pytest.approx(stepped_max_ua, abs=0.01)


def test_a_load_may_refuse_to_tell_its_steps_or_tell_nonsense(tmp_path):
    moody, _, count = walk(tmp_path, "Resistor", "Moody", {"ohm": 2200})
    stepped, _, none = walk(tmp_path, "Resistor", "Stepped", {"ohm": 2200})
    assert count > 100
    assert none == 0
    assert np.abs(moody["current_ua"] - stepped["current_ua"]).max() < 0.01
    assert np.abs(moody["electrode_mv"] - stepped["electrode_mv"]).max() < 0.1


FORMS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from hil.person import RC, SITES, Person, Resistor
out = []
for make in [lambda site=site: Person(site, polarisation_v=0.2) for site in sorted(SITES)] + [RC, Resistor]:
    stepped, told = make(), make()
    seed = 1
    worst = 0.0
    n = 0
    while n < 4000:
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        volts = 1.0 + (seed >> 16) % 1000 * 0.015
        ohm = None if n % 900 > 700 else 2200.0
        if n % 500 == 499:
            area = (seed >> 8) % 4 / 3
            stepped.contact(area)
            told.contact(area)
        steps, decay, gain, siemens, back_v, skin_v, is_wet = told.linear(500, ohm)
        take = min(steps, (seed >> 10) % 7)
        for _ in range(take):
            emf = max(0.0, volts - back_v)
            skin_v = emf * gain + skin_v * decay
            current_a = (emf - skin_v) * siemens
            electrode_v = volts - current_a * ohm if ohm else skin_v if is_wet else 0.0
            mine = stepped.step(500, volts, ohm)
            worst = max(worst, abs(mine[0] - current_a) * 1e3, abs(mine[1] - electrode_v))
        told.resume(take, 500, skin_v)
        n += 1
    out.append(worst)
print(json.dumps(out))
"""


@pytest.mark.parametrize("runtime", ["CPython", "MicroPython"])
def test_what_a_load_tells_of_its_steps_is_what_it_does(tmp_path, runtime):
    path = tmp_path / "forms.py"
    path.write_text(FORMS)
    command = [sys.executable] if runtime == "CPython" else micropython_command()
    run = subprocess.run([*command, str(path), str(ROOT)], capture_output=True, text=True, check=False)
    assert not run.returncode, run.stderr + run.stdout
    worst = json.loads(run.stdout)
    assert len(worst) == 6
    assert max(worst) < 1e-9
