"""Starts the controller on Ionto-1, and ends it safely if anything at all goes wrong. [REQ-APP-1]"""

import gc
import sys
import time

from micropython import kbd_intr

import ionto
from ionto import faults, messages, version

MIN_MICROPYTHON = (1, 26, 0)  # hard timer callbacks begin there


def check_version(found):
    """Raises RuntimeError if this MicroPython has no hard timers."""
    if tuple(found[:3]) < MIN_MICROPYTHON:
        raise RuntimeError("MicroPython %s is older than %s" % (tuple(found[:3]), MIN_MICROPYTHON))


def refuse(reason):
    """Says on the panel and at the prompt why nothing was started. No tick runs, so no output can."""
    from board.ionto1 import Ionto1
    from ionto.panel import Panel

    print("Ionto does not start:", reason)
    board = Ionto1()
    Panel(board.display, board.led, board.tone).show_fault_now(faults.FIRMWARE)


def run():
    """Runs for ever. An exception cuts the output, is shown, and halts until the watchdog resets the chip."""
    # What stays must not be put between what imports and reading the memory leave behind.
    from board.ionto1 import Ionto1

    gc.collect()
    from ionto.store import open_store

    gc.collect()
    from ionto.app import App

    gc.collect()
    board = Ionto1()
    app = None
    try:
        check_version(sys.implementation.version)
        store = open_store(board)
        gc.collect()
        app = App(board, store)
        if board.vbus():
            print("Ionto %d.%d.%d starts" % version.VERSION)
        app.run(time)
    except BaseException as error:
        kbd_intr(-1)  # a second Ctrl-C must not keep the output from being cut
        board.cut()
        sys.print_exception(error)
        if app is not None:
            app.panel.show_fault_now(faults.INTERNAL)
    board.start_watchdog(App.WATCHDOG_MS)
    while True:
        time.sleep_ms(1000)


def damage():
    """What is wrong with the program's files; None if nothing is. Code that runs from its sources has no manifest."""
    if version.BUILD is None:
        return None
    from ionto import manifest

    found = manifest.problem("", version.VERSION, version.BUILD, messages.TABLE_HASH)
    del sys.modules["ionto.manifest"]  # never needed again: its memory is
    delattr(ionto, "manifest")
    return found


def main():
    """Runs what is whole."""
    reason = damage()
    gc.collect()  # before the app's own objects are put between what it left
    if reason:
        refuse(reason)
    else:
        run()


main()
