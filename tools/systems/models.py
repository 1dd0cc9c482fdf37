"""Models, and weights from elsewhere."""

import struct
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor, nn
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MarianConfig,
    MarianMTModel,
    MistralConfig,
    MistralForCausalLM,
)

from heedful import interop
from heedful.nets import (
    EncoderDecoder,
    KVCache,
    LanguageModel,
    LanguageModelConfig,
    Transformer,
    TransformerConfig,
    sentence_embedding,
)
from heedful.nets.convolutional_seq2seq import (
    ConvolutionalSeq2Seq,
    ConvolutionalSeq2SeqConfig,
)
from heedful.nets.recurrent_seq2seq import RecurrentSeq2Seq, RecurrentSeq2SeqConfig

from .table import Gap, Same, gap, largest, same, shaken, system

B, S, T, V = 3, 7, 29, 31
NO_SIGNS = dict(bos_token_id=None, eos_token_id=None)
LLAMA = dict(
    vocab_size=V, hidden_size=60, num_hidden_layers=2, num_attention_heads=6,
    num_key_value_heads=2, intermediate_size=37, max_position_embeddings=41, **NO_SIGNS,
)  # fmt: skip
LLAMA_3_1 = dict(
    rope_type="llama3", rope_theta=97.0, factor=8.0, low_freq_factor=1.0,
    high_freq_factor=4.0, original_max_position_embeddings=31,
)  # fmt: skip


def hf_llama(**changes) -> nn.Module:
    return shaken(LlamaForCausalLM(LlamaConfig(**LLAMA | changes)))


def hf_mistral() -> nn.Module:
    return shaken(MistralForCausalLM(MistralConfig(**LLAMA, sliding_window=5)))


def hf_gpt2() -> nn.Module:
    sizes = dict(vocab_size=V, n_embd=30, n_layer=2, n_head=3, n_positions=41)
    return shaken(GPT2LMHeadModel(GPT2Config(**sizes, **NO_SIGNS)))


def ours_of(theirs: nn.Module) -> LanguageModel:
    return interop.from_hugging_face(theirs.config.to_dict(), theirs.state_dict())


def logits(theirs: nn.Module) -> Gap:
    tokens = torch.randint(V, (B, T))
    return gap(ours_of(theirs)(tokens), theirs(tokens).logits)


def marian(ours: Transformer) -> nn.Module:
    settings, weights = interop.to_marian(ours)
    theirs = MarianMTModel(MarianConfig(**settings))
    theirs.load_state_dict(weights)
    return theirs.eval()


def transformer() -> Transformer:
    config = TransformerConfig(
        source_vocab_size=31, target_vocab_size=29, d_model=22, n_layers=3, n_heads=2,
        d_ff=37, max_seq_len=41,
    )  # fmt: skip
    return shaken(Transformer(config))


def sources() -> Tensor:
    tokens = torch.randint(1, 31, (5, S))
    for tokens_of_row, length in zip(tokens, [7, 1, 3, 7, 5]):
        tokens_of_row[length:] = 0
    return tokens


@system(
    "Transformer of 2017 (encoder-decoder)",
    "nets.Transformer interop.to_marian",
    "transformers' `MarianMTModel`",
    within=1e-4,
)
def encoder_decoder() -> Gap:
    ours, source, target = transformer(), sources(), torch.randint(1, 29, (5, 13))
    theirs = marian(ours)(
        source, attention_mask=(source != 0).long(), decoder_input_ids=target
    )
    return gap(ours(source, target), theirs.logits)


@system(
    "Marian weights in and out",
    "interop.from_marian interop.to_marian",
    "the weights before the journey",
)
def marian_journey() -> Same:
    ours = transformer()
    again = interop.from_marian(*interop.to_marian(ours)).state_dict()
    weights = ours.state_dict()
    pairs = [torch.equal(w, again[name]) for name, w in weights.items()]
    return same(pairs, [True] * len(again), "tensors")


