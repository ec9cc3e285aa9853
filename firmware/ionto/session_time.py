"""Differences of a millisecond counter that wraps, as MicroPython's `ticks_ms` does. [REQ-SES-20]"""

WRAP_MS = 1 << 30


def elapsed_ms(now_ms, then_ms):
    """Milliseconds from `then_ms` to `now_ms`, both modulo 2**30; 0 if `then_ms` is the later one.

    Right up to half the wrap (6.2 days); every caller asks for less.
    """
    difference_ms = (now_ms - then_ms) % WRAP_MS
    return difference_ms if difference_ms < WRAP_MS // 2 else 0
