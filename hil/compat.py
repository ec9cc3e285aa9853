"""What lets a file run on MicroPython and on CPython alike."""

import sys

if sys.implementation.name == "micropython":
    import micropython
else:

    class micropython:
        """MicroPython's decorators, which do nothing here."""

        @staticmethod
        def native(function):
            return function


__all__ = ["micropython"]