@system(
    "GPT-2 (learned positions, LayerNorm, GELU)",
    "nets.LanguageModel nets.gpt2 interop.from_hugging_face",
    "transformers' `GPT2LMHeadModel`",
    within=1e-4,
)
def gpt2() -> Gap:
    return logits(hf_gpt2())


@system(
    "Llama 3.1 (grouped queries, scaled rotary, RMSNorm, SwiGLU)",
    "nets.LanguageModel nets.llama nets.LanguageModelConfig",
    "transformers' `LlamaForCausalLM`",
    within=1e-4,
)
def llama() -> Gap:
    return logits(hf_llama(rope_parameters=LLAMA_3_1))


@system(
    "Mistral (sliding window)",
    "nets.LanguageModel interop.from_hugging_face",
    "transformers' `MistralForCausalLM`",
    within=1e-4,
)
def mistral() -> Gap:
    return logits(hf_mistral())


@system(
    "language model without positions",
    "nets.LanguageModel",
    "transformers' GPT-2, its position table set to zero",
    within=1e-4,
)
def no_positions() -> Gap:
    theirs = hf_gpt2()
    theirs.transformer.wpe.weight.zero_()
    learned = ours_of(theirs)
    c = learned.config
    ours = LanguageModel(
        LanguageModelConfig(
            vocab_size=V, d_model=c.d_model, n_layers=c.n_layers, n_heads=c.n_heads,
            d_ff=c.d_ff, norm="layer", ffn="gelu", bias=True, positions="none",
            tie_embeddings=True, max_seq_len=41,
        )
    ).eval()  # fmt: skip
    weights = learned.state_dict()
    del weights["pos_emb.weight"]
    ours.load_state_dict(weights)
    tokens = torch.randint(V, (B, T))
    return gap(ours(tokens), theirs(tokens).logits)


@system(
    "BERT (encoder alone)",
    "nets.Encoder nets.EncoderConfig interop.from_bert",
    "transformers' `BertModel`",
    within=1e-4,
)
def bert() -> Gap:
    theirs = hf_bert()
    tokens, segments = torch.randint(1, V, (B, 13)), torch.randint(2, (B, 13))
    tokens[0, 5:] = 0
    real = tokens != 0
    ours = interop.from_bert(theirs.config.to_dict(), theirs.state_dict())
    expected = theirs(tokens, attention_mask=real.long(), token_type_ids=segments)
    return gap(ours(tokens, segments)[real], expected.last_hidden_state[real])


def hf_bert() -> nn.Module:
    sizes = dict(
        vocab_size=V, hidden_size=33, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=37, max_position_embeddings=17,
    )  # fmt: skip
    return shaken(BertModel(BertConfig(**sizes)))


@system(
    "BERT weights in and out",
    "interop.from_bert interop.to_bert interop.save_bert interop.load_bert",
    "the weights before the journey",
)
def bert_journey() -> Same:
    theirs = hf_bert()
    ours = interop.from_bert(theirs.config.to_dict(), theirs.state_dict())
    with tempfile.TemporaryDirectory() as folder:
        interop.save_bert(ours, Path(folder))
        again = interop.load_bert(Path(folder)).state_dict()
    pairs = [torch.equal(w, again[name]) for name, w in ours.state_dict().items()]
    return same(pairs, [True] * len(again), "tensors")


@system(
    "one vector for a text",
    "nets.sentence_embedding",
    "the mean over each row's real tokens, row by row",
    within=1e-5,
)
def pooled() -> Gap:
    x, lengths = torch.randn(B, T, 11), [29, 1, 7]
    real = torch.arange(T) < torch.tensor(lengths)[:, None]
    means = [row[:n].mean(0) for row, n in zip(x, lengths)]
    expected = torch.stack([m / m.square().sum().sqrt() for m in means])
    return gap(sentence_embedding(x, real), expected)


@system(
    "Hugging Face language models in and out",
    "interop.to_hugging_face interop.save_hugging_face interop.load_hugging_face",
    "the weights before the journey (Llama, Mistral, GPT-2)",
)
def journeys() -> Same:
    results, n = [], 0
    for theirs in (hf_llama(), hf_mistral(), hf_gpt2()):
        ours = ours_of(theirs)
        with tempfile.TemporaryDirectory() as folder:
            interop.save_hugging_face(ours, Path(folder))
            again = interop.load_hugging_face(Path(folder)).state_dict()
        pairs = [torch.equal(w, again[name]) for name, w in ours.state_dict().items()]
        results += pairs
        n += len(again)
    return same(results, [True] * n, "tensors")


