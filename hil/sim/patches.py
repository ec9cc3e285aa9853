"""Modules that a file on the path cannot shadow: `micropython`, `gc` and `sys` as the chip has them."""

import gc as real_gc
import sys as real_sys

import micropython as real_micropython

from hil.sim import facts

_SCHEDULE_DEPTH = 8

# What the chip's modules have and this build's may lend them.
_MICROPYTHON = ("const", "heap_lock", "heap_unlock", "mem_info", "qstr_info", "stack_use", "opt_level", "RingIO")
_GC = ("enable", "disable", "isenabled", "mem_free", "mem_alloc")
_SYS = ("modules", "path", "implementation", "version", "version_info", "print_exception", "exit", "byteorder")
_SYS += ("stdin", "stdout", "stderr", "argv")


class Module:
    """Stands in for a module: what it does not define itself comes from the real one, if the chip has it too."""

    def __init__(self, real, names, own):
        for name in names:
            if hasattr(real, name):
                setattr(self, name, getattr(real, name))
        for name, value in own.items():
            setattr(self, name, value)


def _native(function):
    return function


def install(kernel):
    """Puts the patched modules where the firmware's imports find them."""

    def schedule(function, argument):
        if len(kernel.scheduled) >= _SCHEDULE_DEPTH:
            raise RuntimeError("schedule queue full")
        kernel.schedule(function, argument)

    def collect():
        kernel.charge(facts.COLLECT_US)
        real_gc.collect()

    def nothing(*arguments):
        return None

    own = {"schedule": schedule, "kbd_intr": nothing, "alloc_emergency_exception_buf": nothing}
    own.update(native=_native, viper=_native)
    real_sys.modules["micropython"] = Module(real_micropython, _MICROPYTHON, own)
    real_sys.modules["gc"] = Module(real_gc, _GC, {"collect": collect, "threshold": nothing})
    real_sys.modules["sys"] = Module(real_sys, _SYS, {"platform": "rp2", "maxsize": (1 << 31) - 1})
