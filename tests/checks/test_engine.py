"""What holds for every check: bad kinds of answers, hints, progress, tracebacks."""

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from heedful import checks
from heedful.checks import CheckFailed, report
from heedful.nets import attend, sinusoidal

from .common import assert_rejected

CHECKS = [
    checks.check_decoder_mask,
    checks.check_attend,
    checks.check_multi_head,
    checks.check_sinusoidal,
    checks.check_decoder_layer,
    checks.check_shift,
]
every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)


@pytest.fixture(params=["types checked", "as users run it"])
def hook(request):
    """Once with jaxtyping's hook on `heedful`, once as in a notebook, without it."""
    if request.param == "as users run it":
        request.getfixturevalue("as_users_run_it")


def unwritten(*inputs):
    raise NotImplementedError("write it here")


@every_check
def test_an_unwritten_answer_is_one_line(check, hook):
    message = assert_rejected(check, unwritten, "not written yet")
    assert "\n" not in message


@every_check
def test_none_is_one_line(check, hook):
    message = assert_rejected(check, lambda *inputs: None, "`return` missing?")
    assert "\n" not in message


@every_check
def test_something_that_is_no_tensor(check, hook):
    phrase = "not a list" if check is not checks.check_shift else "return 2 tensors"
    message = assert_rejected(check, lambda *inputs: [1, 2, 3], phrase)
    assert "\n" not in message


@every_check
def test_a_result_in_place_of_a_function(check, hook):
    message = assert_rejected(check, torch.ones(3), "the function itself")
    assert "\n" not in message


@every_check
def test_wrong_number_of_parameters(check, hook):
    message = assert_rejected(check, lambda: None, "takes 0 positional arguments")
    assert "\n" not in message


def test_numpy_is_named():
    def answer(*inputs):
        return attend(*inputs).numpy()

    assert_rejected(checks.check_attend, answer, "not a numpy.ndarray")


def test_an_exception_shows_the_line_of_the_learner():
    def answer(q, k, v, mask):
        scores = q @ k
        return scores @ v

    message = assert_rejected(checks.check_attend, answer, "RuntimeError at `scores = ")
    assert "called with q (1, 1, 3, 2), k (1, 1, 3, 2)" in message
    assert "\n" not in message


def test_a_complaint_from_the_library_is_passed_on_in_one_line(hook):
    def answer(q, k, v, mask):
        return attend(q, k.mT, v, mask)

    message = assert_rejected(checks.check_attend, answer, "at `return attend(q, k.mT")
    assert "\n" not in message


def spoil_q(q, k, v, mask):
    q /= 2
    return attend(q, k, v, mask)


def spoil_rows(rows):
    for row in rows:
        row.append(checks.shift.EOS_ID)
    return rows


@pytest.mark.parametrize(
    "check, answer, name",
    [
        (checks.check_attend, spoil_q, "q"),
        (checks.check_shift, spoil_rows, "rows"),
        (
            checks.check_decoder_mask,
            lambda tokens, pad_id: tokens.zero_() == 0,
            "tokens",
        ),
    ],
)
def test_changing_an_input_is_named(check, answer, name):
    assert_rejected(check, answer, f"changes its input `{name}`")


def test_nan_is_named():
    def answer(q, k, v, mask):
        return attend(q, k, v, mask) * float("nan")

    assert_rejected(checks.check_attend, answer, "NaN")


def test_a_large_example_is_shown_by_one_number():
    def wrong_for_large(q, k, v, mask):
        return attend(q, k, v, mask) * (1 if q.size(0) == 1 else 2)

    message = assert_rejected(checks.check_attend, wrong_for_large, "values are not")
    assert "  right  a tensor (2, 3, 5, 13)\n" in message
    assert "  for example at [" in message.splitlines()[-1]


@every_check
def test_hints_come_in_stages(check, capsys):
    for hint in (0, 1, 2, 3):
        with pytest.raises(CheckFailed):
            check(unwritten, hint=hint)
        lines = capsys.readouterr().out.splitlines()
        assert [line[:11] for line in lines] == [f"hint {n} of 3" for n in (1, 2, 3)][
            :hint
        ]


def test_checks_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    checks.check_sinusoidal(sinusoidal)
    checks.check_attend(attend)
    assert torch.equal(before, torch.get_rng_state())


def test_progress_counts_what_passed_last(capsys, monkeypatch):
    monkeypatch.setattr(report, "_passed", {})
    checks.progress()
    checks.check_attend(attend)
    checks.progress()
    with pytest.raises(CheckFailed):
        checks.check_attend(unwritten)
    checks.progress()
    said = [line for line in capsys.readouterr().out.splitlines() if "task" in line]
    assert said[0].startswith("no task checked yet")
    assert said[1].startswith("1 of 7 tasks done; still open: decoder mask, many heads")
    assert said[2].startswith("0 of 7 tasks done")


def test_progress_knows_every_task(monkeypatch):
    monkeypatch.setattr(report, "_passed", {})
    for check in CHECKS:
        with pytest.raises(CheckFailed):
            check(unwritten)
    with pytest.raises(CheckFailed):
        checks.check_positions(unwritten, unwritten)
    assert sorted(report._passed) == sorted(report.TOPICS["05 The full Transformer"])


def test_in_a_notebook_only_the_message_is_shown(capsys):
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_cell(
        "from heedful.checks import check_attend\ncheck_attend(lambda *x: None)"
    )
    shown = capsys.readouterr().out.strip()
    InteractiveShell.clear_instance()
    assert shown == "✗ attention: your function returns None; is the `return` missing?"
