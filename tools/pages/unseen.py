"""The table in docs/faults-matrix.md of what no rule sees, from the faults of `hil`."""

from itertools import groupby

from hil.faults.report import unseen

_BEGIN, _END = "<!-- unseen -->\n", "<!-- end of unseen -->\n"


def with_unseen(page: str) -> str:
    """The page with its table made anew. Raises ValueError if its marks are not there."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    if not after:
        raise ValueError("docs/faults-matrix.md has lost the marks around its table")
    rows = [(why, fault.name) for fault, why in unseen()]
    order = {why: at for at, (why, _) in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: order[row[0]])
    lines = ["| What makes it bearable | Fault |\n", "| --- | --- |\n"]
    for why, same in groupby(rows, key=lambda row: row[0]):
        lines.append(f"| {why} | {', '.join(name for _, name in same)} |\n")
    return before + _BEGIN + "".join(lines) + _END + after
