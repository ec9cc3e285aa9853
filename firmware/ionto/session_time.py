"""Differences of a millisecond counter that wraps, as MicroPython's `ticks_ms` does. [REQ-SES-20]

The counter counts modulo 2**30, which on the chip is a number too large to be worked with in place: hence the masks.
"""


def later(then_ms, ms):
    """The counter's value `ms` after `then_ms`."""
    return (then_ms + ms) & 0x3FFFFFFF


def elapsed_ms(now_ms, then_ms):
    """Milliseconds from `then_ms` to `now_ms`, both modulo 2**30; 0 if `then_ms` is the later one.

    Right up to half the wrap (6.2 days); every caller asks for less.
    """
    difference_ms = (now_ms - then_ms) & 0x3FFFFFFF
    return difference_ms if difference_ms < 0x20000000 else 0
