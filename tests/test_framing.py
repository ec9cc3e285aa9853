"""Frames: golden vectors and properties, on the device's code and on the host's, which share no line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools import framing as host
from host_tools.errors import FrameError
from ionto import framing as device
from ionto import messages

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "vectors" / "frames.json").read_text(encoding="utf-8")
)
bytes_u8 = st.integers(0, 255)
bodies = st.binary(max_size=device.MAX_BODY_BYTES)

Found = list[tuple[int, int, bytes]]


def device_decode(*chunks: bytes) -> tuple[Found, int]:
    decoder = device.Decoder()
    found = [(t, s, bytes(body)) for chunk in chunks for t, s, body in decoder.feed(chunk, len(chunk))]
    return found, decoder.bad_frames


def host_decode(*chunks: bytes) -> tuple[Found, int]:
    decoder = host.Decoder()
    found = [(frame.type, frame.sequence, frame.body) for chunk in chunks for frame in decoder.feed(chunk)]
    return found, decoder.bad_frames


sides = pytest.mark.parametrize("decode", [device_decode, host_decode])


def cases(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", VECTORS[kind], ids=lambda vector: vector["name"])


@cases("frames")
@pytest.mark.parametrize("side", [device, host])
def test_encode_golden_frame_gives_its_bytes(vector: dict[str, Any], side: Any) -> None:
    wire = side.encode(vector["type"], vector["sequence"], bytes.fromhex(vector["body"]))
    assert wire.hex() == vector["wire"]


@cases("frames")
@sides
def test_decode_golden_frame_gives_its_content(vector: dict[str, Any], decode: Any) -> None:
    expected = (vector["type"], vector["sequence"], bytes.fromhex(vector["body"]))
    assert decode(bytes.fromhex(vector["wire"])) == ([expected], 0)


@cases("streams")
@sides
def test_decode_golden_stream_counts_good_and_bad(vector: dict[str, Any], decode: Any) -> None:
    found, bad_frames = decode(bytes.fromhex(vector["wire"]))
    assert (len(found), bad_frames) == (vector["frames"], vector["bad_frames"])


@pytest.mark.parametrize("vector", [v for v in VECTORS["frames"] if "values" in v], ids=lambda vector: vector["name"])
def test_pack_golden_values_gives_the_body_and_back(vector: dict[str, Any]) -> None:
    row = messages.message(vector["type"])
    assert row is not None
    assert row.name == vector["message"]
    values = tuple(bytes.fromhex(v) if isinstance(v, str) else v for v in vector["values"])
    assert messages.pack(row, values).hex() == vector["body"]
    assert messages.unpack(row, bytes.fromhex(vector["body"])) == values


def test_golden_frames_show_every_message() -> None:
    assert {row.name for row in messages.MESSAGES} == {v["message"] for v in VECTORS["frames"] if "message" in v}


def test_every_message_fits_a_frame() -> None:
    assert max(messages.body_size(row) for row in messages.MESSAGES) <= device.MAX_BODY_BYTES == host.MAX_BODY_BYTES


@given(message_type=bytes_u8, sequence=bytes_u8, body=bodies)
def test_encode_any_body_is_the_same_on_both_sides_and_returns(message_type: int, sequence: int, body: bytes) -> None:
    wire = device.encode(message_type, sequence, body)
    assert wire == host.encode(message_type, sequence, body)
    assert wire.index(0) == len(wire) - 1
    assert len(wire) <= messages.MAX_FRAME_BYTES
    assert device_decode(wire) == host_decode(wire) == ([(message_type, sequence, body)], 0)


@pytest.mark.parametrize(("side", "error"), [(device, ValueError), (host, FrameError)])
def test_encode_body_too_long_raises(side: Any, error: type[Exception]) -> None:
    assert len(side.encode(1, 1, bytes(120))) <= 128
    with pytest.raises(error, match="at most 120 bytes, not 121"):
        side.encode(1, 1, bytes(121))


@pytest.mark.requirement("REQ-LNK-3")
@sides
@given(body=bodies, data=st.data())
def test_decode_any_single_bit_flip_is_rejected(decode: Any, body: bytes, data: st.DataObject) -> None:
    wire = bytearray(device.encode(2, 7, body))
    bit = data.draw(st.integers(0, 8 * len(wire) - 1), label="bit")
    wire[bit // 8] ^= 1 << bit % 8
    good = device.encode(3, 8, b"next")
    found, bad_frames = decode(bytes(wire) + b"\0", good)
    assert found == [(3, 8, b"next")]
    assert bad_frames >= 1


@pytest.mark.requirement("REQ-LNK-3")
@sides
def test_decode_every_single_bit_flip_of_a_golden_frame_is_rejected(decode: Any) -> None:
    wire = bytes.fromhex(next(v["wire"] for v in VECTORS["frames"] if v["name"] == "telemetry"))
    for bit in range(8 * len(wire)):
        flipped = bytearray(wire)
        flipped[bit // 8] ^= 1 << bit % 8
        found, bad_frames = decode(bytes(flipped) + b"\0")
        assert found == [], bit
        assert bad_frames >= 1, bit


@pytest.mark.requirement("REQ-LNK-3")
@sides
@given(body=bodies, data=st.data())
def test_decode_truncated_frame_is_rejected_and_the_next_found(decode: Any, body: bytes, data: st.DataObject) -> None:
    wire = device.encode(2, 7, body)
    cut = data.draw(st.integers(1, len(wire) - 2), label="cut")
    assert decode(wire[:cut] + b"\0" + wire) == ([(2, 7, body)], 1)
    assert decode(wire[cut:] + wire) == ([(2, 7, body)], 1)


@given(
    parts=st.lists(st.one_of(st.binary(max_size=200), st.builds(device.encode, bytes_u8, bytes_u8, bodies))),
    size=st.integers(1, 50),
)
def test_decode_any_stream_in_any_chunks_agrees_on_both_sides(parts: list[bytes], size: int) -> None:
    stream = b"".join(parts)
    whole = device_decode(stream)
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert whole == device_decode(*chunks) == host_decode(stream) == host_decode(*chunks)


def test_feed_takes_no_more_than_it_is_told() -> None:
    wire = bytearray(device.encode(1, 2, b"abc"))
    decoder = device.Decoder()
    assert list(decoder.feed(wire, len(wire) - 1)) == []
    assert len(list(decoder.feed(b"\0rest", 1))) == 1
    assert decoder.bad_frames == 0


@pytest.mark.parametrize(("wire", "raw"), [(b"\x01", b""), (b"\x01\x01", b"\0"), (b"\x03ab\x02c", b"ab\0c")])
def test_cobs_small_cases(wire: bytes, raw: bytes) -> None:
    target = bytearray(10)
    assert target[: device.cobs_encode(bytearray(raw), len(raw), target)] == wire
    assert target[: device.cobs_decode(wire, len(wire), target)] == raw


@pytest.mark.parametrize("wire", [b"\x00", b"\x02", b"\x04ab", b"\x02a\x00"])
def test_cobs_decode_of_what_is_not_cobs_says_so(wire: bytes) -> None:
    assert device.cobs_decode(wire, len(wire), bytearray(10)) == -1


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (b"a" * 128, "at most 128 bytes, not 129"),
        (b"\x09ab", "not COBS"),
        (b"\x06abcde", "at least 6 bytes, not 5"),
        (b"\x07\x02\x02\x51\x11\xe1\x9c", "CRC-32 is 9ce11151, should be 9de11151"),
    ],
)
def test_host_decode_of_a_bad_frame_says_what_is_wrong(wire: bytes, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        host.decode(wire)


@pytest.mark.parametrize(
    ("given_value", "packed"), [(-1, 0), (65535, 65535), (65536, 65535), (2**40, 65535), (None, messages.NO_LEVEL)]
)
def test_pack_number_out_of_range_is_clamped(given_value: int | None, packed: int) -> None:
    row = messages.message(messages.LOWER_LEVEL)
    assert messages.unpack(row, messages.pack(row, (given_value,))) == (packed,)


def test_pack_signed_number_out_of_range_is_clamped() -> None:
    row = messages.message(messages.OK)
    assert messages.unpack(row, messages.pack(row, (True, -(2**40)))) == (1, -(2**31))


def test_unpack_wrong_length_raises() -> None:
    with pytest.raises(ValueError, match="LOWER_LEVEL: 3 bytes, not 2"):
        messages.unpack(messages.message(messages.LOWER_LEVEL), b"abc")
