"""What each mode of a device begins with: read, checked, as a file and back. Writing takes SERVICE."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from host_tools.client import Client
from host_tools.errors import IontoError
from ionto import limits, store_map, store_records

FORMAT = "ionto settings 1"
_HIGHEST_UA = 0xFFFF  # of the field on the link; what a mode allows is far below


class SettingsError(IontoError):
    """Settings that no device may have, or a file that holds none."""


@dataclass(frozen=True)
class ModeSettings:
    """What one mode begins with."""

    mode: limits.Mode
    level_ua: int
    minutes: int
    is_reversing: bool

    def values(self) -> dict[str, Any]:
        """As in a file and in JSON."""
        return {"level_ua": self.level_ua, "minutes": self.minutes, "is_reversing": self.is_reversing}

    def ranges(self) -> dict[str, Any]:
        """What the mode allows."""
        mode = self.mode
        return {
            "level_ua": {"lowest": mode.step_ua, "highest": mode.max_ua, "step": mode.step_ua},
            "minutes": {"lowest": limits.MIN_MINUTES, "highest": mode.max_min},
            "may_reverse": bool(mode.can_reverse),
        }


def mode_of(name: str) -> limits.Mode:
    """The mode of this name, in any case. Raises SettingsError."""
    for mode in limits.MODES:
        if mode.name == name.upper():
            return mode
    raise SettingsError(f"no mode is called {name}; there are " + ", ".join(mode.name for mode in limits.MODES))


def check(settings: ModeSettings) -> None:
    """Raises SettingsError, with the range, for what the mode does not allow."""
    mode = settings.mode
    if not mode.step_ua <= settings.level_ua <= mode.max_ua or settings.level_ua % mode.step_ua:
        raise SettingsError(
            f"{mode.name}: the level is {mode.step_ua / 1000:g} to {mode.max_ua / 1000:g} mA in steps of "
            f"{mode.step_ua / 1000:g}; not {settings.level_ua / 1000:g}"
        )
    if not limits.MIN_MINUTES <= settings.minutes <= mode.max_min:
        raise SettingsError(f"{mode.name}: {limits.MIN_MINUTES} to {mode.max_min} minutes; not {settings.minutes}")
    if settings.is_reversing and not mode.can_reverse:
        raise SettingsError(f"{mode.name} never reverses its polarity")


def level_ua_of(text: str) -> int:
    """A level in mA as whole µA. Raises SettingsError."""
    try:
        level_ua = Decimal(text) * 1000
        if abs(level_ua) <= _HIGHEST_UA and level_ua == level_ua.to_integral_value():
            return int(level_ua)
    except ArithmeticError:
        pass
    raise SettingsError(f"a level is a number of milliamperes with a point, to 0.001, as 0.4; not {text!r}")


def read(client: Client) -> tuple[list[ModeSettings], bool]:
    """The settings of every mode, and whether any were ever kept; if not they are the modes' defaults.

    Raises SettingsError if the memory holds some that cannot be true, and RefusedError during a session.
    """
    info = client.region_info(store_map.SETTINGS)
    if info.verdict < 0:
        return _rows(store_records.default_settings()), False
    if info.verdict > 0:
        raise SettingsError(f"the device's settings are damaged: `ionto faults {info.verdict}`; it uses the defaults")
    payload = client.read_records(store_map.SETTINGS).payloads(info.payload_bytes)[0]
    if payload is None:
        return _rows(store_records.default_settings()), False
    try:
        return _rows(store_records.unpack_settings(payload)), True
    except ValueError as error:
        raise SettingsError(f"the device's settings cannot be true ({error}); it uses the defaults") from error


def write(client: Client, wanted: list[ModeSettings]) -> list[ModeSettings]:
    """Writes those that differ from the device's, compares all, and returns what was written.

    Raises SettingsError before anything is written if one may not be, and RefusedError from the device.
    """
    for one in wanted:
        check(one)
    present, _ = read(client)
    changed = [one for one in wanted if one not in present]
    for one in changed:
        client.service_settings(one.mode.number, one.level_ua, one.minutes, one.is_reversing)
    after, _ = read(client)
    if any(one not in after for one in wanted):
        raise SettingsError("the device does not hold what was written: `ionto doctor`")
    return changed


def dump(rows: list[ModeSettings], board_id: bytes, firmware: str) -> str:
    """The text of a settings file."""
    modes = {row.mode.name: row.values() for row in rows}
    return (
        json.dumps({"format": FORMAT, "board_id": board_id.hex(), "firmware": firmware, "modes": modes}, indent=2)
        + "\n"
    )


def load(path: Path) -> list[ModeSettings]:
    """The settings in a file, each checked. Raises SettingsError that names file and place."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise SettingsError(f"{path} is no settings file of these tools ({FORMAT})")
        rows = [_row(mode_of(str(name)), values) for name, values in dict(content["modes"]).items()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise SettingsError(f"{path} is no whole settings file: {error}") from error
    for row in rows:
        check(row)
    return rows


def _rows(rows: Any) -> list[ModeSettings]:
    return [
        ModeSettings(mode, level_ua, minutes, bool(is_reversing))
        for mode, (level_ua, minutes, is_reversing) in zip(limits.MODES, rows, strict=True)
    ]


def _row(mode: limits.Mode, values: Any) -> ModeSettings:
    level_ua, minutes, is_reversing = values["level_ua"], values["minutes"], values["is_reversing"]
    if type(level_ua) is not int or type(minutes) is not int or type(is_reversing) is not bool:
        raise ValueError(f"{mode.name}: level_ua and minutes are whole numbers, is_reversing is true or false")
    return ModeSettings(mode, level_ua, minutes, is_reversing)
