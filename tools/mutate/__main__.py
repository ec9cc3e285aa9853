"""Makes every small change of the modules that decide about the output, and tells which of them no test sees.

`python -m tools.mutate [MODULE …]`; exit code 1 for a survivor that `tools/mutate/survivors.toml` does not list with
its reason. `--sample` tries what `tools/mutate/sample.json` names, each with the test that saw it. `--write` renews
that file from the runs in build/mutate.json. What is not changed at all must live: else no verdict is worth anything.
"""

import argparse
import json
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy  # noqa: F401 (imported once, for all processes that are forked)
import pytest

from tools.coverage.gated import gated_modules
from tools.mutate import imported, mutants, probe, viper
from tools.mutate.engine import IMPORTED, KILLED, Engine, Verdict, quiet_hypothesis
from tools.mutate.mutants import Mutant

HERE = Path(__file__).parent
SURVIVORS = HERE / "survivors.toml"
SAMPLE = HERE / "sample.json"
OUT = Path("build/mutate.json")
# These look at files, start boards or other processes, or draw: they see no change of what is loaded.
_LEFT_OUT = (
    "adopt_command", "bench", "board_repl", "build", "calibrate_command", "certificate", "cli_", "client", "coverage",
    "firmware_image", "flash", "image", "loadbox", "meters", "monitor", "plot", "record_command", "recording",
    "requirements", "trace", "transport", "micropython", "mutate", "screens_snapshots", "fuzz",
)  # fmt: skip
_SAMPLE_OF_MODULE = 2
NOTHING = "nothing is changed"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="of firmware/ionto; without: all that are gated")
    parser.add_argument(
        "--near", action="store_true", help="only the tests named after a module or its family: quick, more survivors"
    )
    parser.add_argument(
        "--left", action="store_true", help="only those that no test saw when they were tried last (build/mutate.json)"
    )
    parser.add_argument("--sample", action="store_true", help="only those in sample.json, each with one test")
    parser.add_argument("--write", action="store_true", help="then write sample.json")
    options = parser.parse_args(arguments)
    known = gated_modules()
    if unknown := set(options.modules) - set(known):
        parser.error(f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    every = {one.key: one for name in options.modules or known for one in mutants.of(name, _source(name))}
    if options.left:
        left = {key for key, outcome, _ in _kept() if outcome != KILLED}
        every = {key: one for key, one in every.items() if key in left}
    # As pytest's own setting does, for what is imported before it.
    sys.path[:0] = [str(probe.FIRMWARE.parent / "tests" / "shims"), str(probe.FIRMWARE)]
    verdicts = _sample(every) if options.sample else _whole(every, options.near)
    if not options.sample:
        _keep(verdicts, is_part=options.left)
    if options.write:
        _write_sample()
    return _report(verdicts, is_whole=not (options.modules or options.sample or options.left))


def _source(module: str) -> str:
    return (probe.FIRMWARE / "ionto" / f"{module}.py").read_text(encoding="utf-8")


def _whole(every: dict[str, Mutant], is_near: bool) -> list[Verdict]:
    """With the tests that are named after a module first; what these do not see, with the next of `_files`."""
    left = dict(every)
    seen: list[Verdict] = []
    missed: list[Verdict] = []
    for files in _files({one.module for one in every.values()})[: 2 if is_near else 3]:
        if not left or not files:
            continue
        tried = [*_unchanged(left.values()), *left.values()]
        inside = [one for one in tried if one.owner]
        told = _in_a_process(inside, {}, files) if inside else []
        verdicts = [one for one in told if one.outcome != IMPORTED]
        for one in [*(one.mutant for one in told if one.outcome == IMPORTED), *(one for one in tried if not one.owner)]:
            verdicts.append(imported.verdict(one, files))
            _tell(verdicts[-1])
        verdicts = _without_unchanged(verdicts)
        left = {one.mutant.key: one.mutant for one in verdicts if one.outcome != KILLED}
        seen += [one for one in verdicts if one.outcome == KILLED]
        missed = [one for one in verdicts if one.outcome != KILLED]
    return seen + missed


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


def _sample(every: dict[str, Mutant]) -> list[Verdict]:
    killers: dict[str, str] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    there = {key: test for key, test in killers.items() if key in every}
    if len(there) * 2 < len(killers):
        sys.exit("more than half of the sample's lines have changed: make mutate WRITE=1")
    inside = [every[key] for key in there if every[key].owner]
    killers = {one.key: there[one.key] for one in inside}
    for one in list(inside):
        for same in _unchanged([one]):
            inside.append(same._replace(key=f"{same.key} {len(inside)}"))
            killers[inside[-1].key] = there[one.key]
    files = sorted({test.split("::")[0] for test in killers.values()})
    verdicts = _without_unchanged(_in_a_process(inside, killers, files))
    return verdicts + [imported.verdict(every[key], [there[key]]) for key in there if not every[key].owner]


def _in_a_process(wanted: list[Mutant], killers: dict[str, str], files: list[str]) -> list[Verdict]:
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


def _run_engine(wanted: list[Mutant], killers: dict[str, str], files: list[str]) -> dict[str, object]:
    source = probe.Source(marked=() if killers else tuple(sorted({one.module for one in wanted})))
    sys.meta_path.insert(0, source)
    quiet_hypothesis()
    found: list[tuple[str, str, str]] = []

    def told(one: Verdict) -> None:
        found.append((one.mutant.key, one.outcome, one.test))
        if not killers:
            _tell(one)

    engine = Engine(source, wanted, killers, told)
    pytest.main(
        [
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            "timeout=0",
            "-W",
            "ignore::pytest.PytestAssertRewriteWarning",
            "--no-header",
            *files,
        ],
        plugins=[engine],
    )
    return {"failed": engine.failed, "verdicts": found}


def _tell(one: Verdict) -> None:
    if one.outcome != KILLED and one.mutant.at != mutants.UNCHANGED:
        print(f"{one.outcome}: line {one.mutant.line}: {one.mutant.key}", file=sys.stderr, flush=True)


def _kept() -> list[tuple[str, str, str]]:
    """(key, outcome, test) of what was tried before."""
    return json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else []


def _keep(verdicts: list[Verdict], is_part: bool) -> None:
    """Into build/mutate.json, beside those that were tried before: of other modules, or of these too (`is_part`)."""
    modules = {one.mutant.module for one in verdicts}
    tried = {one.mutant.key for one in verdicts}
    kept = [row for row in _kept() if row[0] not in tried and (is_part or row[0].split(":")[0] not in modules)]
    OUT.parent.mkdir(exist_ok=True)
    rows = kept + [[one.mutant.key, one.outcome, one.test] for one in verdicts]
    OUT.write_text(json.dumps(rows, indent=0), encoding="utf-8")


def _write_sample() -> None:
    """Some of every module in build/mutate.json, of those that were seen by a test that can be named.

    None that takes effect when its module is imported: each of these takes an import of its own.
    """
    rows = _kept()
    of_module: dict[str, list[tuple[str, str]]] = {}
    for key, outcome, test in sorted(rows):
        if outcome == KILLED and "::" in test and key.split(":")[1]:
            of_module.setdefault(key.split(":")[0], []).append((key, test))
    chosen: dict[str, str] = {}
    for named in of_module.values():
        step = max(1, len(named) // _SAMPLE_OF_MODULE)
        chosen |= dict(named[step // 2 :: step][:_SAMPLE_OF_MODULE])
    SAMPLE.write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")


def _report(verdicts: list[Verdict], is_whole: bool) -> int:
    """Prints figures a module, and what is wrong. Returns the exit code."""
    listed = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")) if SURVIVORS.exists() else {}
    reasons = {key: reason for reason, keys in listed.items() for key in keys}
    lived = {one.mutant.key for one in verdicts if one.outcome != KILLED}
    total = Counter(one.mutant.module for one in verdicts)
    left = Counter(one.mutant.module for one in verdicts if one.outcome != KILLED)
    for module, count in sorted(total.items()):
        print(f"{module:20} {count:5} mutants, {count - left[module]:5} seen by a test, {left[module]:3} not")
    wrong = [f"no test sees: {key}" for key in sorted(lived - set(reasons))]
    wrong += [f"listed as a survivor, but there is none: {key}" for key in sorted(set(reasons) - lived) if is_whole]
    for line in wrong:
        print(line)
    print(
        f"{len(verdicts)} mutants, {len(lived)} not seen, {len(lived & set(reasons))} of them listed with their reason"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
