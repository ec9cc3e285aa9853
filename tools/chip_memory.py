"""How much RAM the firmware leaves on the chip: boots a build on the emulated RP2040 and asks MicroPython in IDLE.

Started by tools/image.py in a process of its own. Prints JSON.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LONGEST_US = 5_000_000
_SLICE_US = 10_000
_BLOCK_BYTES = 16  # of MicroPython's heap on the RP2040
_END = b"end of memory\r\n"

# In place of main.py, whose steps it repeats: the app's clock is the one place from which each round can be watched.
PROGRAM = """
import gc
import micropython
import time
import sys
import ionto
from ionto import manifest, states, version

def table_hash():
    from ionto import messages
    return messages.TABLE_HASH

began_ms = time.ticks_ms()
wrong = manifest.problems("", version.VERSION, version.BUILD, table_hash)
print("manifest", time.ticks_diff(time.ticks_ms(), began_ms), wrong)
del sys.modules["ionto.manifest"], ionto.manifest, manifest
gc.collect()
from board.ionto1 import Ionto1
gc.collect()
from ionto.store import open_store
gc.collect()
from ionto.app import App
gc.collect()
board = Ionto1()
store = open_store(board)
gc.collect()
app = App(board, store)

class Clock:
    ticks_add = time.ticks_add
    ticks_diff = time.ticks_diff
    sleep_ms = time.sleep_ms
    told = False

    def ticks_ms(self):
        if app.view.state == states.IDLE and not self.told:
            self.told = True
            print("idle", time.ticks_ms())
            gc.collect()
            print("heap", gc.mem_alloc(), gc.mem_free())
            micropython.mem_info()
            print("end of memory")
        return time.ticks_ms()

app.run(Clock())
"""


def parse(printed: str) -> dict[str, int]:
    """The figures in what the program printed. Raises ValueError with it if they are not there."""
    heap = re.search(r"^heap (\d+) (\d+)", printed, re.MULTILINE)
    largest = re.search(r"max free sz: (\d+)", printed)
    checked = re.search(r"^manifest (\d+) \[\]", printed, re.MULTILINE)
    idle = re.search(r"^idle (\d+)", printed, re.MULTILINE)
    if not (heap and largest and checked and idle):
        raise ValueError(f"the firmware did not come to IDLE on the emulated chip; it printed:\n{printed}")
    return {
        "ram_used_bytes": int(heap[1]),
        "ram_free_bytes": int(heap[2]),
        "ram_largest_free_bytes": int(largest[1]) * _BLOCK_BYTES,
        "manifest_check_ms": int(checked[1]),
        "start_to_idle_ms": int(idle[1]),
    }


def image_with_program(files: dict[str, bytes]) -> bytes:
    """The build with the measuring program as main.py, and a manifest that says so."""
    from tools.image import build_image

    program = PROGRAM.encode()
    before, after = (hashlib.sha256(text).hexdigest().encode() for text in (files["main.py"], program))
    listed = files["manifest.txt"].replace(before, after)
    return build_image(files | {"main.py": program, "manifest.txt": listed})


def measure(micropython: Path, files: dict[str, bytes]) -> dict[str, int]:
    """Boots `files` until IDLE. Raises ValueError if it does not come that far."""
    from hil.emu.chip import Chip
    from hil.emu.usb_repl import board_on

    printed = bytearray()
    chip = Chip(micropython, image_with_program(files), printed.extend)
    board_on(chip)
    chip.start(0)
    while _END not in printed and chip.kernel.now_us < LONGEST_US:
        chip.run_until(chip.kernel.now_us + _SLICE_US)
    return parse(printed.decode())


def main() -> int:
    sys.path[0:1] = [str(ROOT / "hil" / "emu" / "shims"), str(ROOT)]
    from hil.emu import pointers

    pointers.install()
    from tools.image import device_files

    try:
        print(json.dumps(measure(Path(sys.argv[1]), device_files(Path(sys.argv[2])))))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
