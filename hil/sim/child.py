"""The process of a simulated board: `micropython child.py <descriptor in> <descriptor out>`, started by the rig.

Takes lines of JSON on one descriptor, first its configuration, and answers on the other; see docs/rig.md.
Ends when the rig's end is closed.
"""

import gc
import json
import os
import sys

_commands = open(int(sys.argv[1]), "rb")
_answers = open(int(sys.argv[2]), "wb")
_config = json.loads(_commands.readline())
sys.path[:] = _config["path"] + [".frozen"]
os.chdir(_config["folder"])

from hil.sim import bus, chip, facts, patches  # noqa: E402
from hil.sim.board import Board  # noqa: E402
from hil.sim.chip_state import Reset  # noqa: E402
from hil.sim.kernel import kernel  # noqa: E402
from hil.sim.truth import Truth  # noqa: E402


class Closed(BaseException):
    """The rig is gone."""


def answer(message):
    _answers.write((json.dumps(message) + "\n").encode())


# Until when the rig waits for something on the UART, and how often it looks.
_wait_us = [0, 0]


def exchange():
    """Reports the state at the end of a grant, then takes commands until one grants more time."""
    board = kernel.board
    sent = board.line.take_sent()
    if kernel.now_us < _wait_us[0] and not sent and not kernel.errors and not bus.state[bus.SPI_ERRORS]:
        kernel.grant_us = min(kernel.now_us + _wait_us[1], _wait_us[0])
        kernel._quiet()
        return
    report = {"now_us": kernel.now_us, "board": board.snapshot(), "events": kernel.truth.take()}
    if bus.state[bus.SPI_ERRORS]:
        kernel.errors.append("%d SPI transfers with no part or both selected" % bus.state[bus.SPI_ERRORS])
        bus.state[bus.SPI_ERRORS] = 0
    if kernel.errors:
        report["errors"], kernel.errors = kernel.errors, []
    if sent:
        report["uart"] = sent.hex()
    while True:
        answer(report)
        line = _commands.readline()
        if not line:
            raise Closed
        command = json.loads(line)
        if "uart" in command:
            board.line.feed(bytes.fromhex(command["uart"]))
        for at_us, name, value in command.get("at", ()):
            kernel.later(max(at_us, kernel.now_us), name, value)
        if "until_us" in command:
            end_us = command["until_us"]
            step_us = command.get("step_us", 0)
            _wait_us[:] = (end_us, step_us) if step_us else (0, 0)
            kernel.grant_us = min(end_us, kernel.now_us + step_us) if step_us else end_us
            kernel._quiet()
            return
        report = {"now_us": kernel.now_us}
        if "oled" in command:
            report["ram"] = bytes(board.oled.ram).hex()
            report["oled"] = board.oled.state()
        if "fram" in command:
            report["fram"] = bytes(board.fram.array).hex()
        if "flush" in command:
            kernel.truth.flush()
        if "heap" in command:
            gc.collect()
            report["heap"] = gc.mem_alloc()
            report["heap_free"] = gc.mem_free()
        if "written" in command:
            report["written"] = [board.fram.writes, board.fram.written_bytes]


def load_object(spec, arguments):
    """The load named `module:Class`. Raises ValueError with one clear sentence."""
    module_name, _, class_name = spec.partition(":")
    try:
        module = __import__(module_name, None, None, (class_name,))
    except Exception as error:
        sys.print_exception(error)
        raise ValueError("load %s: module %s does not import: %r" % (spec, module_name, error))
    cls = getattr(module, class_name, None)
    if cls is None:
        raise ValueError("load %s: module %s has no %s" % (spec, module_name, class_name))
    try:
        made = cls(**arguments)
    except Exception as error:
        sys.print_exception(error)
        raise ValueError("load %s: %s(...) raised %r" % (spec, class_name, error))
    for method in ("step", "contact"):
        if not callable(getattr(made, method, None)):
            raise ValueError("load %s: %s has no method %s()" % (spec, class_name, method))
    return made


def run_firmware(kept):
    """One life of the chip, from its start to a reset. After code that ends, ticks go on, as at the prompt."""
    for name in list(sys.modules):
        if name not in kept:
            del sys.modules[name]
    gc.collect()
    try:
        for path in _config["programs"]:
            scope = {"__name__": "__main__", "__file__": path}
            execfile(path, scope)  # noqa: F821
        kernel.errors.append("the program ended")
    except Reset:
        raise
    except Closed:
        raise
    except BaseException as error:
        sys.print_exception(error)
        kernel.truth.event(kernel.now_us, "program_raised")
        kernel.errors.append("the program raised %r" % error)
    while True:
        kernel.charge(10000)


def power_up():
    """The chip starts: nothing drives the pins until its code runs."""
    board = kernel.board
    kernel.chip_reset()
    board.reset_pins()
    board.line.reset()
    while not board.powered:
        try:
            kernel.charge(10000)
        except Reset:
            chip.running.cause = 1
    kernel.start_clock()
    kernel.truth.event(kernel.now_us, "chip_start", chip.running.cause)


def main():
    load = load_object(_config["load"], _config["load_arguments"])
    load.contact(_config["area"])
    bus.seed_noise(_config["seed"], facts.A_NOISE_LSB)
    for word, value in (
        (bus.PIN_US, facts.TICK_PIN_US),
        (bus.SPI_US, facts.TICK_SPI_US),
        (bus.ADC_US, facts.TICK_ADC_US),
    ):
        bus.state[word] = value
    bus.state[bus.BIT_NS] = 1000
    bus.state[bus.B_NOISE] = facts.B_NOISE_FACTOR
    kernel.truth = Truth(_config["truth_path"], _config["truth_every"])
    kernel.exchange = exchange
    kernel.clock_offset_us = _config["clock_offset_us"]
    kernel.clock_offset_ms = _config["clock_offset_ms"]
    chip.running.board_id = bytes.fromhex(_config["board_id"])

    def another_load(arguments):
        return load_object(_config["load"], arguments)

    Board(kernel, load, _config["spread"], _config["area"], another_load).fram.load(_config["fram"])
    patches.install(kernel)
    kept = set(sys.modules)
    gc.threshold(_config["gc_threshold"])
    while True:
        try:
            power_up()
            kernel.charge(facts.BOOT_US)
            run_firmware(kept)
        except Reset as reset:
            chip.running.was_reset(reset.cause)


try:
    main()
except Closed:
    pass
except ValueError as error:
    answer({"fatal": str(error)})
