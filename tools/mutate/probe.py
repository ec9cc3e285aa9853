"""Marks which lines of a module a test has run, and exchanges the code of a function while it is loaded."""

import ast
import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

FIRMWARE = Path(__file__).parents[2] / "firmware"
_SEEN = "_seen_lines"


class _Marks(ast.NodeTransformer):
    """A store into a bytearray before every statement of a function."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        start = 1 if ast.get_docstring(node, clean=False) is not None else 0
        node.body[start:] = self._marked(node.body[start:])
        return node

    def _marked(self, body: list[ast.stmt]) -> list[ast.stmt]:
        marked: list[ast.stmt] = []
        for node in body:
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(node, field, None)
                if inner:
                    setattr(node, field, self._marked(inner))
            for handler in getattr(node, "handlers", ()):
                handler.body = self._marked(handler.body)
            if not isinstance(node, ast.Global | ast.Nonlocal):
                mark = ast.parse(f"{_SEEN}[{node.lineno}] = 1").body
                marked += [ast.copy_location(one, node) for one in mark]
            marked.append(node)
        return marked


class Source(Loader, MetaPathFinder):
    """Imports modules of `ionto`: those of `marked` with marks, those of `changed` from the tree that is given."""

    def __init__(self, marked: tuple[str, ...] = (), changed: dict[str, ast.Module] | None = None) -> None:
        self._marked = marked
        self._changed = changed or {}
        self.seen: dict[str, bytearray] = {}

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        name = fullname.removeprefix("ionto.")
        if name == fullname or (name not in self._marked and name not in self._changed):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec:
            spec.loader = self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002 (named by Python)
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.removeprefix("ionto.")
        path = FIRMWARE / "ionto" / f"{name}.py"
        tree = self._changed.get(name) or ast.parse(path.read_text(encoding="utf-8"))
        if name in self._marked:
            self.seen[name] = bytearray(len(path.read_text(encoding="utf-8").splitlines()) + 2)
            setattr(module, _SEEN, self.seen[name])
            tree = ast.fix_missing_locations(_Marks().visit(tree))
        exec(compile(tree, str(path), "exec"), module.__dict__)


def exchange(module: str, owner: str, tree: ast.Module) -> None:
    """Gives the function `owner` ("Class.method" or "function") of a loaded module the code that it has in `tree`.

    Raises LookupError if it cannot be exchanged while loaded.
    """
    loaded = importlib.import_module(f"ionto.{module}")
    found: Any = loaded
    for name in owner.split("."):
        found = vars(found)[name]
    for attribute in ("__func__", "fget", "__wrapped__"):
        found = getattr(found, attribute, found)
    code = _code(compile(tree, loaded.__file__ or module, "exec"), owner.split("."))
    if not isinstance(found, FunctionType) or len(found.__code__.co_freevars) != len(code.co_freevars):
        raise LookupError(owner)
    found.__code__ = code


def _code(code: CodeType, names: list[str]) -> CodeType:
    for name in names:
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
    return code


def forget_firmware() -> None:
    """Lets the next import load the firmware and the tests anew."""
    for name in list(sys.modules):
        if name.split(".")[0] in ("ionto", "tests", "board", "hil"):
            del sys.modules[name]
