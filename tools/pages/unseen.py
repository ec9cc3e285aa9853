"""The tables in docs/faults-matrix.md of what no rule sees and of what is borne, from the faults of `hil`."""

from collections.abc import Sequence
from itertools import groupby

from hil.faults.model import Fault
from hil.faults.report import borne, unseen


def with_unseen(page: str) -> str:
    """The page with its tables made anew. Raises ValueError if their marks are not there."""
    return _with(_with(page, "unseen", unseen()), "borne", borne())


def _with(page: str, name: str, found: Sequence[tuple[Fault, str]]) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    if not after:
        raise ValueError(f"docs/faults-matrix.md has lost the marks around its table {name!r}")
    rows = [(why, fault.name) for fault, why in found]
    order = {why: at for at, (why, _) in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: order[row[0]])
    lines = ["| What makes it bearable | Fault |\n", "| --- | --- |\n"]
    for why, same in groupby(rows, key=lambda row: row[0]):
        lines.append(f"| {why} | {', '.join(name for _, name in same)} |\n")
    return before + begin + "".join(lines) + end + after
