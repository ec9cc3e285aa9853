"""The device's file system as an image and as a UF2."""

import struct

import pytest
from littlefs import LittleFS, UserContext

from tools import image

FILES = {"main.py": b"print(1)\n", "ionto/app.mpy": bytes(range(256)) * 40, "board/pins.mpy": b"x"}


def mounted(data: bytes) -> LittleFS:
    context = UserContext(buffsize=len(data))
    context.buffer[:] = data
    return LittleFS(context=context, block_size=image.BLOCK_BYTES, block_count=image.BLOCKS, prog_size=256)


def test_image_holds_the_files():
    fs = mounted(image.build_image(FILES))
    for name, content in FILES.items():
        with fs.open(name, "rb") as opened:
            assert opened.read() == content


def test_image_depends_on_nothing_but_the_files():
    turned = dict(reversed(FILES.items()))
    assert image.build_image(FILES) == image.build_image(turned)


def test_image_is_of_disk_version_2_0():
    superblock = image.build_image(FILES)[:64]
    assert superblock[superblock.index(b"littlefs") :][12:16] == struct.pack("<I", image.DISK_VERSION)


def test_image_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        image.build_image({"big.bin": b"\0" * (image.BLOCK_BYTES * image.BLOCKS)})


def test_uf2_writes_the_whole_file_system_and_nothing_else():
    data = image.build_image(FILES)
    uf2 = image.build_uf2(data)
    written = bytearray()
    for at in range(0, len(uf2), 512):
        block = uf2[at : at + 512]
        head = struct.unpack("<8I", block[:32])
        assert head[:3] == (0x0A324655, 0x9E5D5157, 0x2000)
        assert head[3] == 0x10000000 + image.FLASH_OFFSET + len(written)
        assert head[4:] == (256, at // 512, len(data) // 256, 0xE48BFF56)
        assert struct.unpack("<I", block[508:]) == (0x0AB16F30,)
        written += block[32:288]
    assert bytes(written) == data
