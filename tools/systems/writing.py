"""Writing: how the next token is chosen."""

import itertools

import torch
from torch import Tensor
from transformers import (
    LogitsProcessor,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from heedful.generate import (
    GREEDY,
    Sampling,
    beam_search,
    complete,
    complete_uncached,
    greedy,
    greedy_uncached,
    speculate,
    stream,
    write,
)
from heedful.generate.sampling import penalise_repetition, sample
from heedful.interop import ChatTokenizer
from heedful.nets import Transformer, TransformerConfig
from heedful.text import BOS_ID, EOS_ID, PAD_ID

from .models import (
    hf_gpt2,
    hf_llama,
    hf_mistral,
    marian,
    ours_of,
    sources,
    transformer,
)
from .table import Gap, Same, gap, largest, same, shaken, system

PROMPTS = [[3, 4, 5, 6, 7], [8, 9], [10, 11, 12], [13]]


@system(
    "greedy, encoder-decoder",
    "generate.greedy generate.greedy_uncached generate.write",
    "transformers' `MarianMTModel.generate`",
)
def greedy_pairs() -> Same:
    ours, source = transformer(), sources()
    expected = marian(ours).generate(
        source, attention_mask=(source != 0).long(), max_new_tokens=11, num_beams=1,
        do_sample=False,
    )[:, 1:]  # fmt: skip
    memory = ours.encode(source)
    written = [
        greedy(ours, source, 11),
        greedy_uncached(ours, source, 11),
        write(ours, memory, ours.source_mask(source), 11),
    ]
    rows = [row for tokens in written for row in tokens.tolist()]
    return same(rows, expected[:, : len(rows[0])].tolist() * 3, "answers")


def continued(theirs: torch.nn.Module, prompt: list[int], n: int = 11) -> list[int]:
    tokens = theirs.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)),
        max_new_tokens=n, do_sample=False, pad_token_id=0,
    )  # fmt: skip
    return tokens[0, len(prompt) :].tolist()


@system(
    "greedy, language model, batched prompts of unequal length",
    "generate.complete generate.complete_uncached generate.stream generate.GREEDY "
    "nets.left_padding_mask",
    "transformers' `generate`, one by one (Llama, Mistral, GPT-2)",
)
def batched() -> Same:
    got, expected = [], []
    for theirs in (hf_llama(), hf_mistral(), hf_gpt2()):
        ours = ours_of(theirs)
        wanted = [continued(theirs, prompt) for prompt in PROMPTS]
        got += complete(ours, PROMPTS, GREEDY, max_new=11)
        got += complete_uncached(ours, PROMPTS, GREEDY, max_new=11)
        got += [list(stream(ours, prompt, GREEDY, max_new=11)) for prompt in PROMPTS]
        expected += wanted * 3
    return same(got, expected, "answers")


@system(
    "speculative decoding, greedy",
    "generate.speculate generate.Speculation",
    "transformers' `generate` with the large model alone",
)
def speculative() -> Same:
    theirs = hf_llama()
    model, draft = ours_of(theirs), ours_of(hf_llama(num_hidden_layers=1))
    got = [
        speculate(model, guesser, prompt, GREEDY, max_new=11, n_draft=3).tokens
        for guesser in (draft, model)
        for prompt in PROMPTS
    ]
    return same(got, [continued(theirs, p) for p in PROMPTS] * 2, "answers")


def shaped(settings: Sampling, *theirs: LogitsProcessor) -> Gap:
    """The distribution that is drawn from, over rows that are narrow and wide."""
    gaps = []
    for spread in (0.3, 3.0, 12.0):
        logits, ids = torch.randn(5, 23) * spread, torch.randint(23, (5, 7))
        seen = torch.zeros(5, 23, dtype=torch.bool).scatter(1, ids, True)
        expected = logits.clone()
        for step in theirs:
            expected = step(ids, expected)
        got = settings.shaped(logits, seen)
        gaps.append(gap(got.softmax(-1), expected.softmax(-1)))
    return largest(gaps)


@system(
    "temperature",
    "generate.Sampling",
    "transformers' `TemperatureLogitsWarper`",
    within=1e-5,
)
def temperature() -> Gap:
    return shaped(Sampling(temperature=0.7), TemperatureLogitsWarper(0.7))


@system("top-k", "generate.Sampling", "transformers' `TopKLogitsWarper`", within=1e-5)
def top_k() -> Gap:
    return shaped(Sampling(top_k=7), TopKLogitsWarper(7))


@system("top-p", "generate.Sampling", "transformers' `TopPLogitsWarper`", within=1e-5)
def top_p() -> Gap:
    return shaped(Sampling(top_p=0.8), TopPLogitsWarper(0.8))


@system("min-p", "generate.Sampling", "transformers' `MinPLogitsWarper`", within=1e-5)
def min_p() -> Gap:
    return shaped(Sampling(min_p=0.1), MinPLogitsWarper(0.1))


