"""The coverage gate names what is missing in a gated file, and only there."""

from typing import Any

import pytest

from tools.coverage.gated import GATED
from tools.coverage.plugin import gaps, is_gated

WHOLE: dict[str, Any] = {"missing_lines": [], "missing_branches": []}


def every_file() -> dict[str, Any]:
    return {f"firmware/ionto/{name.rstrip('*')}.py": WHOLE for name in GATED}


def test_gate_files_without_gaps_pass_whatever_others_miss() -> None:
    others = {"host_tools/cli.py": {"missing_lines": [3], "missing_branches": []}}
    assert gaps(every_file() | others) == []


def test_gate_line_and_branch_that_no_test_ran_are_named() -> None:
    path = "firmware/ionto/sampler.py"
    files = every_file() | {path: {"missing_lines": [7, 9], "missing_branches": [[6, 7], [8, 12], [20, 0]]}}
    assert gaps(files) == [f"{path}: not run: 7, 9, 8->12, 20->exit"]


def test_gate_file_that_is_gone_or_never_imported_is_named() -> None:
    files = every_file()
    del files["firmware/ionto/sampler.py"]
    assert gaps(files) == ["sampler: no file of this name was run"]


@pytest.mark.parametrize(("path", "gated"), [
    ("firmware/ionto/session_senses.py", True), ("firmware/ionto/store.py", True), ("firmware/ionto/panel.py", False),
    ("host_tools/framing.py", False),
])  # fmt: skip
def test_gate_covers_the_firmware_s_files_by_name(path: str, gated: bool) -> None:
    assert is_gated(path) == gated
