"""Commands that the `ionto` tool takes from here: `sim` runs a simulated board as if it lay on the desk."""

from __future__ import annotations

import shutil
import sys
from typing import Annotated

import typer

from hil.process import RigError
from hil.pty_link import PtyLink
from hil.rig import Rig, RigFailure
from hil.technician import LOAD, enter_service
from hil.terminal import Terminal, blocks

_FRAME_MS = 100
_HOLD_MS = 3300
_TAP_MS = 120
_KEYS = "arrows, u d: UP DOWN  m: MODE  s: START (S: hold 3 s)  space: STOP  c: contact  p: partial  l: lift  q: quit"
_SERVICE_KEYS = "connected: 1: 1 kΩ  2: 2 kΩ  0: 10 kΩ  l: nothing      space: STOP  q: quit"
_LOADS = {"1": 1.0, "2": 0.5, "0": 0.1}  # of the dummy load: contact areas
_BUTTONS = {"up": "UP", "u": "UP", "down": "DOWN", "d": "DOWN", "m": "MODE", "s": "START"}


def sim(
    load: Annotated[str | None, typer.Option(help="Load at the electrodes, as module:Class.")] = None,
    seed: Annotated[int, typer.Option(help="Which board and which noise.")] = 1,
    speed: Annotated[float, typer.Option(help="Virtual seconds per real second.", min=0.1, max=20)] = 1.0,
    seconds: Annotated[float | None, typer.Option(help="End by itself after that much virtual time.")] = None,
    view: Annotated[bool, typer.Option(help="Show the panel; needs a terminal.")] = True,
    service: Annotated[
        bool, typer.Option("--service", help="In SERVICE, with dummy loads: to try a calibration.")
    ] = False,
) -> None:
    """Run a simulated board in real time, with a serial port and a live panel. Ctrl-C ends it."""
    load = load or (LOAD if service else None)
    try:
        with Rig(seed, load=load, realtime=True, speed=speed, record_truth=0) as rig, PtyLink(rig) as cable:
            if service:
                enter_service(rig)
            print(f"serial port: {cable.path}", flush=True)
            if view and sys.stdin.isatty() and sys.stdout.isatty():
                with Terminal() as terminal:
                    _live(rig, cable, terminal, seconds, _SERVICE_KEYS if service else _KEYS)
            else:
                _headless(rig, cable, seconds)
    except KeyboardInterrupt:
        print("ended")
    except (RigError, RigFailure) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error


def _over(rig: Rig, seconds: float | None) -> bool:
    return seconds is not None and rig.now_us >= seconds * 1e6


def _headless(rig: Rig, cable: PtyLink, seconds: float | None) -> None:
    while not _over(rig, seconds):
        cable.pump()
        rig.advance(20)


def _live(rig: Rig, cable: PtyLink, terminal: Terminal, seconds: float | None, keys: str) -> None:
    """Draws ten times a second, carries bytes fifty times a second."""
    while not _over(rig, seconds):
        for key in terminal.pressed():
            if key == "q":
                return
            _press(rig, key)
        for _ in range(_FRAME_MS // 20):
            cable.pump()
            rig.advance(20)
        terminal.show([*_picture(rig, cable), keys])


def _press(rig: Rig, key: str) -> None:
    if key in _BUTTONS:
        rig.buttons.tap(_BUTTONS[key], ms=_TAP_MS)
    elif key == "S":
        rig.buttons.tap("START", ms=_HOLD_MS)
    elif key == " ":
        if rig.truth.now["stop_pressed"]:
            rig.buttons.stop_release()
        else:
            rig.buttons.stop_press()
    elif key in _LOADS:
        rig.person.contact(_LOADS[key])
    elif key in "cpl":
        area = {"c": 0.0 if rig.truth.now["area"] else 1.0, "p": 0.3, "l": 0.0}[key]
        rig.person.contact(area)


def _picture(rig: Rig, cable: PtyLink) -> list[str]:
    now = rig.truth.now
    lines = blocks(rig.panel.image(), shutil.get_terminal_size().columns)
    led = "LED on " if now["led"] else "LED off"
    tone = f"buzzer {now['tone_hz']} Hz" if now["tone_hz"] else "buzzer silent"
    stop = "STOP pressed" if now["stop_pressed"] else "STOP released"
    k1 = "K1 closed" if rig.truth.k1_closed else "K1 open"
    return [
        *lines,
        f"{led}   {tone}   {stop}",
        f"true: {rig.truth.current_ua:8.1f} µA   {now['electrode_mv']:6d} mV   {k1}   contact {now['area']:.2f}",
        f"port: {cable.path}   {rig.now_us / 1e6:.1f} s",
    ]
