"""Tries mutants with the tests: many with all that reach them, or a few each with the test that is known to see it."""

import json
import os
import re
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path

import numpy  # noqa: F401 (imported once, for all processes that are forked)
import pytest

from tools.mutate import imported, mutants, probe, viper
from tools.mutate.engine import IMPORTED, KILLED, UNREACHED, Engine, Processes, Verdict, quiet_hypothesis
from tools.mutate.mutants import Mutant

# These look at files, start boards or other processes, or draw: they see no change of what is loaded.
_LEFT_OUT = (
    "adopt_command", "bench", "board_repl", "build", "calibrate_command", "certificate", "cli_", "client", "coverage",
    "firmware_image", "flash", "image", "loadbox", "meters", "monitor", "plot", "record_command", "recording",
    "requirements", "trace", "transport", "micropython", "mutate", "screens_snapshots", "fuzz",
)  # fmt: skip
NOTHING = "nothing is changed"
JOBS = os.cpu_count() or 1
Files = Sequence[str]


def whole(every: Iterable[Mutant], listed: Container[str]) -> list[Verdict]:
    """Every mutant of many modules: the tests are run once to see what reaches what, for all modules together.

    One that is `listed` (its key) is not tried with the tests that are named after none of the modules or families.
    """
    left = {one.key: one for one in every}
    modules = {one.module for one in left.values()}
    near, related, far = _files(modules)
    verdicts, anew = _inside(left, near + related)
    missed = {one.mutant.key: one.mutant for one in verdicts if one.outcome != KILLED and one.mutant.key not in listed}
    if missed:
        verdicts = [one for one in verdicts if one.mutant.key not in missed]
        more, others = _inside(missed, far)
        verdicts += more
        anew |= others
    for module in sorted(modules):
        own = {key: one for key, one in anew.items() if one.module == module}
        verdicts += _step_by_step(own, _files({module}), lambda left, files: ([], left))
    return verdicts


def one_by_one(every: Iterable[Mutant], is_near: bool) -> list[Verdict]:
    """Every mutant, a module after the other: with the tests named after it, then with those named after its family.

    What these do not see, with all that mention it, unless `is_near`.
    """
    of_module: dict[str, dict[str, Mutant]] = {}
    for one in every:
        of_module.setdefault(one.module, {})[one.key] = one
    verdicts: list[Verdict] = []
    for module, own in of_module.items():
        verdicts += _step_by_step(own, _files({module})[: 2 if is_near else 3], _inside)
    return verdicts


def with_known(every: Sequence[Mutant], killers: dict[str, str]) -> list[Verdict]:
    """Each with the one test that `killers` has for it."""
    inside = [one for one in every if one.owner]
    tests = {one.key: killers[one.key] for one in inside}
    for one in list(inside):
        for same in _unchanged([one]):
            inside.append(same._replace(key=f"{same.key} {len(inside)}"))
            tests[inside[-1].key] = killers[one.key]
    files = sorted({name.split("::")[0] for name in tests.values()})
    verdicts = _without_unchanged(_in_a_process(inside, tests, files))
    for one in every:
        if not one.owner:
            verdicts += _imports([one], [killers[one.key]])
    return verdicts


_Inside = Callable[[dict[str, Mutant], Files], tuple[list[Verdict], dict[str, Mutant]]]


def _step_by_step(left: dict[str, Mutant], steps: Sequence[Files], inside: _Inside) -> list[Verdict]:
    """Tried with the files of one step after the other, until a test sees them."""
    seen: list[Verdict] = []
    missed: list[Verdict] = [Verdict(one, UNREACHED) for one in left.values()]
    for files in steps:
        if not left or not files:
            continue
        verdicts, others = inside(left, files)
        anew = [*_unchanged(one for one in others.values() if not one.owner), *others.values()]
        verdicts += _without_unchanged(_imports(anew, files))
        seen += [one for one in verdicts if one.outcome == KILLED]
        missed = [one for one in verdicts if one.outcome != KILLED]
        left = {one.mutant.key: one.mutant for one in missed}
    return seen + missed


