"""Makes every small change of the modules that decide about the output, and tells which of them no test sees.

`python -m tools.mutate [MODULE …]`; exit code 1 for a survivor that `tools/mutate/survivors.toml` does not list with
its reason. `--sample` tries what `tools/mutate/sample.json` names, each with the test that saw it. `--write` renews
that file from the runs in build/mutate.json. What is not changed at all must live: else no verdict is worth anything.
"""

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tools.coverage.gated import gated_modules
from tools.mutate import mutants, probe, run
from tools.mutate.engine import KILLED, Verdict
from tools.mutate.mutants import Mutant

HERE = Path(__file__).parent
SURVIVORS = HERE / "survivors.toml"
SAMPLE = HERE / "sample.json"
OUT = Path("build/mutate.json")
_SAMPLE_OF_MODULE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="of firmware/ionto; without: all that are gated")
    parser.add_argument(
        "--near", action="store_true", help="only tests named after a module or its family: quick, more survivors"
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
    if options.sample:
        verdicts = _sample(every)
    else:
        is_whole = not (options.modules or options.near)
        verdicts = run.whole(every.values(), _reasons()) if is_whole else run.one_by_one(every.values(), options.near)
        _keep(verdicts, is_part=options.left)
    if options.write:
        _write_sample()
    return _report(verdicts, is_whole=not (options.modules or options.sample or options.left))


def _source(module: str) -> str:
    return (probe.FIRMWARE / "ionto" / f"{module}.py").read_text(encoding="utf-8")


def _sample(every: dict[str, Mutant]) -> list[Verdict]:
    killers: dict[str, str] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    there = [every[key] for key in killers if key in every]
    if len(there) * 4 < len(killers) * 3:
        sys.exit("more than a quarter of the sample's lines have changed: make mutate WRITE=1")
    if len(there) < len(killers):
        print(f"{len(killers) - len(there)} of the sample's lines have changed, and were left out")
    return run.with_known(there, killers)


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


def _reasons() -> dict[str, str]:
    """Why no test can see a mutant, by its key."""
    listed = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")) if SURVIVORS.exists() else {}
    return {key: reason for reason, keys in listed.items() for key in keys}


def _report(verdicts: list[Verdict], is_whole: bool) -> int:
    """Prints figures a module, and what is wrong. Returns the exit code."""
    reasons = _reasons()
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
