"""`make trace`: what it prints, what it fails for, and what the plugin of pytest writes."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.requirements import evidence
from tools.requirements.__main__ import OUT, SOURCE, main
from tools.requirements.evidence import Proof, ids_in
from tools.requirements.matrix import Matrix, lines, problems
from tools.requirements.source import read

TOML = """
[[mission]]
id = "MIS-1"
text = "to help"
[[hazard]]
id = "HAZ-1"
name = "Heat"
events = "it burns"
situation = "somebody is near"
harm = "burns"
[[requirement]]
id = "REQ-LIM-1"
text = "It is cool."
for = ["HAZ-1"]
[[requirement]]
id = "REQ-LIM-2"
text = "It is there."
for = ["MIS-1"]
[[requirement]]
id = "REQ-PWR-9"
text = "It is cooled."
for = ["HAZ-1"]
planned = "no fan yet"
"""
TESTS = """
import pytest

@pytest.mark.requirement("REQ-LIM-1")
def test_cool():
    pass

class TestAll:
    pytestmark = pytest.mark.requirement("REQ-LIM-1", "REQ-LIM-2")

    @pytest.mark.requirement("REQ-LIM-2")
    @pytest.mark.parametrize("n", [1, 2])
    def test_there(self, n):
        pass

def test_nothing():
    pass
"""
PYTEST_INI = "[pytest]\nmarkers = requirement: x\naddopts = -p no:cacheprovider --disable-plugin-autoload\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which nothing is wrong, with its pages written."""
    root = tmp_path_factory.mktemp("sound")
    for name, text in {
        str(SOURCE): TOML,
        "pytest.ini": PYTEST_INI,
        "tests/test_it.py": TESTS,
        "tests/test_other.py": "import pytest\n\ndef test_other():\n    pass\n",
        "firmware/it.py": '"""Cool. [REQ-LIM-1]"""\n# [REQ-LIM-1] to [REQ-LIM-2]\n',
    }.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert main(["--write"], root) == 0
    return root


@pytest.fixture
def project(sound: Path, tmp_path: Path) -> Path:
    """A copy of it to be changed."""
    return shutil.copytree(sound, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))


def change(project: Path, name: str, before: str, after: str) -> None:
    path = project / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def wrong(capsys: pytest.CaptureFixture[str], project: Path, *arguments: str) -> list[str]:
    """What `make trace` says is wrong; it fails exactly if there is anything."""
    capsys.readouterr()
    code = main(arguments, project)
    found = [line[7:] for line in capsys.readouterr().out.splitlines() if line.startswith("WRONG: ")]
    assert code == (1 if found else 0)
    return found


def run(project: Path, *arguments: str, name: str = "whole") -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.requirements.plugin", "--requirements-out"]
    command += [str(project / OUT / f"{name}.json"), *arguments, "tests"]
    environment = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": "/usr/bin:/bin"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    subprocess.run(command, cwd=project, env=environment, check=False, capture_output=True)


def test_matrix_names_code_and_tests_and_the_planned_last(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main([], project) == 0
    printed = capsys.readouterr().out
    row = next(line.split() for line in printed.splitlines() if line.split()[:1] == ["REQ-LIM-1"])
    assert row == ["REQ-LIM-1", "3", "tests", "tests/test_it.py", "firmware/it.py:1"]
    assert printed.index("HAZ-1  Heat") < printed.index("REQ-LIM-1") < printed.index("MIS-1  to help")
    planned = printed[printed.index("Planned") :]
    assert "REQ-PWR-9   no fan yet (HAZ-1)" in planned
    assert "REQ-LIM" not in planned
    assert "1 hazards, 3 requirements, 1 of them planned; 3 tests are marked, 0 passed" in planned
    full = (project / OUT / "matrix.md").read_text(encoding="utf-8")
    assert "- test: tests/test_it.py::TestAll::test_there[2]" in full
    assert "- code: firmware/it.py:2" in full


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("tests/test_it.py", '"REQ-LIM-2"', '"REQ-LIM-1"', ["REQ-LIM-2 has no test"]),
        ("tests/test_it.py", '"REQ-LIM-1", "REQ-LIM-2"', '"REQ-LIM-7"', ["REQ-LIM-7 in tests/test_it.py::", "is no"]),
        ("tests/test_it.py", '"REQ-LIM-1", "REQ-LIM-2"', '"REQ-PWR-9"', ["REQ-PWR-9 is planned and has a test"]),
        ("firmware/it.py", "Cool. [REQ-LIM-1]", "[REQ-OLD-1]", ["REQ-OLD-1 in firmware/it.py:1 is no requirement"]),
        ("tests/test_it.py", "@pytest.mark.param", "@pytest.mark.skip\n    @pytest.mark.param", ["[1] is skipped"]),
        (
            "tests/test_it.py",
            "@pytest.mark.param",
            "@pytest.mark.skipif(False, reason='')\n    @pytest.mark.param",
            ["[2]"],
        ),
        ("tests/test_it.py", "[1, 2]", "[1, pytest.param(2, marks=pytest.mark.xfail)]", ["[2] is skipped"]),
        (
            "tests/test_it.py",
            "import pytest",
            "import pytest\npytest.importorskip('gone')",
            ["test_it.py is skipped as"],
        ),
        ("docs/hazards.md", "Heat", "Cold", ["docs/hazards.md is not what"]),
        ("docs/requirements.md", "no fan yet", "no hurry", ["docs/requirements.md is not what"]),
    ],
)
def test_trace_fails_and_says_why(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, before: str, after: str, words: list[str]
) -> None:
    change(project, name, before, after)
    found = "\n".join(wrong(capsys, project))
    assert all(word in found for word in words), found


