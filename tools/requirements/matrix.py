"""The trace matrix: hazards, requirements, code and tests side by side, and what is wrong with it."""

from collections import Counter
from dataclasses import dataclass

from tools.requirements.evidence import Proof
from tools.requirements.source import Hazard, Requirement, Source


@dataclass(frozen=True)
class Matrix:
    """The source with its evidence: places in the code and in all texts by id, and every test that was collected."""

    source: Source
    code: dict[str, list[str]]
    texts: dict[str, list[str]]
    tests: list[Proof]

    def tests_of(self, requirement: Requirement) -> list[Proof]:
        """The tests that are marked with it."""
        return [test for test in self.tests if requirement.id in test.requirements]

    @property
    def planned(self) -> list[Requirement]:
        """What is not there yet."""
        return [one for one in self.source.requirements if one.planned]

    @property
    def without_code(self) -> list[Requirement]:
        """What is tested and named nowhere in the code."""
        return [one for one in self.source.requirements if not one.planned and not self.code.get(one.id)]


def problems(matrix: Matrix) -> list[str]:
    """Everything that `make trace` fails for, a line each."""
    found = [*_unknown(matrix), *_requirements(matrix), *_hazards(matrix.source)]
    for test in matrix.tests:
        if not test.requirements:
            if test.outcome == "skipped" and "::" not in test.name:
                found.append(f"{test.name} is skipped as a whole; nobody sees what it is to prove")
            continue
        proves = ", ".join(test.requirements)
        if test.outcome in ("skipped", "failed"):
            found.append(f"{test.name} is {test.outcome}; it is to prove {proves}")
    return found


def _unknown(matrix: Matrix) -> list[str]:
    known = {one.id for one in matrix.source.requirements}
    named = {one: where[0] for one, where in matrix.texts.items()}
    for test in matrix.tests:
        named.update(dict.fromkeys(test.requirements, test.name))
    return [f"{one} in {named[one]} is no requirement" for one in sorted(named.keys() - known)]


def _requirements(matrix: Matrix) -> list[str]:
    found = []
    for one in matrix.source.requirements:
        tests = matrix.tests_of(one)
        if one.planned and tests:
            found.append(f"{one.id} is planned and has a test ({tests[0].name}): take `planned` away")
        elif not one.planned and not tests:
            found.append(f"{one.id} has no test")
    return found


def _hazards(source: Source) -> list[str]:
    """A hazard needs a control that is there; what is only planned controls nothing."""
    found = []
    for purpose in (*source.hazards, *source.missions):
        controls = source.for_purpose(purpose.id)
        if not controls:
            found.append(f"{purpose.id} has no requirement")
        elif all(one.planned for one in controls):
            found.append(f"{purpose.id} has planned requirements only")
    return found


def state_of(matrix: Matrix, requirement: Requirement) -> str:
    """`planned`, `no test`, or how many tests there are and how they ended."""
    if requirement.planned:
        return "planned"
    tests = matrix.tests_of(requirement)
    if not tests:
        return "no test"
    counts = Counter(test.outcome or "not run" for test in tests)
    if set(counts) == {"not run"}:
        return f"{len(tests)} tests"
    return ", ".join(f"{counts[one]} {one}" for one in ("failed", "skipped", "not run", "passed") if counts[one])


def lines(matrix: Matrix) -> list[str]:
    """The matrix as text; a requirement stands under each hazard and mission that it is for."""
    text = []
    for purpose in (*matrix.source.hazards, *matrix.source.missions):
        text.append(f"\n{purpose.id}  {purpose.name if isinstance(purpose, Hazard) else purpose.text}")
        for one in matrix.source.for_purpose(purpose.id):
            place = " ".join(matrix.code.get(one.id, ())[:1]) or "-"
            text.append(f"  {one.id:<11} {state_of(matrix, one):<24} {_files(matrix, one):<58} {place}".rstrip())
    return text


def _files(matrix: Matrix, requirement: Requirement) -> str:
    """The files with its tests, shortest path first, and how many more."""
    names = Counter(test.name.partition("::")[0] for test in matrix.tests_of(requirement))
    if not names:
        return "-"
    (first, _), *others = names.most_common()
    return first + (f" and {len(others)} more" if others else "")


def full(matrix: Matrix) -> str:
    """The matrix as Markdown with every place and every test, for build/trace/matrix.md."""
    text = ["# Trace matrix", ""]
    for one in matrix.source.requirements:
        text += [
            f"## {one.id}",
            "",
            one.text,
            "",
            f"For: {', '.join(one.purposes)}. State: {state_of(matrix, one)}.",
            "",
        ]
        text += [f"- code: {place}" for place in matrix.code.get(one.id, ())]
        text += [f"- test: {test.name} {test.outcome}".rstrip() for test in matrix.tests_of(one)]
        text.append("")
    return "\n".join(text)
