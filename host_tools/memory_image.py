"""A device's whole memory as it stands, whoever has written it, kept in a file: 32 KiB. [REQ-MEM-8]"""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from host_tools.client import Client
from host_tools.recording_info import RecordingError
from ionto.messages_service import RAW_BYTES
from ionto.store_map import SIZE_BYTES

Progress = Callable[[str, int, int], None]
"""Called with a name, how many bytes are read, and how many there are."""


def read_image(
    client: Client, *, progress: Progress = lambda *_: None, stopped: Callable[[], bool] = lambda: False
) -> bytes | None:
    """The memory from its first byte to its last; None if `stopped` said so. Changes nothing on the device."""
    image = bytearray()
    with closing(client.read_raw(range(0, SIZE_BYTES, RAW_BYTES))) as pieces:
        for piece in pieces:
            if stopped():
                return None
            image += piece
            progress("memory", len(image), SIZE_BYTES)
    return bytes(image)


def image_name(board_id: bytes, now: datetime) -> Path:
    """What a file of it is called if nobody says."""
    return Path(f"memory-{board_id.hex()}-{now:%Y%m%d-%H%M%S}.bin")


def save_image(path: Path, image: bytes, *, force: bool = False) -> None:
    """Writes it, whole or not at all.

    Raises RecordingError if it cannot, if the file is there already, or if that is not the whole memory.
    """
    if len(image) != SIZE_BYTES:
        raise RecordingError(f"{path} is not written: {len(image)} bytes were read, the memory has {SIZE_BYTES}")
    check_free(path, force=force)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(image)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot write {path}: {error.strerror or error}") from error


def check_free(path: Path, *, force: bool) -> None:
    """Raises RecordingError if the file is there already and is not to be replaced."""
    if path.exists() and not force:
        raise RecordingError(f"{path} exists already; --force replaces it")
