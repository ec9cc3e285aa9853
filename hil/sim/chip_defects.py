"""Defects of the chip and its program: a dead timer, a loop without end, a bit that flips in RAM. See docs/rig.md.

The simulated chip only: the emulated one has no handle on what its code is doing.
"""

from hil.sim import plain

# What a program may raise at any statement.
_ERRORS = {"MemoryError": MemoryError, "OSError": OSError, "ValueError": ValueError, "RuntimeError": RuntimeError}


def break_(kernel, name, amount):
    """Breaks something of the chip. Returns False for a name that nobody knows."""
    if not hasattr(kernel, "scheduled"):
        return False  # not the simulated chip
    if name == "timer_dies":
        kernel.stop_timer()
    elif name == "timer_us":
        plain.times[plain.PERIOD] = amount
    elif name == "timer_twice":
        _twice(kernel)
    elif name == "main_hangs":
        kernel.schedule(_hang_from_here, kernel)
    elif name == "chip_frozen":
        kernel.set_irq(False)
        kernel.schedule(_hang, kernel)
    elif name == "statement":
        kernel.statements_left, kernel.statement_error = amount
    elif name == "ram_flip":
        _flip(kernel.app, *amount)
    else:
        return False
    return True


def at_statement(kernel):
    """Every statement of the instrumented main loop calls this (hil/faults/programs.py): it fails at one of them."""
    left = kernel.statements_left
    if left:
        kernel.statements_left = left - 1
        if left == 1:
            kernel.truth.event(kernel.now_us, "statement")
            if kernel.statement_error == "hang":
                _hang(kernel)
            raise _ERRORS[kernel.statement_error]("made by a test")


def _hang_from_here(kernel):
    """The round that is under way goes on to where the main loop next lets time pass."""
    kernel.truth.event(kernel.now_us, "hang")
    _hang(kernel)


def _hang(kernel):
    """The main loop never comes back from here; interrupts go on as they were."""
    while True:
        kernel.charge(10000)


def _twice(kernel):
    """The alarm fires twice each time."""
    callback = kernel.callback
    if callback is None:
        return

    def twice(handle):
        callback(handle)
        callback(handle)

    kernel.callback = twice
    kernel.run_plain = plain.make_run(twice, kernel.handle)


def _flip(app, path, index, bit):
    """A bit in RAM: of word `index` of the array at `path` from the app, or of the number there (index None)."""
    names = path.split(".")
    owner = app
    for name in names[:-1]:
        owner = getattr(owner, name)
    target = getattr(owner, names[-1])
    if index is None:
        setattr(owner, names[-1], target ^ (1 << bit))
    else:
        target[index] ^= 1 << bit
