"""The firmware with one thing changed: what no part of the board can provoke from outside.

A variant is a program that changes a module of the firmware before `main` runs. Everything else is unmodified.
"""

from pathlib import Path

# `mark()` puts a moment of the main loop into the truth, as a tone of 1234 Hz. `board_in_use` is App's board.
# The change applies to the first life of the chip: after a watchdog reset the firmware is as it always is.
_HEAD = """
import boot
import machine
import time
from ionto import limits, states
from ionto.app import App

def mark():
    buzzer = machine.PWM(machine.Pin(4))
    buzzer.freq(1234)
    buzzer.duty_u16(16384)

def under_current(view):
    return view.state in (states.RAMP_UP, states.HOLD) and view.current_ua > 100

def before(owner, name, action):
    original = getattr(owner, name)
    def changed(self, *arguments):
        action(self)
        return original(self, *arguments)
    setattr(owner, name, changed)

def change():
"""
_TAIL = """

if machine.reset_cause() != 3:
    change()
import main
"""
MARK_HZ = 1234


def write_variant(folder: Path, patch: str) -> Path:
    """Writes the program that runs `patch` (the body of a function) once, before the firmware. Returns its path."""
    lines = "\n".join("    " + line for line in patch.strip().splitlines())
    path = folder / "variant.py"
    path.write_text(_HEAD + lines + _TAIL)
    return path


def do_under_current(owner: str, method: str, action: str) -> str:
    """A patch: `owner.method` does `action` (statements) as soon as a treatment is under current, once marked."""
    indented = "\n".join("        " + line for line in action.strip().splitlines())
    return f"""
apps = []
before(App, "step", lambda app: apps or apps.append(app))
{owner_import(owner)}
def action(self):
    if apps and under_current(apps[0].view):
        mark()
{indented}
before({owner}, "{method}", action)
"""


def owner_import(owner: str) -> str:
    """The import of a class of the main loop."""
    modules = {
        "App": "app",
        "Buttons": "buttons",
        "Drive": "drive",
        "Link": "link",
        "Measure": "measure",
        "Panel": "panel",
        "Session": "session",
        "Sounds": "sounds",
    }
    return f"from ionto.{modules[owner]} import {owner}"
