import pytest
import torch

from heedful.generate import greedy, greedy_uncached, write
from heedful.nets import EncoderDecoder, Transformer, TransformerConfig
from heedful.nets.convolutional_seq2seq import (
    ConvolutionalSeq2Seq,
    ConvolutionalSeq2SeqConfig,
)
from heedful.nets.recurrent_seq2seq import RecurrentSeq2Seq, RecurrentSeq2SeqConfig
from heedful.text import EOS_ID, PAD_ID

LENGTHS = [7, 1, 3, 7, 5]
MODELS = [("post", 6), ("post", 9), ("post", 10), ("pre", 1), ("pre", 8), ("pre", 9)]
random_models = pytest.mark.parametrize(("norm", "seed"), MODELS)


def random_model(norm, seed, max_seq_len=17):
    """Small embeddings, so that it does not repeat itself, and a fondness for EOS."""
    sizes = TransformerConfig(
        source_vocab_size=31, target_vocab_size=11, d_model=26, n_layers=2, n_heads=2,
        d_ff=37, max_seq_len=max_seq_len, norm=norm,
    )  # fmt: skip
    model = Transformer(sizes, torch.Generator().manual_seed(seed)).eval()
    with torch.no_grad():
        model.source_emb.weight.mul_(0.3)
        model.target_emb.weight.mul_(0.3)
        model.target_emb.weight[EOS_ID].mul_(2)
    return model


def sources():
    tokens = torch.randint(3, 31, (len(LENGTHS), max(LENGTHS)))
    for row, length in zip(tokens, LENGTHS):
        row[length:] = PAD_ID
    return tokens


class Scripted:
    """Writes given tokens, whatever it is asked: a model for tests by hand."""

    def __init__(self, *answers):
        self.answers, self.asked = torch.tensor(answers), 0

    def __call__(self, source, target, cache=None):
        token = self.answers[:, self.asked]
        self.asked += 1
        logits = torch.zeros(*target.shape, 11)
        logits[torch.arange(len(target)), -1, token] = 1.0
        return logits

    def encode(self, source):
        return torch.zeros(*source.shape, 2)

    def source_mask(self, source):
        return (source != PAD_ID)[:, None, None]

    def new_cache(self, memory, max_len):
        return []

    def decode(self, token, memory, mask, cache):
        return self(None, token)


@random_models
def test_the_cache_changes_no_token(norm, seed):
    model, source = random_model(norm, seed), sources()
    fast, slow = greedy(model, source, 17), greedy_uncached(model, source, 17)
    assert torch.equal(fast, slow)


def test_the_models_above_write_answers_of_many_lengths_and_tokens(as_users_run_it):
    answers = [greedy(random_model(norm, seed), sources(), 17) for norm, seed in MODELS]
    rows = [row.tolist() for rows in answers for row in rows]
    ends = [row.index(EOS_ID) if EOS_ID in row else 17 for row in rows]
    assert len(set(ends)) >= 4
    assert ends.count(17) >= 10
    assert len({token for row in rows for token in row}) >= 6


@random_models
def test_a_row_does_not_depend_on_its_batch(as_users_run_it, norm, seed):
    model, source = random_model(norm, seed), sources()
    together = greedy(model, source, 17)
    for i, length in enumerate(LENGTHS):
        alone = greedy(model, source[i : i + 1, :length], 17)[0]
        assert torch.equal(together[i, : len(alone)], alone)
        assert (together[i, len(alone) :] == PAD_ID).all()


@random_models
def test_a_shorter_limit_cuts_the_same_answer(as_users_run_it, norm, seed):
    model, source = random_model(norm, seed), sources()
    short, long = greedy(model, source, 3), greedy(model, source, 17)
    assert torch.equal(short, long[:, :3])


@pytest.mark.parametrize("way", [greedy, greedy_uncached])
def test_a_row_ends_with_eos_and_is_then_padded(as_users_run_it, way):
    model = Scripted([5, EOS_ID, 7, 8, 9], [6, 7, 8, EOS_ID, 9])
    tokens = way(model, torch.full((2, 3), 4), 5)
    assert tokens.tolist() == [[5, EOS_ID, 0, 0], [6, 7, 8, EOS_ID]]
    assert model.asked == 4  # nothing is computed once all rows have ended


@pytest.mark.parametrize("way", [greedy, greedy_uncached])
def test_an_answer_without_end_stops_at_the_limit(as_users_run_it, way):
    model = Scripted([5, 6, 7, 8, 9], [9, 8, 7, 6, 5])
    tokens = way(model, torch.full((2, 3), 4), 3)
    assert tokens.tolist() == [[5, 6, 7], [9, 8, 7]]


def test_the_longest_possible_answer_fits():
    # Of ten random models some do not stop by themselves.
    model = next(
        model
        for model in (random_model("post", seed, max_seq_len=7) for seed in range(20))
        if greedy(model, sources(), 7).size(1) == 7
    )
    with pytest.raises(ValueError, match="8 tokens is longer than max_seq_len=7"):
        greedy(model, sources(), 8)


def test_writing_needs_the_memory_alone():
    model, source = random_model("post", 10), sources()
    with torch.inference_mode():
        memory, mask = model.encode(source), model.source_mask(source)
    assert torch.equal(write(model, memory, mask, 17), greedy(model, source, 17))
    swapped = write(model, memory.flip(0), mask.flip(0), 17)
    assert torch.equal(swapped, greedy(model, source, 17).flip(0))


SIZES = dict(source_vocab_size=31, target_vocab_size=11, d_model=26, n_layers=2)
BASELINES = {
    "additive": lambda: RecurrentSeq2Seq(RecurrentSeq2SeqConfig(**SIZES)),
    "dot": lambda: RecurrentSeq2Seq(RecurrentSeq2SeqConfig(**SIZES, attention="dot")),
    "none": lambda: RecurrentSeq2Seq(RecurrentSeq2SeqConfig(**SIZES, attention="none")),
    "convolutional": lambda: ConvolutionalSeq2Seq(
        ConvolutionalSeq2SeqConfig(**SIZES, max_seq_len=17)
    ),
}


@pytest.mark.parametrize("build", BASELINES.values(), ids=BASELINES)
def test_every_encoder_decoder_is_written_with(build):
    model, source = build().eval(), sources()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight))
    assert isinstance(model, EncoderDecoder)
    fast, slow = greedy(model, source, 17), greedy_uncached(model, source, 17)
    assert torch.equal(fast, slow)
    assert len(set(fast.flatten().tolist())) > 3


def test_generation_keeps_no_graph():
    assert greedy(random_model("post", 0), sources(), 5).is_inference()
