"""SSD1306, 128×64, on I2C: commands, addressing, the 1,024 bytes that it displays (datasheet rev 1.1, section 10)."""

_ARGUMENTS = {
    0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x81: 1, 0xA3: 2, 0xA8: 1, 0xD3: 1, 0xD5: 1,
    0xD9: 1, 0xDA: 1, 0xDB: 1, 0x8D: 1,
}  # fmt: skip


class SSD1306:
    """What the controller's registers and its display memory hold."""

    def __init__(self):
        self.ram = bytearray(1024)
        self.answers = 1  # defects: it acknowledges its address; it takes nothing any more
        self.frozen = 0
        self.power_off()

    def power_off(self):
        self.on = False
        self.inverted = False
        self.all_on = False
        self.charge_pump = False
        self.contrast = 0x7F
        self.mode = 2
        self.columns = (0, 127)
        self.pages = (0, 7)
        self.column = 0
        self.page = 0
        self.start_line = 0
        self.flipped_columns = False
        self.flipped_rows = False
        self.command = None
        self.arguments = []

    def write(self, data):
        """One I2C write, after the address: control bytes and what they announce."""
        if self.frozen:
            return
        i = 0
        while i < len(data):
            control = data[i]
            if control & 0x3F:
                raise ValueError("SSD1306: control byte 0x%02x" % control)
            count = 1 if control & 0x80 else len(data) - i - 1
            part = data[i + 1 : i + 1 + count]
            if control & 0x40:
                self.data(part)
            else:
                for value in part:
                    self.one(value)
            i += 1 + count

    def one(self, value):
        """One command byte, or an argument of the one before."""
        if self.command is None:
            if _ARGUMENTS.get(value, 0):
                self.command = value
                self.arguments = []
            else:
                self.simple(value)
            return
        self.arguments.append(value)
        if len(self.arguments) == _ARGUMENTS[self.command]:
            command, self.command = self.command, None
            self.with_arguments(command, self.arguments)

    def simple(self, value):
        if value < 0x10:
            self.column = (self.column & 0xF0) | value
        elif value < 0x20:
            self.column = (self.column & 0x0F) | ((value & 7) << 4)
        elif 0x40 <= value < 0x80:
            self.start_line = value & 63
        elif value & 0xF8 == 0xB0:
            self.page = value & 7
        elif value & 0xFE == 0xA0:
            self.flipped_columns = bool(value & 1)
        elif value in (0xC0, 0xC8):
            self.flipped_rows = value == 0xC8
        elif value & 0xFE == 0xA4:
            self.all_on = bool(value & 1)
        elif value & 0xFE == 0xA6:
            self.inverted = bool(value & 1)
        elif value & 0xFE == 0xAE:
            self.on = bool(value & 1)
        elif value not in (0x2E, 0x2F, 0xE3):
            raise ValueError("SSD1306: command 0x%02x" % value)

    def with_arguments(self, command, values):
        if command == 0x20:
            self.mode = values[0] & 3
        elif command == 0x21:
            self.columns = (values[0] & 127, values[1] & 127)
            self.column = self.columns[0]
        elif command == 0x22:
            self.pages = (values[0] & 7, values[1] & 7)
            self.page = self.pages[0]
        elif command == 0x81:
            self.contrast = values[0]
        elif command == 0x8D:
            self.charge_pump = bool(values[0] & 4)

    def data(self, part):
        """Display bytes, each 8 rows of a column."""
        room = (self.columns[1] if self.mode != 2 else 127) - self.column + 1
        if self.mode != 1 and len(part) <= room:
            start = self.page * 128 + self.column
            self.ram[start : start + len(part)] = part
            self.column += len(part) - 1
            if part:
                self.forward()
            return
        for value in part:
            self.ram[self.page * 128 + self.column] = value
            self.forward()

    def forward(self):
        """The address moves on after a byte."""
        if self.mode == 2:
            self.column = (self.column + 1) & 127
        elif self.mode == 0:
            self.column += 1
            if self.column > self.columns[1]:
                self.column = self.columns[0]
                self.page = self.page + 1 if self.page != self.pages[1] else self.pages[0]
        else:
            self.page += 1
            if self.page > self.pages[1]:
                self.page = self.pages[0]
                self.column = self.column + 1 if self.column != self.columns[1] else self.columns[0]

    def state(self):
        """Registers that change what is seen."""
        return {
            "on": self.on and self.charge_pump,
            "inverted": self.inverted,
            "all_on": self.all_on,
            "contrast": self.contrast,
            "start_line": self.start_line,
            "flipped": [self.flipped_columns, self.flipped_rows],
        }