@pytest.mark.parametrize(
    ("for_", "words"), [('["MIS-1"]', "HAZ-1 has planned requirements only"), ('["HAZ-1"]', "MIS-1 has no requirement")]
)
def test_trace_fails_for_a_hazard_or_mission_without_a_control(
    project: Path, capsys: pytest.CaptureFixture[str], for_: str, words: str
) -> None:
    change(project, str(SOURCE), '["HAZ-1"]\n[' if "MIS" in for_ else '["MIS-1"]\n[', f"{for_}\n[")
    assert words in wrong(capsys, project, "--write")


def test_hazard_without_any_requirement_is_wrong(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = '[[hazard]]\nid = "HAZ-2"\nname = "Cold"\nevents = "a"\nsituation = "b"\nharm = "c"\n'
    change(project, str(SOURCE), "[[mission]]", other + "[[mission]]")
    assert wrong(capsys, project, "--write") == ["HAZ-2 has no requirement"]


def test_a_whole_run_proves_and_a_broken_one_does_not(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--whole"], project) == 1
    assert "whole.json is not there" in capsys.readouterr().err
    run(project)
    assert main(["--whole"], project) == 0
    assert capsys.readouterr().out.splitlines() == [
        "trace: 1 hazards, 3 requirements, 1 of them planned; 3 tests are marked, 3 passed in the last run; 0 wrong."
    ]
    run(project, "-k", "cool")
    assert wrong(capsys, project, "--whole") == ["REQ-LIM-2 has no test"]


def test_the_newest_run_of_a_test_counts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(project, "tests/test_it.py", "def test_cool():\n    pass", "def test_cool():\n    assert False")
    run(project, name="unit")
    assert wrong(capsys, project) == ["tests/test_it.py::test_cool is failed; it is to prove REQ-LIM-1"]
    change(project, "tests/test_it.py", "def test_cool():\n    assert False", "def test_cool():\n    pass")
    run(project)
    assert wrong(capsys, project) == []


ENDS = {"skips": "pytest.skip('too hard')", "fails": "assert False", "xfails": "pytest.xfail('known')"}


@pytest.mark.parametrize("options", [(), ("-p", "xdist.plugin", "-n", "2")], ids=["alone", "on two processes"])
def test_test_that_skips_or_fails_when_it_runs_proves_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    bodies = [f'@pytest.mark.requirement("REQ-LIM-1")\ndef test_{name}():\n    {ENDS[name]}\n\n' for name in ENDS]
    change(project, "tests/test_it.py", "class TestAll", "".join(bodies) + "class TestAll")
    run(project, *options)
    outcomes = {"skips": "skipped", "fails": "failed", "xfails": "skipped"}
    says = {f"tests/test_it.py::test_{name} is {outcomes[name]}; it is to prove REQ-LIM-1" for name in ENDS}
    assert set(wrong(capsys, project, "--whole")) == says
    assert set(wrong(capsys, project)) == says


def test_test_that_fails_before_or_after_its_body_is_failed(project: Path) -> None:
    fixture = "@pytest.fixture(autouse=True)\ndef broken():\n    yield\n    assert False\n\n"
    change(project, "tests/test_it.py", "class TestAll", fixture + "class TestAll")
    run(project)
    found = {test.outcome for test in evidence.outcomes(project / OUT / "whole.json") if test.requirements}
    assert found == {"failed"}


def test_run_that_is_broken_off_leaves_no_outcome_of_an_earlier_one(project: Path) -> None:
    run(project)
    change(project, "tests/test_it.py", "def test_cool():\n    pass", "def test_cool():\n    import os; os._exit(1)")
    run(project)
    assert evidence.outcomes(project / OUT / "whole.json") == []


def test_tests_that_cannot_be_collected_are_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(project, "tests/test_it.py", "import pytest", "import pytest, nothing_of_that_name")
    assert main([], project) == 1
    assert "nothing_of_that_name" in capsys.readouterr().err


def test_source_that_is_wrong_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(project, str(SOURCE), "planned", "wanted")
    assert main([], project) == 1
    assert capsys.readouterr().err == "REQ-PWR-9: nobody reads wanted\n"


def test_ids_are_found_with_ranges() -> None:
    assert ids_in("[REQ-TRP-4] to [REQ-TRP-7], REQ-SES-10.") == {*(f"REQ-TRP-{n}" for n in (4, 5, 6, 7)), "REQ-SES-10"}
    assert ids_in("PREREQ and REQ-9") == set()


def test_requirement_that_no_code_names_is_printed_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "source.toml").write_text(TOML, encoding="utf-8")
    every: dict[str, Any] = {"source": read(tmp_path / "source.toml"), "code": {}, "texts": {}}
    matrix = Matrix(**every, tests=[Proof("t", ("REQ-LIM-1", "REQ-LIM-2"), "passed")])
    assert problems(matrix) == []
    assert [one.id for one in matrix.without_code] == ["REQ-LIM-1", "REQ-LIM-2"]
    assert "1 passed" in "\n".join(lines(matrix))
