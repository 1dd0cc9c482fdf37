"""`heedful complete`, and `continue_text` behind it."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from heedful.cli import main
from heedful.generate import Sampling, complete_uncached
from heedful.generate.continue_text import continue_text
from heedful.text.corpus import Card
from heedful.text.documents import Document, TextCorpus
from heedful.train import LanguageRunConfig, LanguageSizes, Run, new_run
from heedful.train.language import new_language_run

pytestmark = pytest.mark.usefixtures("as_users_run_it")

EOS = 2


def heedful(*args, **options):
    return CliRunner().invoke(main, [str(arg) for arg in args], **options)


def output(*args, **options):
    result = heedful(*args, **options)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def mistake(*args):
    """The one line in which the command says what is wrong."""
    result = heedful(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("heedful: ")
    return line


@pytest.fixture(scope="module")
def run():
    """It has learned nothing, so it writes anything."""
    card = Card(
        name="x", summary="", source="", licence="", split="", size="", examples=()
    )
    documents = [Document("a.py", "def f(x):\n    return x\n" * 7)]
    corpus = TextCorpus(card=card, train=documents, valid=documents, test=documents)
    sizes = LanguageSizes(
        d_model=22, n_layers=2, n_heads=1, n_kv_heads=1, d_ff=29, max_seq_len=41
    )
    run = new_language_run(LanguageRunConfig(vocab_size=263, model=sizes), corpus)
    for weight in run.model.parameters():
        torch.nn.init.normal_(weight, generator=torch.Generator().manual_seed(0))
    run.model.eval()
    return run


@pytest.fixture
def folder(run, home):
    """The run where the command looks for it."""
    path = home / "runs" / "python"
    run.save(path)
    return path


# The text


def test_greedy_text_is_that_of_the_slow_twin(run):
    (tokenizer,) = run.tokenizers
    ids = [EOS, *tokenizer.encode("def f(")]
    (answer,) = complete_uncached(run.model, [ids], max_new=23, stop_ids=(EOS,))
    assert len(answer) > 5
    text = "".join(continue_text(run, "def f(", max_new=23))
    assert text == tokenizer.decode(answer)


def test_text_comes_as_it_is_written(run):
    calls = []
    hook = run.model.register_forward_hook(lambda *_: calls.append(1))
    pieces = continue_text(run, "x", max_new=29)
    assert calls == []
    next(pieces)
    assert len(calls) < 9  # a character may need up to four tokens
    hook.remove()


@pytest.fixture
def written(monkeypatch):
    """`written(ids)` puts these tokens into the model's mouth."""

    def put(ids):
        module = sys.modules["heedful.generate.continue_text"]
        monkeypatch.setattr(module, "stream", lambda *_, **__: iter(ids))

    return put


def as_bytes(data):
    return [3 + byte for byte in data]


def test_a_character_of_several_tokens_comes_whole(run, written):
    written(as_bytes("a語é".encode()))
    assert list(continue_text(run, "", max_new=9)) == ["a", "語", "é"]


def test_bytes_that_are_no_text_are_shown_as_such(run, written):
    written(as_bytes(b"a\xffb\xe8\xaa"))
    assert "".join(continue_text(run, "", max_new=9)) == "a\ufffdb\ufffd"


def test_the_end_of_the_document_is_no_text(run, written):
    written([*as_bytes(b"a"), EOS])
    assert list(continue_text(run, "", max_new=9)) == ["a"]


# The command


def test_the_prompt_comes_first_and_then_what_the_model_writes(folder, run):
    shown = output("complete", "def f(", "--temperature", 0, "--max-new", 17)
    expected = "".join(continue_text(run, "def f(", max_new=17))
    assert shown == f"def f({expected}\n"


def test_sampling_settings_reach_the_model(folder, run):
    settings = Sampling(temperature=0.7, top_k=5, top_p=0.9)
    generator = torch.Generator().manual_seed(3)
    written = continue_text(run, "x", settings, max_new=31, generator=generator)
    options = ["--temperature", 0.7, "--top-k", 5, "--top-p", 0.9, "--seed", 3]
    shown = output("complete", "x", *options, "--max-new", 31)
    assert shown == f"x{''.join(written)}\n"


