# type: ignore  (MicroPython)
"""The firmware with a collection forced several times a second, and what the heap holds where the rig finds it."""

import gc
from array import array

import boot  # noqa: F401
from ionto.app import App

EVERY_ROUNDS = 32
MARK = 0x494F4E54, 0x48454150
seen = array("I", [MARK[0], MARK[1], 0, 0] + [0] * 16)  # mark, rounds, free after a collection, used by state
step = App.step
heap_bytes = gc.mem_free() + gc.mem_alloc()


def step_and_collect(self, now_ms):
    """A round, and in some of them a collection."""
    step(self, now_ms)
    seen[2] += 1
    if seen[2] % EVERY_ROUNDS == 1:
        gc.collect()
        # Asked once only: it counts all blocks of the heap, which holds up the main loop by some ms more.
        used_bytes = gc.mem_alloc()
        seen[3] = heap_bytes - used_bytes
        seen[4 + self.view.state] = used_bytes


App.step = step_and_collect
import main  # noqa: E402, F401
