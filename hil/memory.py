"""What a board's FRAM holds when a rig is made: written by the firmware's own store, for the board's own spread."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from hil.sim import facts
from hil.sim.fram import SIZE_BYTES
from ionto.calibration import MAX_PERCENT_OFF, MAX_ZERO_RAW, NOMINAL, RangeCalibration
from ionto.store import Store
from ionto.version import VERSION

KINDS = ("calibrated", "blank", "foreign", "cut")
_OTHER_BOARD = b"NOT MINE"
_CUT_BYTES = 60  # of the first calibration that are written


class _Cut(Exception):
    pass


class _Part:
    """The FRAM, as the store sees it; `left` bytes are still written."""

    def __init__(self) -> None:
        self.array = bytearray(SIZE_BYTES)
        self.left = SIZE_BYTES

    def read_into(self, address: int, buffer: bytearray) -> None:
        buffer[:] = self.array[address : address + len(buffer)]

    def write(self, address: int, buffer: bytes) -> None:
        for offset, value in enumerate(buffer):
            if self.left == 0:
                raise _Cut
            self.left -= 1
            self.array[address + offset] = value


def _within(value: float, middle: int, margin: int) -> int:
    return max(middle - margin, min(middle + margin, round(value)))


def _row(body: int, spread: Mapping[str, float]) -> RangeCalibration:
    """What a technician with a perfect meter measures in a range, as far as a calibration may say it."""
    reference = spread["reference_gain"]
    count_b_uv = facts.B_REFERENCE_V / 4096 * 1e6
    gains = {
        "a_na_per_lsb": facts.A_A_PER_LSB[body] * 1e9 * reference / spread["a_gain"],
        "b_na_per_lsb": facts.B_A_PER_LSB * 1e9 / spread["b_gain"],
        "v_uv_per_lsb": facts.A_V_PER_LSB * 1e6 * reference / spread["v_gain"],
        "dac_uv_per_lsb": facts.DAC_V_PER_CODE * facts.AMPLIFIER_GAIN[body] * 1e6 * spread["dac_gain"],
        "amp_uv_per_lsb": count_b_uv * facts.AMPLIFIER_DIVIDER / spread["amplifier_sense_gain"],
        "series_mohm": facts.SERIES_OHM[body] * 1e3 * spread["series_gain"],
    }
    values = {}
    for name, nominal in zip(RangeCalibration._fields, NOMINAL[body], strict=True):
        if name in gains:
            values[name] = _within(gains[name], nominal, nominal * MAX_PERCENT_OFF // 100)
        else:
            zero = _within(spread[name.replace("_raw", "_lsb")], 0, MAX_ZERO_RAW)
            values[name] = zero if name == "v_zero_raw" else max(0, zero)
    return RangeCalibration(**values)


def calibration_for(spread: Mapping[str, float]) -> tuple[RangeCalibration, ...]:
    """The calibration of a board with these factors and offsets, one row a range."""
    return tuple(_row(body, spread) for body in range(len(NOMINAL)))


def memory_content(kind: str | bytes, spread: Mapping[str, float], board_id: bytes) -> bytes:
    """The FRAM of a board, without the zeros at its end. Raises ValueError for a kind that is none of KINDS."""
    if isinstance(kind, bytes):
        return kind
    if kind not in KINDS:
        raise ValueError(f"no memory {kind!r}; there are {', '.join(KINDS)}")
    part = _Part()
    if kind != "blank":
        store = Store(part, _OTHER_BOARD if kind == "foreign" else board_id, VERSION)
        store.open()
        if kind == "cut":
            part.left = _CUT_BYTES
        with contextlib.suppress(_Cut):
            store.save(calibration_for(spread))
    return bytes(part.array).rstrip(b"\0")
