"""Answers of every kind: numbers, words, lists, dicts, NumPy arrays, tensors."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from heedful.checks import ByHand, CheckFailed, Prediction, Task
from heedful.checks.examples import described, shown
from heedful.checks.values import same, unpacked, unusable

NAN = float("nan")
SAME = [
    (3, 3), (3, 3.0), (3, np.int64(3)), (3, torch.tensor(3)), (0.1 + 0.2, 0.3),
    (NAN, NAN), (1.0, np.float32(1.0)), (0.5, 0.50001), (True, True),
    (True, np.bool_(True)), ("ab", "ab"), ([1, 2], (1, 2)), ((1, "a"), [1, "a"]),
    ([0.1, [0.2]], [0.1, [np.float64(0.2)]]), ({"a": 0.1}, {"a": 0.1}),
    (np.array([1.0, NAN]), np.array([1.0, NAN])), (np.arange(3), np.arange(3)),
    (torch.tensor([0.1]), torch.tensor([0.1])), (None, None),
    (torch.ones(2), torch.nn.Parameter(torch.ones(2))), (0.5, Fraction(1, 2)),
    (np.array([0.1]), np.array([0.1], "f4")), (np.array([0.1], "f4"), np.array([0.1])),
]  # fmt: skip
DIFFERENT = [
    (3, 4), (3, 3.0001), (1_000_000, 1_000_001), (1.0, 1.001), (1.0, NAN),
    (1, True), (True, 1), (False, 0), ("ab", "Ab"), ([1, 2], [1, 2, 3]),
    ([1, 2], [2, 1]), ({"a": 1}, {"b": 1}), ({"a": 1}, {"a": 2}), ({"a": 1}, [1]),
    (np.arange(3), [0, 1, 2]), (np.arange(3), torch.arange(3)), ([1], 1), ("3", 3),
    (np.zeros((2, 3)), np.zeros((3, 2))), (torch.zeros(2), torch.ones(2)),
    (torch.zeros(2), np.zeros(2)), (np.ones(2), np.zeros(2, "f4")),
    (3, torch.tensor([3, 3])), ("a", np.ones(2)),
]  # fmt: skip


@pytest.mark.parametrize("a, b", SAME, ids=repr)
def test_same(a, b):
    assert same(a, b)


@pytest.mark.parametrize("a, b", DIFFERENT, ids=repr)
def test_different(a, b):
    assert not same(a, b)


@pytest.mark.parametrize(
    "expected, got, reason",
    [
        (0.5, None, "returns None"),
        (0.5, "0.5", "return a number, not a str"),
        (0.5, [0.5], "return a number, not a list"),
        (0.5, True, "return a number, not a bool"),
        (0.5, torch.ones(2), "return a number, not a torch.Tensor"),
        (True, 1, "return True or False, not an int"),
        ("B", 2, "return a str, not an int"),
        ([1, 2], torch.ones(2), "return a list, not a torch.Tensor"),
        ([1, 2], {1, 2}, "return a list, not a set"),
        ([1, 2], [1, "2"], "entry 1: return a number, not a str"),
        ({"a": 1}, [1], "return a dict, not a list"),
        (np.ones(2), [1, 1], "return a NumPy array, not a list"),
        (np.ones(2), np.array(["1", "2"]), "has dtype <U1; it should be float64"),
        (torch.ones(2), np.ones(2), "return a torch tensor, not a numpy.ndarray"),
        (torch.ones(2), torch.ones(2).long(), "dtype int64; it should be float32"),
    ],
    ids=repr,
)
def test_what_cannot_be_compared_is_named(expected, got, reason):
    assert reason in unusable(expected, got)


def test_an_array_stands_for_several_numbers_but_not_for_several_tensors():
    row, grid = np.array([2.0, 3.0]), np.ones((2, 2))
    assert unpacked((0.5, 1.5), row) == unpacked((1, 2), torch.tensor([2, 3])) == [2, 3]
    assert unpacked((torch.ones(2), torch.ones(2)), row) is row
    assert unpacked((0.5, 1.5), grid) is grid


@pytest.mark.parametrize(
    "expected, got",
    [
        (0.5, 1), (0.5, np.float32(2)), (0.5, torch.tensor(0.7)), (True, np.bool_(0)),
        ([1, 2], (3, 4, 5)), ("a", "b"), ({"a": 1}, {}), (np.ones(2, "f4"), np.ones(2)),
        (torch.ones(2), torch.ones(3)),
    ],
    ids=repr,
)  # fmt: skip
def test_what_can_be_compared_has_no_reason(expected, got):
    assert unusable(expected, got) == ""


@pytest.mark.parametrize(
    "value, text",
    [
        (0.1 + 0.2, "0.3"),
        ("ab", "'ab'"),
        ([1, 0.25, "a"], "[1, 0.25, 'a']"),
        (list(range(100)), "a list of 100: [0, 1, 2, ...]"),
        (np.eye(2, dtype=int), "1 0\n0 1"),
        (np.zeros((5, 7)), "an array (5, 7)"),
        (torch.zeros(5, 7), "a tensor (5, 7)"),
        (torch.tensor(0.5), "0.5"),
        (np.array(3), "3"),
    ],
    ids=repr,
)
def test_shown(value, text):
    assert shown(value) == text


def test_described_in_one_line():
    pair = (torch.zeros(5, 7), torch.zeros(3))
    assert described([pair, 2]) == "[[(5, 7), (3,)], 2]"
    assert described(list(range(100))) == "a list of 100: [0, 1, 2, ...]"


def failure(check, *answers):
    with pytest.raises(CheckFailed) as failed:
        check(*answers)
    return str(failed.value)


HINTS = ("a", "b", "c")
DOUBLE = Task(
    name="doubling",
    hints=HINTS,
    right=lambda words, n: [word * n for word in words],
    cases=lambda generator: iter([dict(words=["ab", "c"], n=2)]),
    mistakes=[("added, not repeated", lambda words, n: [w + str(n) for w in words])],
    compared="every word",
)


def test_a_task_on_lists_of_words(capsys):
    DOUBLE(lambda words, n: tuple(w + w for w in words))
    assert capsys.readouterr().out == "✓ doubling: right (every word, 1 example)\n"
    message = failure(DOUBLE, lambda words, n: [w + str(n) for w in words])
    assert message.splitlines() == [
        "✗ doubling: added, not repeated",
        "  words  ['ab', 'c']",
        "  n      2",
        "  right  ['abab', 'cc']",
        "  yours  ['ab2', 'c2']",
    ]
    assert "has 1 entry, expected 2" in failure(DOUBLE, lambda words, n: ["abab"])
    assert "changes its input `words`" in failure(DOUBLE, lambda w, n: w.pop() and w)


def test_a_task_on_arrays():
    square = Task(
        name="square",
        hints=HINTS,
        right=lambda x: x**2,
        cases=lambda generator: iter([dict(x=np.arange(3.0)), dict(x=np.ones((5, 7)))]),
        mistakes=[("doubled", lambda x: 2 * x)],
        compared="values",
    )
    square(lambda x: x * x)
    assert failure(square, lambda x: x + x).startswith("✗ square: doubled\n  x")
    assert "shape is (1,)" in failure(square, lambda x: x[:1])


def test_of_several_results_those_that_differ_are_shown():
    division = Task(
        name="division",
        hints=HINTS,
        right=divmod,
        cases=lambda generator: iter([dict(a=17, b=5)]),
        mistakes=(),
        parts=("whole", "rest"),
        compared="both",
    )
    shown = failure(division, lambda a, b: (a // b, a)).splitlines()[1:]
    assert shown == [
        "  a           17",
        "  b           5",
        "  right rest  2",
        "  yours rest  17",
    ]


SHARES = ByHand(
    name="shares",
    hints=HINTS,
    right=lambda a, b: [a / (a + b), b / (a + b)],
    mistakes=[
        ("too large for both", lambda a, b: [1 / 0, b]),
        ("the other way round", lambda a, b: [b / (a + b), a / (a + b)]),
    ],
)


def test_by_hand_accepts_rounded_numbers_and_never_tells_the_right_ones(capsys):
    SHARES(lambda: (0.33, 0.67), 1, 2)
    assert capsys.readouterr().out == "✓ shares: right (you gave [0.33, 0.67])\n"
    message = failure(SHARES, lambda: [0.67, 0.33], 1, 2)
    assert message.splitlines() == [
        "✗ shares: the other way round",
        "  yours  [0.67, 0.33]",
        "  wrong  0.67, number 1 of 2",
        "  wrong  0.33, number 2 of 2",
    ]
    half_right = failure(SHARES, lambda: [0.67, 0.67], 1, 2)
    assert half_right.endswith(
        "round\n  yours  [0.67, 0.67]\n  wrong  0.67, number 1 of 2"
    )
    assert "give a digit more" in failure(SHARES, lambda: [0.3, 0.7], 1, 2)
    assert "perhaps there are two" in failure(SHARES, lambda: [0.2, 0.8], 1, 2)
    assert "has 1 entry, expected 2" in failure(SHARES, lambda: [1], 1, 2)
    assert failure(SHARES, lambda: 1 / 0, 1, 2).endswith(": division by zero")


def test_separate_numbers_are_explained_one_after_the_other():
    check = ByHand(
        name="two",
        hints=HINTS,
        right=lambda a: [a, 2 * a],
        mistakes=[("one more", lambda a: [a + 1, 2 * a]), ("half", lambda a: [a, a])],
        separate=True,
    )
    both = failure(check, lambda: [4, 3], 3)
    assert both.splitlines() == [
        "✗ two: one more",
        "  yours  [4, 3]",
        "  wrong  4, number 1 of 2",
        "  wrong  3, number 2 of 2",
    ]
    assert "half" in failure(check, lambda: [3, 3], 3)
    assert "perhaps there are two" in failure(check, lambda: [5, 3], 3)


def test_a_prediction_of_one_number(capsys):
    check = Prediction(
        name="growth",
        hints=HINTS,
        options={"A": "it grows", "B": "it shrinks"},
        conditions={"short": (2,), "long": (3,)},
        columns={"steps": ".1f"},
        suspicion=lambda short, long: "both are 0" * (short == long == (0.0,)),
        outcome=lambda short, long: "A" if long > short else "B",
    )
    check(lambda: "B", lambda n: torch.tensor(n * n))
    assert capsys.readouterr().out.splitlines() == [
        "         steps",
        "  short    4.0",
        "  long     9.0",
        "✓ growth: right (measured: A, it grows; you predicted B)",
    ]
    check(lambda: "B", lambda n: [1 / n])
    assert "B, it shrinks; as you predicted" in capsys.readouterr().out
    check(lambda: "B", lambda n: np.array([1 / n]))
    assert "must return one number: steps" in failure(check, lambda: "A", lambda n: "4")
    assert "predict 'A' or 'B', not 'C'" in failure(check, lambda: "C", lambda n: n)
    assert "both are 0\n" in failure(check, lambda: "A", lambda n: 0)
