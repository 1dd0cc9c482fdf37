"""Every check turns down what is wrong, says why, and accepts what is right."""

import pytest

from heedful.checks import CheckFailed

from .specimens import UNKNOWN, Specimens, specimens, topics, tried

ALL = specimens()
each_check = pytest.mark.parametrize("case", ALL, ids=str)
WRONG = [(case, w) for case in ALL for w in case.wrong]
RIGHT = [(case, answer) for case in ALL for answer in case.right]


def named(pairs):
    """A readable name for each test: what is checked, and its place in the list."""
    return [f"{case}-{case_number(case, row)}" for case, row in pairs]


def case_number(case, row):
    return (case.wrong if row in case.wrong else case.right).index(row)


@pytest.mark.parametrize("case, row", WRONG, ids=named(WRONG))
def test_what_is_wrong_is_rejected_and_named(case: Specimens, row):
    for _ in range(case.n_draws):
        with pytest.raises(CheckFailed) as failure:
            tried(case.check, row.answer)
        first, *_ = str(failure.value).split("\n")
        assert row.phrase in first, str(failure.value)


@pytest.mark.parametrize("case, answer", RIGHT, ids=named(RIGHT))
def test_what_is_right_is_accepted(case: Specimens, answer, capsys):
    for _ in range(case.n_draws):
        tried(case.check, answer)
        assert capsys.readouterr().out.splitlines()[-1].startswith("✓")


@each_check
def test_there_are_enough(case):
    assert len(case.wrong) >= 5 and len(case.right) >= 2
    not_understood = sum(row.phrase == UNKNOWN for row in case.wrong)
    assert not_understood <= 2


@pytest.mark.parametrize("topic", topics())
def test_every_check_has_specimens(topic):
    tested = [case.check for case in ALL if case.module.startswith(f"{topic}.")]
    assert sorted(c.name for c in tested) == sorted(
        c.name for c in topics()[topic].checks
    )