@system(
    "KV cache of a language model",
    "nets.KVCache nets.LanguageModel",
    "transformers' models without one (Llama, Mistral, GPT-2)",
    within=1e-4,
)
def cached() -> Gap:
    gaps = []
    for theirs in (hf_llama(), hf_mistral(), hf_gpt2()):
        ours, tokens = ours_of(theirs), torch.randint(V, (B, T))
        cache = ours.new_cache(B, T)
        parts = [ours(part, cache) for part in tokens.split([7, 1, 21], dim=1)]
        gaps.append(gap(torch.cat(parts, 1), theirs(tokens).logits))
    return largest(gaps)


@system("KV cache, kept and read", "nets.KVCache", "`torch.cat` of what was put in")
def cache_alone() -> Same:
    cache, k, v = KVCache(B, 2, T, 5), torch.randn(B, 2, T, 5), torch.randn(B, 2, T, 5)
    for part in (slice(0, 7), slice(7, 8), slice(8, T)):
        cache.append(k[:, :, part], v[:, :, part])
    both = [cache.keys.tolist(), cache.values.tolist()]
    return same(both, [k.tolist(), v.tolist()], "tensors")


@system(
    "every encoder-decoder step by step",
    "nets.EncoderDecoder nets.Transformer nets.RecurrentSeq2Seq "
    "nets.ConvolutionalSeq2Seq",
    "the whole target at once",
    within=1e-4,
)
def stepwise() -> Gap:
    sizes = dict(source_vocab_size=31, target_vocab_size=29, d_model=22, dropout=0.0)
    recurrent = RecurrentSeq2Seq(RecurrentSeq2SeqConfig(**sizes))
    # Six random layers would blow up its logits, and the rounding with them.
    convolutional = ConvolutionalSeq2Seq(
        ConvolutionalSeq2SeqConfig(**sizes, n_layers=2)
    )
    gaps, source, target = [], sources(), torch.randint(1, 29, (5, 13))
    for model in (transformer(), shaken(recurrent), shaken(convolutional)):
        if not isinstance(model, EncoderDecoder):
            raise TypeError(f"{type(model).__name__} is no EncoderDecoder")
        memory, mask = model.encode(source), model.source_mask(source)
        cache = model.new_cache(memory, 13)
        steps = [model.decode(y, memory, mask, cache) for y in target.split(1, dim=1)]
        gaps.append(gap(torch.cat(steps, 1), model(source, target)))
    return largest(gaps)


@system(
    "weights of 8 and 4 bits in a GGUF file",
    "interop.read_gguf",
    "the blocks, taken apart by hand",
)
def quantised() -> Same:
    # A scale of 1/4 and, for 4 bits, a lowest value of -1; then the whole numbers.
    q8, q4 = torch.arange(-16, 16), torch.arange(32) % 16
    low, high = q4.split(16)
    blocks = {
        "Q8_0": struct.pack("<e32b", 0.25, *q8.tolist()),
        "Q4_1": struct.pack("<ee16B", 0.25, -1, *(low + 16 * high).tolist()),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = gguf.GGUFWriter(Path(folder) / "small.gguf", "llama")
        for name, block in blocks.items():
            kind = gguf.GGMLQuantizationType[name]
            file.add_tensor(name, np.frombuffer(block, np.uint8)[None], raw_dtype=kind)
        file.write_header_to_file()
        file.write_kv_data_to_file()
        file.write_tensors_to_file()
        file.close()
        _, read = interop.read_gguf(Path(folder) / "small.gguf")
    got = torch.cat([read["Q8_0"][0], read["Q4_1"][0]])
    return same(got.tolist(), torch.cat([q8 / 4, q4 / 4 - 1]).tolist(), "weights")
