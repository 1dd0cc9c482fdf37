"""The solutions, changed on purpose: a check rejects what behaves differently."""

import ast

import pytest
from nbformat.v4 import new_code_cell

from heedful.checks import Task

from .mutator import mutants
from .solved import Step, changed_solutions, mutated, run, time_limit
from .specimens import topics

pytestmark = pytest.mark.usefixtures("as_users_run_it")

SOURCE = """def my_sum(a, b):
    c = 0
    ### BEGIN SOLUTION
    if a > 1:
        c = max(a, b) + 1
    return c * b
    ### END SOLUTION"""


def test_mutants_change_one_thing_each_and_only_the_solution():
    found = dict(mutants(SOURCE))
    assert found.keys() >= {
        "if a > 1:  ->  if not a > 1:",
        "if a > 1:  ->  if a >= 1:",
        "if a > 1:  ->  if a > 2:",
        "if a > 1:  ->  if b > 1:",
        "c = max(a, b) + 1  ->  pass",
        "c = max(a, b) + 1  ->  c = max(b, a) + 1",
        "c = max(a, b) + 1  ->  c = max(a, b) - 1",
        "return c * b  ->  return c / b",
    }
    for text in found.values():
        changed = ast.parse(text).body[0]
        assert ast.unparse(changed.body[0]) == "c = 0"
        assert text != ast.unparse(ast.parse(SOURCE))


@pytest.mark.parametrize("topic", topics())
def test_changed_solutions_are_rejected(topic):
    changed = [c for c in changed_solutions(topic) if not c.alike]
    survived = [f"{c.check}: {c.change}" for c in changed if not c.rejected]
    assert len(changed) >= 30
    assert len(survived) <= 0.02 * len(changed), survived


def what_becomes_of_mutants(cases):
    """Of those of `SOURCE`, under a check that tries these pairs of a and b."""
    names = {}
    run(SOURCE, names)
    right = names["my_sum"]
    check = Task(
        name="sum",
        hints=(),
        right=right,
        cases=lambda generator: iter(dict(a=a, b=b) for a, b in cases),
        mistakes=(),
        compared="values",
    )
    names["check_sum"] = check
    step = Step(new_code_cell("check_sum(my_sum)"), names, check, ["my_sum"])
    probes = [dict(a=a, b=b) for a in range(4) for b in range(-3, 4)]
    mutants = list(mutated(step, "my_sum", SOURCE, probes))
    assert not any(m.alike and m.rejected for m in mutants)
    return {m.change: "alike" if m.alike else m.rejected for m in mutants}


def test_a_thorough_check_rejects_all_that_behave_differently():
    fates = what_becomes_of_mutants([(a, b) for a in range(4) for b in range(-3, 4)])
    alike = {change for change, fate in fates.items() if fate == "alike"}
    assert alike == {"c = max(a, b) + 1  ->  c = max(b, a) + 1"}
    assert all(fates.values())


def test_a_careless_check_is_found_out():
    fates = what_becomes_of_mutants([(2, 1)])
    assert fates["c = max(a, b) + 1  ->  c = max(a, b) - 1"] is True
    assert fates["return c * b  ->  return c / b"] is False
    assert fates["if a > 1:  ->  if a >= 1:"] is False


def test_an_endless_mutant_is_stopped():
    with pytest.raises(TimeoutError), time_limit(0.1):
        while True:
            pass
