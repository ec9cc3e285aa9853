"""Reads docs/requirements.toml: missions, hazards, requirements."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from tools.requirements.numbers import filled

SHAPES = {"mission": r"MIS-\d+", "hazard": r"HAZ-\d+", "requirement": r"REQ-[A-Z]{3}-\d+"}


class SourceError(Exception):
    """The file does not say what it must; the text names the entry."""


@dataclass(frozen=True)
class Mission:
    """One thing that the device is for."""

    id: str
    text: str


@dataclass(frozen=True)
class Hazard:
    """A hazard: what leads to it, the situation, the harm; what the board does about it; what is left."""

    id: str
    name: str
    events: str
    situation: str
    harm: str
    board: str = ""
    left: str = ""


@dataclass(frozen=True)
class Requirement:
    """A requirement, the ids of what it is for, and why it is not there yet ("" if it is)."""

    id: str
    text: str
    purposes: tuple[str, ...]
    planned: str = ""


_Entry = TypeVar("_Entry", Mission, Hazard, Requirement)


@dataclass(frozen=True)
class Source:
    """All of it, in the order of the file."""

    missions: tuple[Mission, ...]
    hazards: tuple[Hazard, ...]
    requirements: tuple[Requirement, ...]

    def for_purpose(self, purpose: str) -> list[Requirement]:
        """The requirements that are for this hazard or mission."""
        return [one for one in self.requirements if purpose in one.purposes]


def read(path: Path) -> Source:
    """Raises SourceError, also for a file that is not there or no TOML."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: {error}") from error
    if tables.keys() != SHAPES.keys():
        raise SourceError(f"{path} must have {', '.join(SHAPES)} and nothing else, not {', '.join(tables)}")
    for row in tables["requirement"]:
        if isinstance(row, dict):
            row["purposes"] = row.pop("for", None)
    source = Source(
        tuple(_entries(tables, "mission", Mission)),
        tuple(_entries(tables, "hazard", Hazard)),
        tuple(_entries(tables, "requirement", Requirement)),
    )
    _check_ids(source)
    return source


def _entries(tables: dict[str, Any], kind: str, make: type[_Entry]) -> Iterator[_Entry]:
    for row in tables[kind]:
        if not isinstance(row, dict) or not re.fullmatch(SHAPES[kind], str(row.get("id"))):
            raise SourceError(f"a {kind} whose id is not like {SHAPES[kind]}: {row}")
        name = row["id"]
        unknown = row.keys() - {field.name for field in fields(make)}
        if unknown:
            raise SourceError(f"{name}: nobody reads {', '.join(sorted(unknown))}")
        values: dict[str, Any] = {key: _value(name, key, value) for key, value in row.items()}
        try:
            yield make(**values)
        except TypeError as error:
            raise SourceError(f"{name}: {error}") from error


def _value(name: str, key: str, value: Any) -> str | tuple[str, ...]:
    if key == "purposes":
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise SourceError(f"{name}: `for` is a list of hazards and missions, not {value!r}")
        return tuple(value)
    if not isinstance(value, str) or not value.strip():
        raise SourceError(f"{name}: {key} is empty")
    try:
        return filled(" ".join(value.split()))
    except ValueError as error:
        raise SourceError(f"{name}: {error}") from error


def _check_ids(source: Source) -> None:
    every = [one.id for one in (*source.missions, *source.hazards, *source.requirements)]
    twice = sorted({one for one in every if every.count(one) > 1})
    if twice:
        raise SourceError(f"{', '.join(twice)} stands there twice")
    purposes = {one.id for one in (*source.missions, *source.hazards)}
    for requirement in source.requirements:
        for purpose in requirement.purposes:
            if purpose not in purposes:
                raise SourceError(f"{requirement.id} is for {purpose}, which is no hazard and no mission")
