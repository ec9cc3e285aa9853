"""Starts the controller on Ionto-1, and ends it safely if anything at all goes wrong. [REQ-APP-1]"""

import sys
import time

from board.ionto1 import Ionto1
from ionto import faults
from ionto.app import App
from ionto.builtin_calibration import BuiltinCalibrationStore

MIN_MICROPYTHON = (1, 26, 0)  # hard timer callbacks begin there


def check_version(version):
    """Raises RuntimeError if this MicroPython has no hard timers."""
    if tuple(version[:3]) < MIN_MICROPYTHON:
        raise RuntimeError("MicroPython %s is older than %s" % (tuple(version[:3]), MIN_MICROPYTHON))


def main():
    """Runs for ever. An exception cuts the output, is shown, and halts until the watchdog resets the chip."""
    board = Ionto1()
    app = None
    try:
        check_version(sys.implementation.version)
        app = App(board, BuiltinCalibrationStore())
        app.run(time)
    except BaseException as error:
        board.cut()
        sys.print_exception(error)
        if app is not None:
            app.panel.show_fault_now(faults.INTERNAL)
    board.start_watchdog(App.WATCHDOG_MS)
    while True:
        time.sleep_ms(1000)


main()
