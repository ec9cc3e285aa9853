"""Prints the trace matrix of this folder; exit code 1 if anything is wrong with it. See docs/requirements.md."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.requirements import evidence, pages
from tools.requirements.matrix import Matrix, full, lines, problems
from tools.requirements.source import Source, SourceError, read

SOURCE = Path("docs/requirements.toml")
OUT = Path("build/trace")


def main(arguments: Sequence[str] | None = None, root: Path = Path()) -> int:
    """Prints the matrix of what is below `root`. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/hazards.md and docs/requirements.md first")
    parser.add_argument(
        "--whole", action="store_true", help="take the tests from the run of all of them that was just made; print less"
    )
    options = parser.parse_args(arguments)
    try:
        source = read(root / SOURCE)
        tests = _tests(root, options.whole)
    except (SourceError, evidence.CollectionError) as error:
        print(error, file=sys.stderr)
        return 1
    matrix = Matrix(
        source,
        evidence.places(root, evidence.CODE, (".py",)),
        evidence.places(root, evidence.TEXTS, (".py", ".md")),
        tests,
    )
    wrong = problems(matrix) + _pages(source, root, options.write)
    (root / OUT / "matrix.md").write_text(full(matrix), encoding="utf-8")
    if not options.whole:
        _print_matrix(matrix)
    _print_end(matrix, wrong)
    return 1 if wrong else 0


def _tests(root: Path, is_whole: bool) -> list[evidence.Proof]:
    """Every test with its outcome; of the whole run alone, or as collected now with the last run's outcomes."""
    if is_whole:
        return evidence.whole(root / OUT / "whole.json")
    tests = evidence.collected(root.resolve(), root.resolve() / OUT / "collected.json")
    return evidence.with_outcomes(tests, evidence.latest(root / OUT, ("unit", "hil-sim", "whole")))


def _pages(source: Source, root: Path, write: bool) -> list[str]:
    """Compares the pages with the source, or writes them. Returns what is wrong."""
    made = {"docs/hazards.md": pages.hazards_page(source), "docs/requirements.md": pages.requirements_page(source)}
    wrong = []
    for name, text in made.items():
        path = root / name
        if write:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"{name} is not what {SOURCE} says: `make trace WRITE=1`")
    return wrong


def _print_matrix(matrix: Matrix) -> None:
    print("\n".join(lines(matrix)))
    if matrix.without_code:
        print("\nNot named in the code:", ", ".join(one.id for one in matrix.without_code))
    print("\nPlanned, not there yet:" if matrix.planned else "\nNothing is planned.")
    for one in matrix.planned:
        print(f"  {one.id:<11} {one.planned} ({', '.join(one.purposes)})")
    print()


def _print_end(matrix: Matrix, wrong: list[str]) -> None:
    for line in wrong:
        print(f"WRONG: {line}")
    marked = [test for test in matrix.tests if test.requirements]
    print(
        f"trace: {len(matrix.source.hazards)} hazards, {len(matrix.source.requirements)} requirements, "
        f"{len(matrix.planned)} of them planned; {len(marked)} tests are marked, "
        f"{sum(test.outcome == 'passed' for test in marked)} passed in the last run; {len(wrong)} wrong."
    )


if __name__ == "__main__":
    sys.exit(main())
