"""What was measured so far, in a file of its own: an interruption costs one point. [REQ-CAL-7]"""

import json
import math
import os
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from host_tools.calibration_errors import CalibrationFileError, CalibrationRefused
from host_tools.calibration_fit import Check, Point

Row = TypeVar("Row", Point, Check)


class Session(Generic[Row]):
    """The points measured so far, rows of `row`. `key` says whose they are: board, and what for."""

    def __init__(self, path: Path, key: str, row: type[Row]) -> None:
        self.path = path
        self.key = key
        self.points: dict[str, list[Row]] = {}  # by step
        self._row = row

    def load(self) -> bool:
        """Takes up what the file has of the same key. Returns whether there was any.

        Raises CalibrationRefused if it is damaged, CalibrationFileError if it cannot be read.
        """
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            if found["key"] == self.key:
                self.points = {name: [self._row_of(one) for one in some] for name, some in found["points"].items()}
        except FileNotFoundError:
            pass
        except OSError as error:
            raise CalibrationFileError(f"{self.path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CalibrationRefused(f"{self.path} is damaged: remove it to begin anew") from error
        return any(self.points.values())

    def _row_of(self, values: dict[str, Any]) -> Row:
        row = self._row(**values)
        for field in fields(row):
            value = getattr(row, field.name)
            is_right = isinstance(value, str) if field.name == "kind" else _is_number(value)
            if not is_right:
                raise ValueError(field.name)
        return row

    def save(self) -> None:
        """Writes the file, whole or not at all. Raises CalibrationFileError; what stood there then still does."""
        rows = {name: [asdict(one) for one in some] for name, some in self.points.items()}
        part = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                json.dump({"key": self.key, "points": rows}, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise CalibrationFileError(
                f"{self.path} cannot be written ({error.strerror}): make room, or name another folder with --out; "
                "what it holds can be taken up again"
            ) from error

    def undo(self, step: str) -> None:
        """Forgets the points of a step."""
        self.points.pop(step, None)
        self.save()

    def remove(self) -> None:
        """Forgets all of it: it has become a certificate."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def all(self) -> list[Row]:
        """Every point."""
        return [point for some in self.points.values() for point in some]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
