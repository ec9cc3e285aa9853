"""Programs that run beside the firmware where a fault needs a handle on its variables or statements.

The firmware's files stay as they are. `variables` says where the app is. `statements` runs a copy of the main loop in
which a call stands before every statement, so that one that is chosen at random can fail.
"""

from __future__ import annotations

import ast
import functools
import shutil
import tempfile
from pathlib import Path

from hil.process import ROOT

_FIRMWARE = ROOT / "firmware"
_HANDLE = """
import builtins
import sys

from hil.sim.chip_defects import at_statement
from hil.sim.kernel import kernel

def here():
    at_statement(kernel)

builtins._here = here
if {folder!r} and {folder!r} not in sys.path:
    sys.path.insert(0, {folder!r})

import boot
from ionto.app import App

start = App.start

def noted(self):
    kernel.app = self
    start(self)

App.start = noted
import main
"""
# Nothing of these runs in the main loop, or it runs in the tick.
_LEFT_OUT = ("sampler.py", "regulator.py", "raw_limits.py", "font_digits.py", "font_letters.py", "manifest.py")


class _Marker(ast.NodeTransformer):
    """Puts `_here()` before every statement of every function that is not compiled to machine code."""

    def __init__(self) -> None:
        self.count = 0
        self._depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if any("viper" in ast.unparse(one) or "native" in ast.unparse(one) for one in node.decorator_list):
            return node
        self._depth += 1
        self.generic_visit(node)
        node.body = self._marked(node.body)
        self._depth -= 1
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if self._depth and isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.With):
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(node, name, None)
                if inner:
                    setattr(node, name, self._marked(inner))
        return node

    def _marked(self, body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for index, one in enumerate(body):
            is_text = index == 0 and isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
            if not is_text:
                made.append(ast.parse("_here()").body[0])
                self.count += 1
            made.append(one)
        return made


@functools.cache
def _folder() -> tuple[tempfile.TemporaryDirectory[str], int]:
    """A copy of the controller with marks, and how many there are. It lives as long as this process."""
    folder = tempfile.TemporaryDirectory(prefix="ionto-statements-")
    package = Path(folder.name) / "ionto"
    shutil.copytree(_FIRMWARE / "ionto", package, ignore=shutil.ignore_patterns("__pycache__"))
    marker = _Marker()
    for path in sorted(package.glob("*.py")):
        if path.name not in _LEFT_OUT:
            tree = marker.visit(ast.parse(path.read_text()))
            path.write_text(ast.unparse(ast.fix_missing_locations(tree)) + "\n")
    return folder, marker.count


def statements() -> int:
    """How many statements of the main loop have a mark."""
    return _folder()[1]


@functools.cache
def program(kind: str) -> Path | None:
    """The program file of this kind; None for the firmware alone."""
    if not kind:
        return None
    folder = _folder()[0].name if kind == "statements" else ""
    path = Path(_folder()[0].name) / f"{kind}.py"
    path.write_text(_HANDLE.format(folder=folder))
    return path