def test_a_seed_repeats_and_no_seed_does_not(folder):
    def shown(*options):
        return output("complete", "x", "--temperature", 1, "--top-p", 1, *options)

    options = ["--max-new", 31]
    assert shown(*options, "--seed", 5) == shown(*options, "--seed", 5)
    assert shown(*options, "--seed", 5) != shown(*options, "--seed", 6)
    assert shown(*options) != shown(*options)


def test_several_continuations_differ_and_are_told_apart(folder):
    shown = output("complete", "x", "--n", 3, "--max-new", 31, "--seed", 1)
    first, *texts = shown.split("--- ")
    assert first == ""
    assert [text[:6] for text in texts] == ["1 of 3", "2 of 3", "3 of 3"]
    assert all(text[6:].startswith("\nx") for text in texts)
    assert len({text[6:] for text in texts}) == 3


def test_on_a_terminal_the_prompt_is_bold_and_nothing_else_is(folder):
    options = ["--temperature", 0, "--max-new", 7]
    plain = output("complete", "def f(", *options)
    shown = output("complete", "def f(", *options, color=True)
    assert shown == plain.replace("def f(", "\x1b[1mdef f(\x1b[0m", 1)
    assert "\x1b" not in plain


@pytest.mark.parametrize("prompt", ["", "日本語 = '🙂'", "\t\x0b\n", "naïve"])
def test_no_text_is_unknown(folder, prompt):
    shown = output("complete", prompt, "--max-new", 3)
    assert shown.startswith(prompt)


def test_bytes_of_the_shell_that_are_no_text_are_no_error(folder):
    # Python hands such a byte over as half of a surrogate pair.
    assert output("complete", "x\udcff", "--max-new", 3).startswith("x\ufffd")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], "Missing argument 'PROMPT'"),
        (["x", "y"], "unexpected extra argument (y)"),
        (["x", "--temperature", "-1"], "temperature=-1.0 must be a number 0 (greedy)"),
        (["x", "--temperature", "nan"], "temperature=nan must be a number"),
        (["x", "--temperature", "warm"], "'warm' is not a valid float"),
        (["x", "--top-k", "0"], "top_k=0 must be a whole number from 1 up"),
        (["x", "--top-p", "0"], "top_p=0.0 must be a number above 0 and at most 1"),
        (["x", "--max-new", "0"], "max_new=0 must be at least 1"),
        (["x", "--max-new", "42"], "at most 40 new ones fit"),
        (["x " * 99], "max_seq_len=41"),
        (["x", "--n", "0"], "0 is not in the range x>=1"),
        (["x", "--seed", "-1"], "-1 is not in the range"),
        (["x", "--seed", str(2**63)], "is not in the range"),
        (["x", "--task", "poems"], "unknown text 'poems': choose one of python"),
    ],
    ids=lambda x: " ".join(x)[:30] if isinstance(x, list) else "",
)
def test_a_mistake_is_told_in_one_line(folder, args, expected):
    assert expected in mistake("complete", *args)


def test_a_missing_run_is_told_with_its_remedy(home):
    line = mistake("complete", "def f(")
    assert f"there is no trained run in {home}/runs/python" in line
    assert "`heedful train python` makes one" in line


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizers.json", "record.json", "config.json"]
)
def test_a_damaged_run_is_told_with_its_remedy(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    line = mistake("complete", "x")
    assert str(folder) in line
    assert "`heedful train python` makes one" in line


def test_merges_of_nothing_are_told_as_damage(folder):
    file = folder / "tokenizers.json"
    (saved,) = json.loads(file.read_text())
    saved["merges"][0] = [3, 999]
    file.write_text(json.dumps([saved]))
    (folder / "manifest.json").unlink()  # which would tell of any change
    assert "uses a piece that is not among" in mistake("complete", "x")


def test_a_run_that_translates_is_refused(tiny_config, tmp_path):
    new_run(tiny_config, tiny_config.corpus()).save(tmp_path / "numbers")
    line = mistake("complete", "two", "--run", tmp_path / "numbers")
    assert "translates: ask it with `heedful translate`" in line


def test_another_folder_can_be_named(folder, tmp_path):
    place = Path(shutil.copytree(folder, tmp_path / "mine"))
    shutil.rmtree(folder)
    assert output("complete", "x", "--run", place, "--max-new", 3).startswith("x")
    assert Run.load(place).config.task == "python"


def test_help_has_an_example():
    shown = output("complete", "--help")
    assert 'heedful complete "def fibonacci("' in shown
