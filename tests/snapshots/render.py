"""Draws every scene with MicroPython's own framebuf and prints its name and its 1,024 bytes in hex, one a line."""

import binascii

import framebuf
from scenes import SCENES, view_of

from ionto import screens

buffer = bytearray(1024)
fb = framebuf.FrameBuffer(buffer, 128, 64, framebuf.MONO_VLSB)

for scene in SCENES:
    screens.draw(fb, view_of(scene))
    print(scene[0], binascii.hexlify(buffer).decode())
