"""Records of the memory written by hand, with formulas of their own, and what the store's tests share.

Runs on MicroPython too.
"""

import struct
from binascii import crc32

from ionto.store_writer import Writer

BOARD = b"BOARD\x00\x01\x02"
OTHER = b"BOARD\x00\x01\x03"
VERSION = (0, 1, 0)
SLOT_BYTES = 128
RINGS = {"sessions": (4, 0x1000, 64, 64), "events": (5, 0x2000, 32, 256), "trace": (6, 0x4000, 16, 1024)}


def slot(region, sequence, payload, board=BOARD, layout=1, magic=b"IONT"):
    """A slot's bytes."""
    body = magic + struct.pack("<BBHH", layout, region, sequence, len(payload)) + board + payload
    return body + struct.pack("<I", crc32(body))


def put_slot(fram, region, index, data):
    """Writes a slot's bytes where they belong, past the part's counters."""
    at = (2 * region + index) * SLOT_BYTES
    fram.bytes[at : at + len(data)] = data


def ring_record(name, sequence, payload=None, board=BOARD, layout=1):
    """A ring's record; without a payload one that says its sequence."""
    region, _, size, _ = RINGS[name]
    if payload is None:
        payload = bytes([(sequence * 7 + index) % 256 for index in range(size - 6)])
    body = struct.pack("<H", sequence % 65536) + payload
    return body + struct.pack("<I", crc32(body, crc32(bytes((region, layout)) + board)))


def put_record(fram, name, sequence, data):
    """Writes a ring's record where its sequence belongs."""
    _, start, size, records = RINGS[name]
    at = start + sequence % records * size
    fram.bytes[at : at + size] = data


def fill_ring(fram, name, newest, count, board=BOARD):
    """A ring with `count` records up to the sequence `newest`."""
    for sequence in range(newest - count + 1, newest + 1):
        put_record(fram, name, sequence, ring_record(name, sequence % 65536, None, board))


def labelled(fram):
    """Puts this board's label into both slots."""
    put_slot(fram, 0, 0, slot(0, 0, bytes(VERSION)))
    return fram


def writer_of(fram):
    """A writer of its own."""
    return Writer(fram)
