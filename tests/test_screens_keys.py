"""The numbers that stand for a text: equal when the text is, different when it is not."""

import pytest

from ionto.screens_parts import ma_key, ma_text, ohm_key, ohm_text


@pytest.mark.parametrize(
    ("key", "text", "values"),
    [
        (ma_key, ma_text, [*range(0, 3000), *range(9900, 10300), *range(19900, 20100)]),
        (ohm_key, ohm_text, [None, *range(0, 2500), *range(9800, 12500), *range(998000, 1001500, 7)]),
    ],
)
def test_key_differs_exactly_when_the_text_does(key, text, values) -> None:
    seen: dict[int, str] = {}
    texts: dict[str, int] = {}
    for value in values:
        assert seen.setdefault(key(value), text(value)) == text(value)
        assert texts.setdefault(text(value), key(value)) == key(value)