def _inside(left: dict[str, Mutant], files: Files) -> tuple[list[Verdict], dict[str, Mutant]]:
    """Verdicts of those that can be exchanged while loaded, and those that need an import of their own."""
    loaded = [one for one in left.values() if one.owner]
    told = _in_a_process([*_unchanged(loaded), *loaded], {}, files) if loaded else []
    others = [one.mutant for one in told if one.outcome == IMPORTED] + [one for one in left.values() if not one.owner]
    verdicts = _without_unchanged([one for one in told if one.outcome != IMPORTED])
    return verdicts, {one.key: one for one in others}


def _imports(wanted: Iterable[Mutant], files: Files) -> list[Verdict]:
    verdicts: list[Verdict] = []

    def told(one: Verdict) -> None:
        verdicts.append(one)
        _tell(one)

    processes = Processes(JOBS)
    for one in wanted:
        imported.start(processes, one, list(files), told)
    processes.wait()
    return verdicts


def _unchanged(wanted: Iterable[Mutant]) -> list[Mutant]:
    """For each module's import, and each function that runs on MicroPython, a mutant that changes nothing."""
    found: dict[str, Mutant] = {}
    for one in wanted:
        if not one.owner or one.owner in viper.FUNCTIONS.get(one.module, ()):
            key = f"{one.module}:{one.owner}: {NOTHING}"
            found.setdefault(key, one._replace(at=mutants.UNCHANGED, key=key))
    return list(found.values())


def _without_unchanged(verdicts: list[Verdict]) -> list[Verdict]:
    """The others. Exits if a test fails where nothing was changed: then no verdict is worth anything."""
    for one in verdicts:
        if one.mutant.at == mutants.UNCHANGED and one.outcome == KILLED:
            sys.exit(f"{one.mutant.key}, and yet a test fails: {one.test}")
    return [one for one in verdicts if one.mutant.at != mutants.UNCHANGED]


def _files(modules: set[str]) -> tuple[list[str], list[str], list[str]]:
    """The files of tests that are named after one of the modules, after its family (session_data: session), the rest.

    Of the rest those that mention one.
    """
    word = re.compile(rf"\b({'|'.join(modules)})\b")
    own = tuple(f"test_{name}" for name in modules)
    families = tuple(f"test_{name.split('_')[0]}" for name in modules)
    near, related, far = [], [], []
    for path in sorted(Path("tests").glob("test_*.py")):
        if any(part in path.name for part in _LEFT_OUT):
            continue
        if path.stem.startswith(own):
            near.append(str(path))
        elif path.stem.startswith(families):
            related.append(str(path))
        elif word.search(path.read_text("utf-8")):
            far.append(str(path))
    return near, related, far


def _in_a_process(wanted: list[Mutant], killers: dict[str, str], files: Files) -> list[Verdict]:
    """The verdicts, from a process which alone imports the firmware."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(_run_engine(wanted, killers, files), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(process, 0)
    if not text:
        sys.exit("the run of the tests ended before it told anything")
    result = json.loads(text)
    for name in result["failed"]:
        print(f"fails without any change, and is left out: {name}")
    if result["failed"] and not result["verdicts"]:
        sys.exit(1)
    by_key = {one.key: one for one in wanted}
    return [Verdict(by_key[key], outcome, test) for key, outcome, test in result["verdicts"]]


def _run_engine(wanted: list[Mutant], killers: dict[str, str], files: Files) -> dict[str, object]:
    source = probe.Source(marked=() if killers else tuple(sorted({one.module for one in wanted})))
    sys.meta_path.insert(0, source)
    quiet_hypothesis()
    found: list[tuple[str, str, str]] = []

    def told(one: Verdict) -> None:
        found.append((one.mutant.key, one.outcome, one.test))
        if not killers:
            _tell(one)

    engine = Engine(source, wanted, killers, told, JOBS)
    pytest.main([*imported.PYTEST, "--no-header", *files], plugins=[engine])
    return {"failed": engine.failed, "verdicts": found}


def _tell(one: Verdict) -> None:
    if one.outcome != KILLED and one.mutant.at != mutants.UNCHANGED:
        print(f"{one.outcome}: line {one.mutant.line}: {one.mutant.key}", file=sys.stderr, flush=True)
