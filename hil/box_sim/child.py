"""The process of a simulated load box: `micropython child.py <descriptor in> <descriptor out>`, started by the rig.

Speaks lines of JSON as the simulated board's process does. Ends when the rig's end is closed.
"""

import gc
import json
import sys

_commands = open(int(sys.argv[1]), "rb")
_answers = open(int(sys.argv[2]), "wb")
_config = json.loads(_commands.readline())
sys.path[:] = _config["path"] + [".frozen"]

from hil.box_sim import streams  # noqa: E402
from hil.box_sim.kernel import BOOT_US, Reset, kernel  # noqa: E402


class Closed(BaseException):
    """The rig is gone."""


def answer(message):
    _answers.write((json.dumps(message) + "\n").encode())


def exchange():
    """Reports what happened, and takes the command that grants more time."""
    report = {"now_us": kernel.now_us, "changes": kernel.changes, "resets": kernel.resets, "uart": kernel.sent.hex()}
    report["errors"] = kernel.errors
    kernel.changes, kernel.errors, kernel.sent = [], [], b""
    answer(report)
    line = _commands.readline()
    if not line:
        raise Closed
    command = json.loads(line)
    kernel.received += bytes.fromhex(command.get("uart", ""))
    for pin, code in command.get("codes", {}).items():
        kernel.codes[int(pin)] = code
    kernel.jumper = command.get("jumper", kernel.jumper)
    kernel.grant_us = command["until_us"]


def run_programs(kept):
    """One life of the chip."""
    for name in list(sys.modules):
        if name not in kept:
            del sys.modules[name]
    gc.collect()
    try:
        for path in _config["programs"]:
            execfile(path, {"__name__": "__main__", "__file__": path})  # noqa: F821
    except (Reset, Closed):
        raise
    except BaseException as error:
        sys.print_exception(error)
        kernel.errors.append("the box's program raised %r" % error)
    while True:  # at the prompt
        kernel.charge(10000)


def main():
    kernel.board_id = bytes.fromhex(_config["board_id"])
    kernel.jumper = _config["jumper"]
    kernel.exchange = exchange
    streams.install()
    kept = set(sys.modules)
    exchange()
    while True:
        kernel.chip_reset()
        kernel.boot_us = kernel.now_us
        try:
            kernel.charge(BOOT_US)
            run_programs(kept)
        except Reset:
            pass


try:
    main()
except Closed:
    pass
