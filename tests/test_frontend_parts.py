"""The converters of the board, byte by byte as their datasheets have it, and the levels that make the outputs safe."""

import pytest

from board import mcp3204, pins
from board.mcp3204 import MCP3204
from board.mcp4822 import MCP4822
from tests.support.fake_parts import Event, Pin, Spi


def adc(reply: bytes) -> tuple[MCP3204, list[Event]]:
    log: list[Event] = []
    made = MCP3204(Spi(log, reply), Pin("cs", log))
    assert log == [("cs", 1)]
    log.clear()
    return made, log


def dac() -> tuple[MCP4822, list[Event]]:
    log: list[Event] = []
    made = MCP4822(Spi(log), Pin("cs", log))
    assert log == [("cs", 1)]
    log.clear()
    return made, log


# Start bit, single-ended, D2 (nothing), D1, D0; then as many clocks as the answer has bits.
@pytest.mark.parametrize(("channel", "request_bytes"), [(0, "060000"), (1, "064000"), (2, "068000"), (3, "06c000")])
def test_mcp3204_request_is_start_single_ended_and_channel(channel: int, request_bytes: str) -> None:
    part, log = adc(b"\0\0\0")
    assert part.requests[channel] == bytes.fromhex(request_bytes)
    part.transfer(part.requests[channel], part.reply)
    assert log == [("spi", bytes.fromhex(request_bytes))]


def test_mcp3204_channels_are_those_of_the_net_list() -> None:
    assert (mcp3204.CURRENT, mcp3204.VOLTAGE, mcp3204.REFERENCE, mcp3204.GROUND) == (0, 1, 2, 3)


# Bit 15: B; 13: gain 1x; 12: active; then 12 bits. Gain 2x gives 1 mV a code.
@pytest.mark.parametrize(
    ("code", "word"),
    [
        (0, "1000"),
        (1, "1001"),
        (255, "10ff"),
        (256, "1100"),
        (2048, "1800"),
        (4095, "1fff"),
    ],
)
def test_mcp4822_word_of_channel_a_is_gain_two_active_and_code(code: int, word: str) -> None:
    part, log = dac()
    part.write_a(code)
    assert log == [("cs", 0), ("spi", bytes.fromhex(word)), ("cs", 1)]


@pytest.mark.parametrize(("code", "word"), [(0, "9000"), (3000, "9bb8"), (4095, "9fff")])
def test_mcp4822_word_of_channel_b_has_the_top_bit(code: int, word: str) -> None:
    part, log = dac()
    part.write_b(code)
    assert log == [("cs", 0), ("spi", bytes.fromhex(word)), ("cs", 1)]


@pytest.mark.parametrize("code", [-1, 4096, 70000])
def test_mcp4822_refuses_a_code_that_it_does_not_have(code: int) -> None:
    part, log = dac()
    for write in (part.write_a, part.write_b):
        with pytest.raises(ValueError, match=f"DAC code is {code}, must be 0 to 4095"):
            write(code)
    assert log == []


@pytest.mark.requirement("REQ-BRD-1")
def test_safe_levels_open_the_output_first_and_select_no_chip() -> None:
    levels = dict(pins.SAFE_OUTPUTS)
    assert pins.SAFE_OUTPUTS[0] == (pins.K1, 0)
    assert pins.SAFE_OUTPUTS[1] == (pins.HEARTBEAT, 0)
    for low in (pins.K1, pins.K2, pins.HEARTBEAT, pins.RANGE, pins.TRIP, pins.LATCH_RESET, pins.BUZZER, pins.LED):
        assert levels[low] == 0
    assert levels[pins.CS_DAC] == levels[pins.CS_ADC] == 1


def test_pins_are_those_of_the_net_list() -> None:
    net_list = {
        "UART_TX": 0, "UART_RX": 1, "I2C_SDA": 2, "I2C_SCL": 3, "BUZZER": 4, "LED": 5, "BUTTON_UP": 6,
        "BUTTON_DOWN": 7, "BUTTON_MODE": 8, "BUTTON_START": 9, "STOP_SENSE": 10, "LATCH_OK": 11, "LATCH_RESET": 12,
        "HEARTBEAT": 13, "K2": 14, "K1": 15, "SPI_MISO": 16, "CS_DAC": 17, "SPI_SCK": 18, "SPI_MOSI": 19, "CS_ADC": 20,
        "RANGE": 21, "TRIP": 22, "VBUS": 24, "ADC_CURRENT": 26, "ADC_AMPLIFIER": 27, "ADC_RAIL": 28, "ADC_BATTERY": 29,
    }  # fmt: skip
    for name, number in net_list.items():
        assert getattr(pins, name) == number, name
    assert pins.BUTTONS == (6, 7, 8, 9)
