"""The closures that a tick calls: they give what the slow ways give, and mean the same words."""

import json
import re
import subprocess

import pytest

from hil.process import ROOT, micropython_command
from hil.sim import facts

SIM = ROOT / "hil" / "sim"
CONST = re.compile(r"^([A-Z_]\w*) = const\((.+)\)(?: *#.*)?$", re.MULTILINE)
FILES = ("wires.py", "spi.py", "chip.py", "plain.py", "kernel.py", "events.py", "handover.py", "shims/time.py")


def _number(text):
    """The value of a constant: a number, or one shifted, and perhaps less 1."""
    shifted = re.fullmatch(r"\(?(\d+) << (\d+)\)?( - 1)?", text)
    return (int(shifted[1]) << int(shifted[2])) - bool(shifted[3]) if shifted else int(text, 0)


def constants(name):
    text = (SIM / name).read_text()
    return {key: _number(value) for key, value in CONST.findall(text)}


@pytest.mark.parametrize("name", FILES)
def test_words_that_are_repeated_are_equal(name):
    right = {key: getattr(facts, key) for key in dir(facts)} | constants("bus.py")
    right |= {key: value for key, value in constants("plain.py").items() if key[0] != "_"}
    right |= {key: value for key, value in constants("kernel.py").items() if key in ("_ENTRY_US", "_JITTER_US")}
    found = 0
    for key, value in constants(name).items():
        public = key if key in right else key.lstrip("_")
        if public in right:
            assert value == right[public], key
            found += 1
    assert found >= 4


SPI_WAYS = """
import sys
sys.path[:] = [sys.argv[1] + "/hil/sim/shims", sys.argv[1], ".frozen"]
import json
from hil.sim import bus, spi
bus.seed_noise(7, 0.6)
def refuse(*arguments):
    raise RuntimeError("not the plain case")
fast = spi.make_write_readinto(refuse)
fast_write = spi.make_write(refuse)
s = bus.state
s[bus.IN_CALLBACK] = 1
out = []
for n in range(2000):
    bus.codes[n & 3] = bus.CODE_BIAS + n * 37 %% 66000
    request = bytes((6, (n & 3) << 6, 0))
    random = s[bus.RANDOM]
    replies = []
    for way in range(2):
        s[bus.RANDOM] = random
        s[bus.SELECTED] = 2
        s[bus.ADC_STEP] = 0
        reply = bytearray(3)
        if way:
            spi.transfer(request, reply, 3)
        else:
            fast(request, reply)
        replies.append((list(reply), s[bus.RANDOM]))
    out.append(replies)
words = []
for way in range(2):
    s[bus.SELECTED] = 1
    s[bus.DAC_WORD] = s[bus.DAC_BITS] = 0
    if way:
        spi.transfer(b"\\x93\\xa5", bytearray(2), 2)
    else:
        fast_write(b"\\x93\\xa5")
    words.append((s[bus.DAC_WORD], s[bus.DAC_BITS]))
print(json.dumps([out, words]))
"""


def test_a_reading_at_once_is_that_of_every_clock(tmp_path):
    path = tmp_path / "ways.py"
    path.write_text(SPI_WAYS.replace("%%", "%"))
    run = subprocess.run([*micropython_command(), str(path), str(ROOT)], capture_output=True, text=True, check=False)
    assert not run.returncode, run.stderr + run.stdout
    readings, words = json.loads(run.stdout)
    assert all(fast == clocked for fast, clocked in readings)
    assert len({tuple(fast[0]) for fast, _ in readings}) > 1500
    assert words == [[0x93A5, 16], [0x93A5, 16]]