@system(
    "repetition penalty",
    "generate.Sampling",
    "transformers' `RepetitionPenaltyLogitsProcessor`",
    within=1e-5,
)
def penalty() -> Gap:
    logits, ids = torch.randn(5, 23), torch.randint(23, (5, 7))
    seen = torch.zeros(5, 23, dtype=torch.bool).scatter(1, ids, True)
    theirs = RepetitionPenaltyLogitsProcessor(1.3)
    return largest(
        [
            gap(penalise_repetition(logits, seen, 1.3), theirs(ids, logits.clone())),
            shaped(Sampling(repetition_penalty=1.3), theirs),
        ]
    )


@system(
    "all of these in their order",
    "generate.Sampling",
    "transformers' processors, one after the other",
    within=1e-5,
)
def all_together() -> Gap:
    settings = Sampling(
        repetition_penalty=1.7, temperature=1.9, top_k=17, top_p=0.8, min_p=0.05
    )
    return shaped(
        settings, RepetitionPenaltyLogitsProcessor(1.7), TemperatureLogitsWarper(1.9),
        TopKLogitsWarper(17), TopPLogitsWarper(0.8), MinPLogitsWarper(0.05),
    )  # fmt: skip


@system(
    "drawing",
    "generate.sampling.sample",
    "the probabilities themselves, over 200,000 draws",
    within=0.01,
)
def drawing() -> Gap:
    logits = torch.tensor([0.0, 1.0, 2.0, -1.0, -torch.inf])
    drawn = sample(logits.expand(200_000, 5), torch.Generator().manual_seed(0))
    return gap(drawn.bincount(minlength=5) / 200_000, logits.softmax(-1))


def beam_model() -> Transformer:
    config = TransformerConfig(
        source_vocab_size=11, target_vocab_size=5, d_model=14, n_heads=7, n_layers=1,
        d_ff=13, max_seq_len=23, dropout=0.0,
    )  # fmt: skip
    return shaken(Transformer(config))


def best_of_all(model: Transformer, source: Tensor, max_new: int) -> list[int]:
    """The answer with the best mean log probability: all of them are scored."""
    others = [token for token in range(5) if token != EOS_ID]
    answers = [
        [*start, EOS_ID]
        for n in range(max_new)
        for start in itertools.product(others, repeat=n)
    ] + [list(full) for full in itertools.product(others, repeat=max_new)]

    def score(answer: list[int]) -> float:
        target = torch.tensor([[BOS_ID, *answer[:-1]]])
        log_p = model(source, target).log_softmax(-1)[0]
        return float(sum(log_p[t, i] for t, i in enumerate(answer))) / len(answer)

    best = max(answers, key=score)
    return best + [PAD_ID] * (max_new - len(best))


@system(
    "beam search, a beam that holds everything",
    "generate.beam_search",
    "the best of all answers there are, each scored by itself",
)
def wide_beam() -> Same:
    got, expected = [], []
    for _ in range(5):
        model, source = beam_model(), torch.randint(3, 11, (2, 6))
        found = beam_search(model, source, 3, n_beams=125).tolist()
        got += [row + [PAD_ID] * (3 - len(row)) for row in found]
        expected += [best_of_all(model, source[i : i + 1], 3) for i in range(2)]
    return same(got, expected, "answers")


@system(
    "beam search, 4 beams",
    "generate.beam_search",
    "transformers' `MarianMTModel.generate(num_beams=4)`",
)
def beams() -> Same:
    got, expected = [], []
    for _ in range(3):
        ours, source = transformer(), sources()
        rows = marian(ours).generate(
            source, attention_mask=(source != 0).long(), max_new_tokens=11, num_beams=4,
            do_sample=False, length_penalty=1.0, early_stopping=False,
        )[:, 1:]  # fmt: skip
        got += [cut(row) for row in beam_search(ours, source, 11, n_beams=4).tolist()]
        expected += [cut(row) for row in rows.tolist()]
    return same(got, expected, "answers")


def cut(row: list[int]) -> list[int]:
    """An answer without what fills its row up."""
    return row[: row.index(EOS_ID) + 1] if EOS_ID in row else row


@system(
    "chat template and tokenizer of a GGUF file",
    "interop.ChatTokenizer",
    "the template and the merges, followed by hand",
)
def chat() -> Same:
    from tokenizers.pre_tokenizers import ByteLevel

    merges = ["a b", "ab c", "1 2"]
    tokens = ["<|end|>", "<|start|>", *sorted(ByteLevel.alphabet()), "ab", "abc", "12"]
    tokenizer = ChatTokenizer(
        {
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": "smollm",
            "tokenizer.ggml.tokens": tokens,
            "tokenizer.ggml.token_type": [3, 3] + [1] * (len(tokens) - 2),
            "tokenizer.ggml.merges": merges,
            "tokenizer.ggml.bos_token_id": 1,
            "tokenizer.ggml.eos_token_id": 0,
            "tokenizer.chat_template": (
                "{% for m in messages %}<|start|>{{ m['content'] }}<|end|>{% endfor %}"
                "{% if add_generation_prompt %}<|start|>{% endif %}"
            ),
        }
    )
    prompt = tokenizer.prompt([dict(role="user", content="abcab 12")])
    # No merge across two digits: each stands alone.
    expected = ["<|start|>", "abc", "ab", "Ġ", "1", "2", "<|end|>", "<|start|>"]
    return same([tokens[i] for i in prompt], expected, "tokens")
