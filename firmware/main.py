"""Starts the controller on Ionto-1, and ends it safely if anything at all goes wrong. [REQ-APP-1]"""

import gc
import sys
import time

from micropython import kbd_intr

import ionto
from ionto import version

MIN_MICROPYTHON = (1, 26, 0)  # hard timer callbacks begin there


def check_version(found):
    """Raises RuntimeError if this MicroPython has no hard timers."""
    if tuple(found[:3]) < MIN_MICROPYTHON:
        raise RuntimeError("MicroPython %s is older than %s" % (tuple(found[:3]), MIN_MICROPYTHON))


def refuse(wrong, manifest):
    """Says at the prompt, on the panel and over the link why nothing was started. No tick runs, so no output can.

    What the link uses must be whole. The panel is tried even so if there is no link, as the last to tell. [REQ-FIL-1]
    """
    for line in wrong:
        print("Ionto does not start:", line)
    can_answer = manifest.digest("", manifest.LINK_FILES) == version.LINK_SUM
    can_show = manifest.digest("", manifest.PANEL_FILES) == version.PANEL_SUM
    from board.outside import Outside
    from ionto import faults

    board = Outside()
    board.led(True)
    if can_show or not can_answer:
        from ionto.panel import Panel

        Panel(board.display, board.led, board.tone).show_fault_now(faults.FIRMWARE, len(wrong))
    if can_answer:
        from ionto.refusing import Refusing

        Refusing(board, len(wrong)).run(time)


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
            from ionto import faults

            app.panel.show_fault_now(faults.INTERNAL)
    board.start_watchdog(App.WATCHDOG_MS)
    while True:
        time.sleep_ms(1000)


def table_hash():
    """Of the message table, which is not read before its file is known to be whole."""
    from ionto import messages

    return messages.TABLE_HASH


def main():
    """Runs what is whole. Code that runs from its sources has no manifest to be compared with."""
    if version.BUILD is not None:
        from ionto import manifest

        wrong = manifest.problems("", version.VERSION, version.BUILD, table_hash)
        if wrong:
            return refuse(wrong, manifest)
        del sys.modules["ionto.manifest"], manifest  # never needed again: its memory is
        delattr(ionto, "manifest")
    gc.collect()  # before the app's own objects are put between what it left
    run()


main()
