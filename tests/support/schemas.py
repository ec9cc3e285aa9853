"""What `--json` prints, held against docs/schemas."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tools.pages.schemas import name_for

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


@cache
def validator(name: str) -> Any:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def validate_output(arguments: list[str], text: str) -> None:
    """Raises ValidationError, or AssertionError if no schema is meant for this command."""
    name = name_for(arguments)
    assert name is not None, arguments
    validator(name).validate(json.loads(text))
