"""What the mutants are, and that they keep their names."""

import ast

from tools.mutate import mutants

SOURCE = '''"""Doc."""
LIMIT = 500


def f(a, b=3):
    """Doc."""
    if a < b and not a:
        a += 1
    while a:
        break
    g.x = a * 2
    return a


class C:
    def h(self, d=4):
        return d
'''


def test_mutants_each_change_one_thing_and_are_told_apart() -> None:
    found = mutants.of("m", SOURCE)
    texts = [ast.unparse(mutants.tree(SOURCE, one.at)) for one in found]
    plain = ast.unparse(ast.parse(SOURCE))
    assert len(set(texts)) == len(found) == len({one.key for one in found})
    assert plain not in texts
    assert plain == ast.unparse(mutants.tree(SOURCE, mutants.UNCHANGED))
    for text in texts:
        assert sum(a != b for a, b in zip(text.splitlines(), plain.splitlines(), strict=True)) == 1


def test_mutants_of_a_function_are_those_that_act_when_it_runs() -> None:
    found = mutants.of("m", SOURCE)
    assert {one.key for one in found if not one.owner} == {
        "m:: LIMIT = 500: 500 to 507",
        "m:: def f(a, b=3):: 3 to 4",
        "m:: def h(self, d=4):: 4 to 5",
    }
    assert {one.key.split(": ", 1)[1] for one in found if one.owner == "f"} == {
        "if a < b and not a:: never", "if a < b and not a:: always", "if a < b and not a:: And to Or",
        "if a < b and not a:: Lt to LtE", "if a < b and not a:: no not", "a += 1: left out", "a += 1: Add to Sub",
        "a += 1: 1 to 2", "while a:: never", "break: continue", "g.x = a * 2: left out",
        "g.x = a * 2: Mult to FloorDiv",
        "g.x = a * 2: 2 to 3", "return a: returns nothing",
    }  # fmt: skip


def test_mutants_keep_their_names_when_other_lines_come_before() -> None:
    later = SOURCE.replace("LIMIT = 500\n", "LIMIT = 500\nMORE = 'text'\n")
    assert {one.key for one in mutants.of("m", later)} == {one.key for one in mutants.of("m", SOURCE)}
