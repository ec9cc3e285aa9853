"""The panel's letters: what is outside the display is left out, and every letter has pixels."""

import pytest

from ionto import font, font_digits
from tests.snapshots.fake_framebuf import FrameBuffer

pytestmark = pytest.mark.requirement("REQ-PAN-1")


def drawn(string: str, x: int, y: int, color: int = 1, bold: bool = False) -> bytes:
    """The display's bytes, light on dark or dark on light."""
    buffer = bytearray((b"\0" if color else b"\xff") * 1024)
    font.text(FrameBuffer(buffer, 128, 64, 0), string, x, y, color, bold)
    return bytes(buffer)


@pytest.mark.parametrize("letter", ["€", "\n", "\x7f", "ß"])
def test_letter_that_the_font_lacks_is_a_question_mark(letter: str) -> None:
    assert drawn(f"a{letter}b", 3, 8) == drawn("a?b", 3, 8)
    assert font.text_width(letter) == font.text_width("?")


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("string", ["mΩ·w", "▲▼", "Ag"])
def test_dark_letters_are_the_same_pixels_as_light_ones(string: str, bold: bool) -> None:
    light = drawn(string, 5, 13, 1, bold)
    assert any(light)
    assert bytes(~byte & 255 for byte in light) == drawn(string, 5, 13, 0, bold)


@pytest.mark.parametrize("bold", [False, True])
def test_width_is_up_to_the_last_column(bold: bool) -> None:
    string = "mwΩ. ABC"
    pixels = drawn(string, 0, 0, 1, bold)
    lit = [x for x in range(128) if any(pixels[x::128])]
    assert lit[-1] + 1 == font.text_width(string, bold)
    assert font.text_width("", bold) == 0


@pytest.mark.parametrize("x", [-500, -9, 120, 127, 128, 400])
def test_what_is_left_or_right_of_the_display_is_left_out(x: int) -> None:
    whole = drawn("WMWMW", 40, 20)
    found = drawn("WMWMW", x, 20)
    for page in range(8):
        row = found[page * 128 : page * 128 + 128]
        for column in range(128):
            there = column - x + 40
            assert row[column] == (whole[page * 128 + there] if 0 <= there < 128 else 0)


def test_what_is_below_the_display_is_left_out() -> None:
    below = drawn("Agj", 10, 60)
    assert not any(below[: 7 * 128])
    assert any(below[7 * 128 :])
    assert not any(drawn("Agj", 10, 64))


def test_figure_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="x"):
        font_digits.number(FrameBuffer(bytearray(1024), 128, 64, 0), "1x", 0, 0, font_digits.BIG)
