"""`micropython` for CPython: runs viper code with the chip's arithmetic checked.

Every value that a viper function takes, loads, computes, stores or returns must fit 32 bits, and what a pointer's
buffer holds must not be negative, because a 64-bit host reads it unsigned. A violation raises ViperRangeError, which
names the operation.
"""

import builtins
import functools
import inspect

_LOW, _HIGH = -(2**31), 2**31 - 1


class ViperRangeError(AssertionError):
    """A value left the range in which the chip and a 64-bit host agree."""


def _checked(value, operation):
    if not _LOW <= value <= _HIGH:
        raise ViperRangeError(f"{operation} gives {value}, outside 32 bits")
    return I32(value)


class I32(int):
    """An int whose arithmetic must stay in 32 bits."""

    __slots__ = ()


def _add_operator(name, symbol, is_reversed=False):
    plain = getattr(int, name)

    def operate(self, other):
        left, right = (other, self) if is_reversed else (self, other)
        if symbol in ("//", "%") and right == 0:
            raise ViperRangeError(f"{left} {symbol} 0 ends the process on a host and raises on the chip")
        result = plain(self, other)
        if result is NotImplemented:
            return result
        return _checked(result, f"{left} {symbol} {right}")

    setattr(I32, name, operate)


def _add_unary(name, symbol):
    plain = getattr(int, name)

    def operate(self):
        return _checked(plain(self), f"{symbol}{int(self)}")

    setattr(I32, name, operate)


for _name, _symbol in (("add", "+"), ("sub", "-"), ("mul", "*"), ("floordiv", "//"), ("mod", "%"), ("lshift", "<<"),
                       ("rshift", ">>"), ("and", "&"), ("or", "|"), ("xor", "^")):  # fmt: skip
    _add_operator(f"__{_name}__", _symbol)
    _add_operator(f"__r{_name}__", _symbol, is_reversed=True)
for _name, _symbol in (("neg", "-"), ("invert", "~"), ("pos", "+")):
    _add_unary(f"__{_name}__", _symbol)


def _argument(value):
    return _checked(value, "argument")


class _Pointer:
    """A view of a buffer that checks what is stored and loaded. `limit` is one beyond the largest value."""

    limit = 2**31

    def __init__(self, buffer):
        if isinstance(buffer, str):
            buffer = buffer.encode()  # what MicroPython keeps of a string
        self._buffer = buffer._buffer if isinstance(buffer, _Pointer) else buffer

    def __getitem__(self, index):
        if not 0 <= index < len(self._buffer):
            raise ViperRangeError(f"load at {index} of {len(self._buffer)}")
        value = self._buffer[index]
        if value < 0:
            raise ViperRangeError(f"load of {value} at {index}: a 64-bit host reads it unsigned")
        return I32(value)

    def __setitem__(self, index, value):
        if not 0 <= index < len(self._buffer):
            raise ViperRangeError(f"store at {index} of {len(self._buffer)}")
        if not 0 <= value < self.limit:
            raise ViperRangeError(f"store of {value} at {index}, must be 0 to {self.limit - 1}")
        self._buffer[index] = int(value)


class _Pointer16(_Pointer):
    limit = 2**16


class _Pointer8(_Pointer):
    limit = 2**8


def viper(function):
    """Runs `function` with its annotated arguments and its result checked, and with viper's `int` in its module."""
    ints = (int, "int", I32)
    wraps = {"ptr32": _Pointer, "ptr16": _Pointer16, "ptr8": _Pointer8, **dict.fromkeys(ints, _argument)}
    signature = inspect.signature(function)
    kinds = []
    for parameter in signature.parameters.values():
        annotation = parameter.annotation
        kinds.append(wraps.get(getattr(annotation, "viper_name", annotation)))
    gives_int = signature.return_annotation in ints
    function.__globals__["int"] = I32  # so that a result of another viper function stays checked

    @functools.wraps(function)
    def call(*args):
        if len(args) > 4:
            raise TypeError(f"viper takes at most 4 arguments, {function.__name__} got {len(args)}")
        result = function(*[kind(arg) if kind else arg for kind, arg in zip(kinds, args, strict=True)])
        return int(result) if gives_int else result

    return call


def native(function):
    """The function itself."""
    return function


def const(value):
    """The value itself."""
    return value


def _cast(name, kind):
    def cast(buffer):
        return kind(buffer)

    cast.viper_name = name  # type: ignore[attr-defined]
    return cast


for _name, _kind in (("ptr32", _Pointer), ("ptr16", _Pointer16), ("ptr8", _Pointer8)):
    setattr(builtins, _name, _cast(_name, _kind))
