"""What a recording says about itself: the device, its tables, where its calibration comes from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from host_tools import describe
from host_tools.errors import IontoError
from host_tools.records import Identity

LAYOUT = 1
"""Version of the files' layout; a reader refuses a newer one."""

_PREFIX = "ionto."


class RecordingError(IontoError):
    """A recording that cannot be written, read or replaced; says which path and why."""


@dataclass(frozen=True)
class RecordingInfo:
    """Where a recording comes from. `None` is "not known"."""

    started_utc: str | None = None
    firmware_version: str | None = None
    board_id: str | None = None
    message_table_hash: str | None = None
    calibration: str | None = None
    rate_hz: int | None = None
    mode: str | None = None

    def texts(self) -> dict[str, str]:
        """What is known, as texts with prefixed names, for the metadata of a Parquet file."""
        known = {_PREFIX + name: str(value) for name, value in asdict(self).items() if value is not None}
        return {_PREFIX + "layout": str(LAYOUT), **known}

    @property
    def device_text(self) -> str:
        """Firmware and board in a few words, as far as they are known."""
        parts = [
            f"firmware {self.firmware_version}" if self.firmware_version else "",
            f"board {self.board_id}" if self.board_id else "",
        ]
        return ", ".join(part for part in parts if part)


def info_of(
    identity: Identity, *, started_utc: str | None = None, rate_hz: int | None = None, mode: str | None = None
) -> RecordingInfo:
    """The RecordingInfo of a device that said who it is."""
    return RecordingInfo(
        started_utc=started_utc,
        firmware_version=f"{identity.major}.{identity.minor}.{identity.patch}",
        board_id=identity.board_id.hex(),
        message_table_hash=f"{identity.table_hash:08x}",
        calibration=describe.calibration_name(identity.calibration),
        rate_hz=rate_hz,
        mode=mode,
    )


def info_from(values: Mapping[str, object]) -> RecordingInfo:
    """The RecordingInfo in a mapping of names (with or without prefix) to values; other names are ignored.

    Raises RecordingError if the recording's layout is newer than this reader.
    """
    plain = {name.removeprefix(_PREFIX): value for name, value in values.items()}
    layout = int(str(plain.get("layout", LAYOUT)))
    if layout > LAYOUT:
        raise RecordingError(f"the recording has layout {layout}; these tools read up to {LAYOUT}: update them")
    names = {field.name for field in fields(RecordingInfo)} - {"rate_hz"}
    texts = {name: str(plain[name]) for name in names if plain.get(name) is not None}
    rate = plain.get("rate_hz")
    return RecordingInfo(**texts, rate_hz=None if rate is None else int(str(rate)))
