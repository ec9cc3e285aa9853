"""SSD1306 OLED of 128x64 pixels on I2C, sent page by page.

A page is 8 rows. Sending one takes about 3 ms at 400 kHz, which a round of the main loop can afford; sending all
eight at once it could not. The I2C object is handed in.
"""

import framebuf

WIDTH = 128
PAGES = 8

_COMMANDS = 0x00  # control byte: commands follow
_DATA = 0x40  # control byte: pixels follow
_PAGE_START = 0xB0

_SETUP = bytes(
    (
        _COMMANDS,
        0xD5, 0x80,  # clock: the reset value
        0xA8, 0x3F,  # 64 rows
        0xD3, 0x00,  # no vertical offset
        0x40,  # first row is row 0
        0x8D, 0x14,  # charge pump on: the module has no supply of its own for the glass
        0x20, 0x02,  # page addressing
        0xA1,  # column 127 is at the left: the module is mounted with its connector above
        0xC8,  # rows from the last to the first, for the same reason
        0xDA, 0x12,  # rows are wired alternately
        0x81, 0xCF,  # contrast
        0xD9, 0xF1,  # precharge for the built-in pump
        0xDB, 0x40,  # deselect level
        0xA4,  # show the memory, not all pixels
        0xA6,  # a set bit is lit
        0x2E,  # no scrolling
    )
)  # fmt: skip
_ON = bytes((_COMMANDS, 0xAF))


class SSD1306:
    """The display: draw into `framebuf`, then send with `show_page`.

    Constructing it never raises: a display that does not answer leaves `ready` False, and `initialise` tries again.
    """

    def __init__(self, i2c, address=0x3C):
        self._i2c = i2c
        self._address = address
        self.buffer = bytearray(WIDTH * PAGES)
        self.framebuf = framebuf.FrameBuffer(self.buffer, WIDTH, PAGES * 8, framebuf.MONO_VLSB)
        self._pixels = memoryview(self.buffer)
        self._page_command = bytearray((_COMMANDS, _PAGE_START, 0x00, 0x10))  # page; column 0 in two nibbles
        self._page_data = bytearray(1 + WIDTH)
        self._page_data[0] = _DATA
        self._page_pixels = memoryview(self._page_data)[1:]
        self.ready = False
        try:
            self.initialise()
        except OSError:
            pass  # absent or not powered yet: whoever shows pages tries again

    def initialise(self):
        """Sets the display up, which one that is shown already does not show; its memory keeps what it had.

        Raises OSError if it is not there.
        """
        self.ready = False
        self._i2c.writeto(self._address, _SETUP)
        self._i2c.writeto(self._address, _ON)
        self.ready = True

    def show_page(self, page):
        """Sends rows 8 * page to 8 * page + 7 (page 0 to 7). Raises OSError if the display does not answer."""
        start = page * WIDTH
        self._page_command[1] = _PAGE_START | page
        self._page_pixels[:] = self._pixels[start : start + WIDTH]
        self._i2c.writeto(self._address, self._page_command)
        self._i2c.writeto(self._address, self._page_data)
