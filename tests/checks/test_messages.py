"""What holds for every check: bad kinds of answers, hints, progress, tracebacks."""

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from heedful.checks import ByHand, CheckFailed, Prediction, Task, report
from heedful.checks.transformer import (
    TOPIC,
    check_attend,
    check_decoder_mask,
    check_shift,
)
from heedful.nets import attend, causal_mask, padding_mask
from heedful.text import EOS_ID

from .specimens import specimens

CASES = specimens()
every_check = pytest.mark.parametrize("case", CASES, ids=str)
every_task = pytest.mark.parametrize(
    "check", [c.check for c in CASES if isinstance(c.check, Task)], ids=lambda c: c.name
)


def assert_rejected(check, *answers, phrase):
    with pytest.raises(CheckFailed) as failure:
        check(*answers)
    message = str(failure.value)
    assert phrase in message.split("\n")[0], message
    return message


def assert_one_line(case, answer, phrase):
    """`answer` in place of a right one, with what else the check takes."""
    right = case.right[0] if isinstance(case.right[0], tuple) else (case.right[0],)
    message = assert_rejected(case.check, answer, *right[1:], phrase=phrase)
    assert "\n" not in message


@pytest.fixture(params=["types checked", "as users run it"])
def hook(request):
    """Once with jaxtyping's hook on `heedful`, once as in a notebook, without it."""
    if request.param == "as users run it":
        request.getfixturevalue("as_users_run_it")


def unwritten(*inputs):
    raise NotImplementedError("write it here")


@every_check
def test_an_unwritten_answer_is_one_line(case, hook):
    assert_one_line(case, unwritten, "not written yet")


def test_of_two_functions_the_missing_one_is_named():
    (prediction,) = (c for c in CASES if c.module == "scaling.counting")
    assert_one_line(prediction, unwritten, "my_prediction is not written yet")


@every_check
def test_none_is_one_line(case, hook):
    phrase = "predict" if isinstance(case.check, Prediction) else "`return` missing?"
    assert_one_line(case, lambda *inputs: None, phrase)


@every_check
def test_something_strange_is_one_line(case, hook):
    phrase = "predict" if isinstance(case.check, Prediction) else "return "
    assert_one_line(case, lambda *inputs: object(), phrase)


@every_check
def test_a_result_in_place_of_a_function(case, hook):
    assert_one_line(case, torch.ones(3), "the function itself")


@every_task
def test_wrong_number_of_parameters(check, hook):
    message = assert_rejected(check, lambda: None, phrase="takes 0 positional")
    assert "\n" not in message


def test_numpy_is_named():
    def answer(*inputs):
        return attend(*inputs).numpy()

    assert_rejected(check_attend, answer, phrase="not a numpy.ndarray")


def test_an_exception_shows_the_line_of_the_learner():
    def answer(q, k, v, mask):
        scores = q @ k
        return scores @ v

    message = assert_rejected(check_attend, answer, phrase="RuntimeError at `scores = ")
    assert "called with q (1, 1, 3, 2), k (1, 1, 3, 2)" in message
    assert "\n" not in message


def test_a_complaint_from_the_library_is_passed_on_in_one_line(hook):
    def answer(q, k, v, mask):
        return attend(q, k.mT, v, mask)

    message = assert_rejected(check_attend, answer, phrase="at `return attend(q, k.mT")
    assert "\n" not in message


def spoil_q(q, k, v, mask):
    q /= 2
    return attend(q, k, v, mask)


def spoil_rows(rows):
    for row in rows:
        row.append(EOS_ID)
    return rows


@pytest.mark.parametrize(
    "check, answer, name",
    [
        (check_attend, spoil_q, "q"),
        (check_shift, spoil_rows, "rows"),
        (
            check_decoder_mask,
            lambda tokens, pad_id: tokens.zero_() == 0,
            "tokens",
        ),
    ],
)
def test_changing_an_input_is_named(check, answer, name):
    assert_rejected(check, answer, phrase=f"changes its input `{name}`")


def test_nan_is_named():
    def answer(q, k, v, mask):
        return attend(q, k, v, mask) * float("nan")

    assert_rejected(check_attend, answer, phrase="NaN")


def test_a_large_example_is_shown_by_one_number():
    def wrong_for_large(q, k, v, mask):
        return attend(q, k, v, mask) * (1 if q.size(0) == 1 else 2)

    message = assert_rejected(check_attend, wrong_for_large, phrase="values are not")
    assert "  right  a tensor (2, 3, 5, 13)\n" in message
    assert "  for example at [" in message.splitlines()[-1]


@every_check
def test_hints_come_in_stages(case, capsys):
    check = case.check
    assert len(check.hints) == 3
    right = case.right[0] if isinstance(case.right[0], tuple) else (case.right[0],)
    for hint in (0, 1, 2, 3):
        with pytest.raises(CheckFailed):
            check(unwritten, *right[1:], hint=hint)
        lines = capsys.readouterr().out.splitlines()
        wanted = [f"hint {n} of 3" for n in range(1, hint + 1)]
        assert [line[:11] for line in lines] == wanted


def test_checks_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    check_decoder_mask(
        lambda x, pad_id: causal_mask(x.size(1)) & padding_mask(x, pad_id)
    )
    check_attend(attend)
    assert torch.equal(before, torch.get_rng_state())


def test_progress_counts_what_passed_last(capsys, monkeypatch):
    monkeypatch.setattr(report, "_passed", {})
    TOPIC.progress()
    check_attend(attend)
    TOPIC.progress()
    with pytest.raises(CheckFailed):
        check_attend(unwritten)
    TOPIC.progress()
    said = [line for line in capsys.readouterr().out.splitlines() if "task" in line]
    assert said[0].startswith("no task checked yet")
    assert said[1].startswith(
        "1 of 7 tasks done; still open: in sight, decoder mask, many heads"
    )
    assert said[2].startswith("0 of 7 tasks done")


def test_a_mistake_of_another_length_explains_nothing():
    """Neither where it agrees with the wrong entries nor where it has none."""
    check = ByHand(
        name="three",
        hints=(),
        right=lambda: ["a", "b", "c"],
        mistakes=[("too short", lambda: ["a", "x"])],
    )
    assert_rejected(check, lambda: ["a", "x", "c"], phrase="perhaps there are two")
    assert_rejected(check, lambda: ["a", "b", "x"], phrase="perhaps there are two")
    assert_rejected(check, lambda: ["a", "x"], phrase="too short")


def test_failure_shows_the_smallest_example():
    def inverted(tokens, pad_id):
        return ~(causal_mask(tokens.size(1)) & padding_mask(tokens, pad_id))

    message = assert_rejected(check_decoder_mask, inverted, phrase="inverted")
    assert message.splitlines()[1:7] == [
        "  tokens  7 5 9 0",
        "  pad_id  0",
        "  right   1 0 0 0",
        "          1 1 0 0",
        "          1 1 1 0",
        "          1 1 1 0",
    ]


def test_in_a_notebook_only_the_message_is_shown(capsys):
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_cell(
        "from heedful.checks.transformer import check_attend\n"
        "check_attend(lambda *x: None)"
    )
    shown = capsys.readouterr().out.strip()
    InteractiveShell.clear_instance()
    assert shown == "✗ attention: your function returns None; is the `return` missing?"
