"""Every check turns down what is wrong, says why, and accepts what is right."""

import pytest

from heedful.checks import Task

from .specimens import UNKNOWN, Specimens, outcome, specimens, topics

pytestmark = pytest.mark.usefixtures("as_users_run_it")

ALL = specimens()
each_check = pytest.mark.parametrize("case", ALL, ids=str)


@each_check
def test_what_is_wrong_is_rejected_and_named(case: Specimens, same_draws):
    for i, row in enumerate(case.wrong):
        same_draws()
        for _ in range(case.n_draws):
            failure = outcome(case.check, row.answer)
            assert failure, f"WRONG[{i}] was accepted, though {row.phrase!r}"
            first = failure.split("\n")[0]
            assert row.phrase in first, f"WRONG[{i}]: {failure}"
            assert row.phrase == UNKNOWN or UNKNOWN not in first, failure


@each_check
def test_what_is_right_is_accepted(case: Specimens, same_draws):
    for i, answer in enumerate(case.right):
        same_draws()
        for _ in range(case.n_draws):
            failure = outcome(case.check, answer)
            assert not failure, f"RIGHT[{i}]: {failure}"


@each_check
def test_there_are_enough(case):
    assert len(case.wrong) >= 5 and len(case.right) >= 2
    assert bool(case.inputs) == isinstance(case.check, Task)


def test_nearly_all_mistakes_are_named():
    phrases = [row.phrase for case in ALL for row in case.wrong]
    assert phrases.count(UNKNOWN) <= 0.05 * len(phrases)


@pytest.mark.parametrize("topic", topics())
def test_every_check_has_specimens(topic):
    tested = [case.check.name for case in specimens(topic)]
    assert sorted(tested) == sorted(check.name for check in topics()[topic].checks)
