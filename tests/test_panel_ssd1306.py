"""The display's driver: what it puts on the bus."""

import importlib
import sys

import pytest

from tests.snapshots import fake_framebuf


class Bus:
    """Keeps what was written; understands page addressing as the display does."""

    def __init__(self):
        self.written = []
        self.absent = False
        self.memory = bytearray(1024)
        self.page = 0
        self.column = 0

    def writeto(self, address, data):
        if self.absent:
            raise OSError(5, "EIO")
        data = bytes(data)
        self.written.append((address, data))
        if data[0] == 0x00:
            self._commands(data[1:])
        else:
            assert data[0] == 0x40
            start = self.page * 128 + self.column
            assert self.column + len(data) - 1 <= 128
            self.memory[start : start + len(data) - 1] = data[1:]

    def _commands(self, commands):
        if len(commands) == 3 and 0xB0 <= commands[0] <= 0xB7:
            self.page = commands[0] & 7
            self.column = commands[1] | (commands[2] & 15) << 4


@pytest.fixture
def driver(monkeypatch):
    monkeypatch.setitem(sys.modules, "framebuf", fake_framebuf)
    monkeypatch.delitem(sys.modules, "board.ssd1306", raising=False)
    yield importlib.import_module("board.ssd1306")
    sys.modules.pop("board.ssd1306", None)


def test_display_present_is_set_up_and_on_last_and_never_switched_off(driver):
    bus = Bus()
    display = driver.SSD1306(bus)
    assert display.ready
    assert {address for address, _ in bus.written} == {0x3C}
    assert 0xAE not in bus.written[0][1]  # it is set up again while it is looked at
    assert bus.written[-1][1] == b"\x00\xaf"
    commands = bus.written[0][1]
    for needed in (b"\x8d\x14", b"\x20\x02", b"\xa8\x3f", b"\xda\x12"):
        assert needed in commands


@pytest.mark.requirement("REQ-PAN-2")
def test_display_absent_constructs_and_can_be_set_up_later(driver):
    bus = Bus()
    bus.absent = True
    display = driver.SSD1306(bus, 0x3D)
    assert not display.ready
    with pytest.raises(OSError, match="EIO"):
        display.initialise()
    with pytest.raises(OSError, match="EIO"):
        display.show_page(0)
    bus.absent = False
    display.initialise()
    assert display.ready
    assert bus.written[0][0] == 0x3D


def test_show_page_sends_that_page_and_no_other(driver):
    bus = Bus()
    display = driver.SSD1306(bus)
    display.buffer[:] = bytes(index * 7 & 255 for index in range(1024))
    for page in (3, 0, 7):
        bus.written.clear()
        display.show_page(page)
        assert [len(data) for _, data in bus.written] == [4, 129]
        start = page * 128
        assert bus.memory[start : start + 128] == display.buffer[start : start + 128]
    assert bus.memory[128:256] == bytes(128)


def test_drawing_goes_to_the_buffer(driver):
    display = driver.SSD1306(Bus())
    display.framebuf.pixel(5, 9, 1)
    assert display.buffer[128 + 5] == 2
