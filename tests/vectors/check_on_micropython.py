"""Runs on MicroPython: golden frames and random bytes against the device's own code. Prints one JSON line of counts.

Arguments: path of frames.json, number of random bytes, seed.
"""

import json
import random
import sys

from ionto import framing, messages
from ionto.link import Link
from ionto.view import View


class Uart:
    def __init__(self):
        self.to_device = bytearray()
        self.from_device = 0

    def any(self):
        return len(self.to_device)

    def readinto(self, buffer):
        n = min(len(buffer), len(self.to_device))
        buffer[:n] = self.to_device[:n]
        self.to_device = self.to_device[n:]
        return n

    def write(self, data):
        self.from_device += len(data)
        return len(data)


class Device:
    view = View()

    def identity(self):
        return (b"12345678", messages.CALIBRATION_BUILTIN, 1)

    def ticks(self):
        return 0xFFFFFFFFFF  # beyond its field: must not raise

    def uptime_ms(self):
        return 0xFFFFFFFFFF

    def request_stop(self):
        return None

    def request_level(self, level_ua):
        return (103, level_ua, 0)


def decode(decoder, wire):
    return [(t, s, bytes(body)) for t, s, body in decoder.feed(wire, len(wire))]


def check_frames(vectors):
    for vector in vectors["frames"]:
        body, wire = bytes.fromhex(vector["body"]), bytes.fromhex(vector["wire"])
        assert framing.encode(vector["type"], vector["sequence"], body) == wire, vector["name"]
        decoder = framing.Decoder()
        assert decode(decoder, wire) == [(vector["type"], vector["sequence"], body)], vector["name"]
        assert decoder.bad_frames == 0, vector["name"]
        if "values" in vector:
            row = messages.message(vector["type"])
            values = tuple([bytes.fromhex(v) if isinstance(v, str) else v for v in vector["values"]])
            assert messages.pack(row, values) == body, vector["name"]
            assert tuple(messages.unpack(row, body)) == values, vector["name"]
    for vector in vectors["streams"]:
        decoder = framing.Decoder()
        frames = decode(decoder, bytes.fromhex(vector["wire"]))
        assert (len(frames), decoder.bad_frames) == (vector["frames"], vector["bad_frames"]), vector["name"]


def random_bytes(n):
    """Random bytes with many zeros and small numbers, so that COBS is often whole."""
    return bytes([random.choice((0, 0, 1, 2, 3, random.getrandbits(8), random.getrandbits(8))) for _ in range(n)])


def fuzz(total, seed):
    random.seed(seed)
    uart = Uart()
    link = Link(uart, Device())
    now_ms = 0x3FFFFFFF - 1000  # wraps on the way
    for _ in range(total // 200):
        chunk = random_bytes(190)
        message_type = random.choice((1, 2, 3, 4, 5, random.getrandbits(8)))
        body = random_bytes(random.randint(0, 9))
        uart.to_device += chunk + b"\0" + framing.encode(message_type, random.getrandbits(8), body)
        link.step(now_ms & 0x3FFFFFFF)
        now_ms += 5
    return uart.from_device, link._decoder.bad_frames


def main():
    with open(sys.argv[1]) as file:  # noqa: PTH123 (MicroPython has no pathlib)
        vectors = json.load(file)
    check_frames(vectors)
    answered_bytes, bad_frames = fuzz(int(sys.argv[2]), int(sys.argv[3]))
    print(
        json.dumps(
            {
                "implementation": sys.implementation.name,
                "frames": len(vectors["frames"]),
                "streams": len(vectors["streams"]),
                "answered_bytes": answered_bytes,
                "bad_frames": bad_frames,
                "table_hash": messages.TABLE_HASH,
            }
        )
    )


main()
