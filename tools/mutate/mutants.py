"""Small changes of a module, made in its syntax tree: each of them is a defect that some test must see.

Comparisons move by one (`<` to `<=`) or turn, arithmetic and bits change their operator, `and` becomes `or`, `not` goes
away, numbers grow by one (large ones by 1/64), assignments and calls are left out, a returned value becomes None, loops
end early. Texts, docstrings and the names in annotations stay as they are.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

_COMPARE: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATOR: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}  # fmt: skip
_Change = Callable[[], None]
_Found = tuple[ast.stmt | ast.expr, str, str, _Change]
UNCHANGED = -1


class Mutant(NamedTuple):
    """One change. `owner` is the function whose code it changes, or "" if it takes effect when the module is imported.

    `key` names it as long as its line stays as it is, wherever in the function that is.
    """

    module: str
    at: int
    line: int
    owner: str
    key: str


def of(module: str, source: str) -> list[Mutant]:
    """Every mutant of a module, always in the same order."""
    texts = source.splitlines()
    seen: dict[str, int] = {}
    found = []
    for index, (node, owner, what, _) in enumerate(_changes(ast.parse(source))):
        key = f"{module}:{owner}: {texts[node.lineno - 1].strip()}: {what}"
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            key += f" #{seen[key]}"
        found.append(Mutant(module, index, node.lineno, owner, key))
    return found


def tree(source: str, wanted: int) -> ast.Module:
    """The module's syntax tree with that change, none for UNCHANGED. Lines keep their numbers."""
    root = ast.parse(source)
    for at, (_, _, _, change) in enumerate(_changes(root)):
        if at == wanted:
            change()
            break
    return ast.fix_missing_locations(root)


def _changes(root: ast.Module) -> Iterator[_Found]:
    """(node, owner, what it is, how it is made), outermost first. The caller may make one of them."""
    yield from _of_body(root.body, "", is_inside=False)


def _of_body(body: list[ast.stmt], owner: str, is_inside: bool) -> Iterator[_Found]:
    for at, node in enumerate(body):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal | ast.Pass):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.FunctionDef):
            inner = owner if is_inside else f"{owner}.{node.name}".lstrip(".")
            for default in node.args.defaults:
                yield from _of_expression(default, owner if is_inside else "")
            yield from _of_body(node.body, inner, is_inside=True)
            continue
        if isinstance(node, ast.ClassDef):
            yield from _of_body(node.body, f"{owner}.{node.name}".lstrip("."), is_inside=False)
            continue
        place = owner if is_inside else ""
        if is_inside:
            yield from _of_statement(body, at, node, place)
        for field, value in ast.iter_fields(node):
            if field in ("body", "orelse", "finalbody") and isinstance(value, list):
                yield from _of_body(value, owner, is_inside)
            elif field == "handlers":
                for handler in value:
                    yield from _of_body(handler.body, owner, is_inside)
            elif field in ("annotation", "target", "targets"):
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, ast.Subscript):
                        yield from _of_expression(part.slice, place)
            else:
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, ast.AST):
                        yield from _of_expression(part, place)


def _of_statement(body: list[ast.stmt], at: int, node: ast.stmt, owner: str) -> Iterator[_Found]:
    def replace(new: ast.stmt) -> _Change:
        return lambda: body.__setitem__(at, ast.copy_location(new, node))

    is_store = isinstance(node, ast.Assign) and any(isinstance(t, ast.Attribute | ast.Subscript) for t in node.targets)
    if is_store or isinstance(node, ast.AugAssign | ast.Expr | ast.Raise):
        yield node, owner, "left out", replace(ast.Pass())
    if isinstance(node, ast.AugAssign) and type(node.op) in _OPERATOR:
        new = copy.deepcopy(node)
        new.op = _OPERATOR[type(node.op)]()
        yield node, owner, f"{_name(node.op)} to {_name(new.op)}", replace(new)
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield node, owner, "returns nothing", replace(ast.Return(ast.Constant(_nothing(node.value))))
    if isinstance(node, ast.Break):
        yield node, owner, "continue", replace(ast.Continue())
    if isinstance(node, ast.Continue):
        yield node, owner, "break", replace(ast.Break())
    if isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Constant):
        yield node, owner, "never", lambda: setattr(node, "test", ast.Constant(False))
        if isinstance(node, ast.If):
            yield node, owner, "always", lambda: setattr(node, "test", ast.Constant(True))


def _of_expression(root: ast.AST, owner: str) -> Iterator[_Found]:
    for node in ast.walk(root):
        if isinstance(node, ast.Compare):
            for at, operator in enumerate(node.ops):
                new = _COMPARE[type(operator)]()
                yield node, owner, f"{_name(operator)} to {_name(new)}", _setter(node.ops, at, new)
        elif (
            isinstance(node, ast.BinOp)
            and type(node.op) in _OPERATOR
            and not isinstance(node.left, ast.Constant | ast.JoinedStr)
        ):
            new = _OPERATOR[type(node.op)]()
            yield node, owner, f"{_name(node.op)} to {_name(new)}", _attribute(node, "op", new)
        elif isinstance(node, ast.BoolOp):
            new = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
            yield node, owner, f"{_name(node.op)} to {_name(new)}", _attribute(node, "op", new)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, owner, "no not", _attribute(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield node, owner, f"{node.value} to {not node.value}", _attribute(node, "value", not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            more = node.value + max(1, node.value // 64)  # of a large factor one more is lost in rounding
            yield node, owner, f"{node.value} to {more}", _attribute(node, "value", more)


def _setter(values: list, at: int, new: object) -> _Change:
    return lambda: values.__setitem__(at, new)


def _attribute(node: ast.AST, name: str, new: object) -> _Change:
    return lambda: setattr(node, name, new)


def _name(node: ast.AST) -> str:
    return type(node).__name__


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, 0, False)


def _nothing(node: ast.expr) -> int | None:
    """What takes a returned value's place: viper code must return a number."""
    return 0 if isinstance(node, ast.Constant | ast.Name | ast.BinOp) else None
