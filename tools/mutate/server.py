"""Runs on MicroPython: calls viper functions of a module with arrays that come over stdin, and sends them back.

Arguments: the module's name, the functions' names. A call is 4 bytes (function, arrays, two of an integer), the length
of each array in 2 bytes, and their words. The answer is the result in 4 bytes and all arrays.
"""

import sys
from array import array


def main():
    module = __import__(sys.argv[1], None, None, ("*",))
    functions = [getattr(module, name) for name in sys.argv[2:]]
    read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
    write(b"!")
    while True:
        head = read(4)
        if len(head) < 4:
            return
        count = head[1]
        lengths = read(2 * count)
        arrays = [array("i", read(4 * (lengths[2 * i] | lengths[2 * i + 1] << 8))) for i in range(count)]
        number = head[2] | head[3] << 8
        arguments = arrays if number == 0xFFFF else arrays + [number]  # noqa: RUF005 (MicroPython has no such star)
        result = functions[head[0]](*arguments)
        write(array("i", [result or 0]))
        for one in arrays:
            write(one)


main()
