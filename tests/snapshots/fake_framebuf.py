"""A framebuf for CPython that refuses what the real one clips: every pixel drawn has to be on the display.

It has only the calls that the screens use; its memory is MONO_VLSB like the real one's, so the two can be compared, and
viper code can write to it.
"""

MONO_VLSB = 0


class FrameBuffer:
    def __init__(self, buffer, width, height, format_):
        assert format_ == MONO_VLSB
        assert len(buffer) == width * height // 8
        self.buffer = buffer
        self.width = width
        self.height = height

    def fill(self, color):
        self.fill_rect(0, 0, self.width, self.height, color)

    def pixel(self, x, y, color):
        assert 0 <= x < self.width, f"pixel at ({x}, {y}) is outside"
        assert 0 <= y < self.height, f"pixel at ({x}, {y}) is outside"
        index = (y >> 3) * self.width + x
        if color:
            self.buffer[index] |= 1 << (y & 7)
        else:
            self.buffer[index] &= ~(1 << (y & 7))

    def fill_rect(self, x, y, width, height, color):
        assert width >= 0, "a rectangle of negative width"
        assert height >= 0, "a rectangle of negative height"
        if not width or not height:
            return
        self.pixel(x, y, color)
        self.pixel(x + width - 1, y + height - 1, color)
        for page in range(y >> 3, (y + height - 1 >> 3) + 1):
            rows = range(max(y, page * 8), min(y + height, page * 8 + 8))
            mask = sum(1 << (row & 7) for row in rows)
            for index in range(page * self.width + x, page * self.width + x + width):
                self.buffer[index] = self.buffer[index] | mask if color else self.buffer[index] & ~mask

    def rect(self, x, y, width, height, color):
        self.fill_rect(x, y, width, 1, color)
        self.fill_rect(x, y + height - 1, width, 1, color)
        self.fill_rect(x, y, 1, height, color)
        self.fill_rect(x + width - 1, y, 1, height, color)

    def __len__(self):
        return len(self.buffer)

    def __getitem__(self, index):
        return self.buffer[index]

    def __setitem__(self, index, value):
        self.buffer[index] = value
