"""The person model: its physics, and that MicroPython and CPython give the same numbers."""

import json
import subprocess

import pytest

from hil.person import RC, SITES, Person, Resistor
from hil.process import ROOT, micropython_command
from hil.tests.firmware.steps import hold, until

SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from hil.person import RC, Person, Resistor
out = []
for load in (Person(), Person("HANDS", polarisation_v=0.4), RC(area=0.5), Resistor(1000)):
    for n in range(400):
        if n == 100:
            load.contact(0.3)
        if n == 150:
            load.contact(0.0)
        if n == 200:
            load.contact(1.0)
        volts = -3.0 if n > 350 else 5.0 + n * 0.01
        out.append(load.step(500 if n % 7 else 20, volts, None if 250 < n < 270 else 2200.0))
print(json.dumps(out))
"""


def test_both_pythons_give_equal_numbers(tmp_path, capsys, monkeypatch):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    run = subprocess.run([*micropython_command(), str(path), str(ROOT)], capture_output=True, text=True, check=True)
    monkeypatch.setattr("sys.argv", ["script.py", str(ROOT)])
    exec(compile(SCRIPT, "script.py", "exec"), {})
    here = json.loads(capsys.readouterr().out)
    there = json.loads(run.stdout)
    assert len(here) == len(there) == 1600
    for mine, its in zip(here, there, strict=True):
        assert its == pytest.approx(mine, rel=1e-9, abs=1e-12)


def settled(load, volts, series_ohm, seconds):
    current_a = electrode_v = 0.0
    for _ in range(int(seconds * 100)):
        current_a, electrode_v = load.step(10_000, volts, series_ohm)
    return current_a, electrode_v


@pytest.mark.parametrize("site", SITES)
def test_skin_falls_under_current_and_comes_back(site):
    person = Person(site)
    _, before_v = person.step(20_000, 1.5, 2200.0)
    at_rest_ohm = person.rp_ohm
    settled(person, 12.0, 2200.0, 30)
    under_current_ohm = person.rp_ohm
    assert under_current_ohm < 0.8 * at_rest_ohm
    settled(person, 0.0, None, 200)
    assert person.rp_ohm > 0.95 * at_rest_ohm
    assert before_v > 0


@pytest.mark.parametrize(
    ("site", "low_ohm", "high_ohm"), [("FACE", 5000, 20000), ("HANDS", 1000, 4000), ("FEET", 1000, 3000)]
)
def test_resistance_at_rest_is_that_of_the_site(site, low_ohm, high_ohm):
    current_a, electrode_v = settled(Person(site), 1.5, 2200.0, 0.2)
    assert low_ohm < electrode_v / current_a < high_ohm


def test_ohms_law_and_exactness_for_any_step():
    fine, coarse = RC(300, 4700, 1e-6), RC(300, 4700, 1e-6)
    last = [fine.step(10, 5.0, 2200.0) for _ in range(2000)][-1]
    assert coarse.step(20_000, 5.0, 2200.0) == pytest.approx(last, rel=1e-9)
    assert last[0] == pytest.approx(5.0 / 7200, rel=1e-3)
    assert last[1] == pytest.approx(5.0 - last[0] * 2200, rel=1e-12)


def test_new_area_shares_the_charge_and_lifted_area_keeps_it():
    load = RC(300, 1e9, 1e-6, area=0.5)
    load.step(100_000, 4.0, 2200.0)
    load.contact(1.0)
    assert load.skin_v == pytest.approx(2.0, rel=1e-5)
    load.contact(0.25)
    assert load.skin_v == pytest.approx(2.0, rel=1e-5)


def test_a_smaller_area_has_a_higher_resistance():
    for area in (0.1, 0.5, 1.0):
        current_a, electrode_v = settled(RC(300, 4700, 1e-6, area=area), 5.0, 2200.0, 1)
        assert electrode_v / current_a == pytest.approx(5000 / area, rel=1e-3)


def test_open_means_no_current_and_the_source_at_the_electrode():
    for load in (Person(area=0.0), Resistor(1000, area=0.0)):
        assert load.step(500, 1.5, 2200.0) == (0.0, 1.5)
        assert load.step(500, 0.0, None) == (0.0, 0.0)


def test_polarisation_opposes_either_polarity():
    person = Person(polarisation_v=0.5)
    assert person.step(500, 0.4, 2200.0)[0] == pytest.approx(0, abs=1e-12)
    forward = Person(polarisation_v=0.5).step(500, 2.0, 2200.0)[0]
    assert Person(polarisation_v=0.5).step(500, -2.0, 2200.0)[0] == pytest.approx(-forward)


@pytest.mark.parametrize("area", [-0.1, 1.1])
def test_an_area_outside_0_to_1_is_refused(area):
    with pytest.raises(ValueError, match="must be 0 to 1"):
        Person().contact(area)


def test_an_unknown_site_is_named():
    with pytest.raises(ValueError, match=r"'KNEE'.*FACE"):
        Person("KNEE")


@pytest.mark.rig(load_arguments={"site": "HANDS"})
def test_another_person_sits_down_and_the_board_sees_their_resistance(rig):
    rig.person.change(site="HANDS", rs_ohm=700.0, rp_ohm=5000.0)
    hold(rig, "HANDS", 500)
    first_mv = rig.truth.now["electrode_mv"]
    rig.person.lift()
    rig.advance(500)
    rig.person.change(site="HANDS", rs_ohm=300.0, rp_ohm=1500.0)
    rig.person.contact(1.0)
    until(rig, "HOLD", timeout_ms=10_000)
    assert rig.truth.current_ua == pytest.approx(500, abs=30)
    assert rig.truth.now["electrode_mv"] < first_mv / 2


def test_another_person_before_the_one_has_lifted_is_an_error_of_the_test(rig):
    rig.person.contact(1.0)
    rig.person.change(site="HANDS")
    rig.expect_error("still in contact")
    rig.advance(10)
    assert any("still in contact" in text for text in rig.errors)
    rig.person.lift()
    rig.person.change(site="NOSE")
    rig.expect_error("no site named")
    rig.advance(10)
    assert any("no site named" in text for text in rig.errors)
