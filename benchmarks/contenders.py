"""Who competes: our models, and those of other libraries at the same sizes.

All of one field get the same batches, the same loss and the same optimiser (fused
Adam); what differs is the model and how it is computed. Every attention is
`scaled_dot_product_attention` where the library has it.
"""

from itertools import cycle, islice

import torch

from benchmarks.arithmetic import training_operations
from benchmarks.ceilings import ceiling
from benchmarks.writers import generation, writing
from heedful.nets import LanguageModel, Transformer, TransformerConfig
from heedful.nets.language_config import LanguageModelConfig
from heedful.text.any_tokenizer import learn_tokenizer
from heedful.text.batching import encode_pairs, training_batches
from heedful.text.corpora import CORPORA, TEXTS
from heedful.text.packing import TextBatch
from heedful.text.token_file import TokenFile, rows
from heedful.text.tokenizer import PAD_ID
from heedful.train.kernels import with_kernels
from heedful.train.optimizers import new_optimizers


def ready(job):
    """The function that does one round, and what there is to tell of it."""
    torch.manual_seed(0)
    torch.set_num_threads(job["threads"])
    fields = {
        "decoder": _decoder,
        "translation": _translation,
        "writing": writing,
        "generation": generation,
        "ceiling": ceiling,
    }
    return fields[job["field"]](job)


def _decoder(job):
    size, batches = job["size"], text_batches(job)
    model = LANGUAGE_MODELS[job["library"]](size)
    do_round, told = _training(job, model, batches)
    # 4 T d_model for each token and layer: scores and mixture, half of them masked.
    per_token = 2 * size["max_seq_len"] * size["d_model"] * size["n_layers"]
    weights, n_tokens = told["weights"], told["tokens"]
    told["work"] = training_operations(weights, n_tokens, per_token * n_tokens)
    return do_round, told


def _translation(job):
    batches, n_source, n_target = pair_batches(job)
    sizes = {**job["size"], "n_source": n_source, "n_target": n_target}
    model = TRANSLATORS[job["library"]](sizes)
    do_round, told = _training(job, model, batches)
    grids = [grid for batch in batches for grid in batch.inputs]
    told["padding"] = float(torch.cat([g.flatten() == PAD_ID for g in grids]).mean(
        dtype=torch.float32))  # fmt: skip
    # Each side's weights meet the tokens of that side; rows are short, and attention
    # itself is left out.
    reading = sum(w.numel() for name, w in model.named_parameters()
                  if name.startswith("encoder"))  # fmt: skip
    n_read = sum(int((batch.inputs[0] != PAD_ID).sum()) for batch in batches)
    told["work"] = training_operations(reading, n_read, 0)
    rest = told["weights"] - reading
    told["work"] += training_operations(rest, told["tokens"], 0)
    return do_round, told


def _training(job, model, batches):
    model.train()
    # A peer in bfloat16 is our plain way: autocast, and its own kernels.
    kernels = job["kernels"] if job["family"] == "ours" else "plain"
    forward, loss_of = with_kernels(model, kernels, job["precision"])
    (optimizer,) = new_optimizers(model, "adam", fused=True)
    stream, n_steps = cycle(batches), job["steps"]

    def do_round():
        for batch in islice(stream, n_steps):
            logits = forward(*batch.inputs)
            loss = loss_of(logits.float(), batch.goal)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    n_tokens = sum(int((batch.goal != PAD_ID).sum()) for batch in batches)
    n_weights = sum(weight.numel() for weight in model.parameters())
    return do_round, {"tokens": n_tokens, "weights": n_weights}


def text_batches(job):
    """The batches of a round, all of one shape; in a quick run of random tokens."""
    size, n = job["size"], job["steps"] * job["batch"]
    length = size["max_seq_len"]
    if job["quick"]:
        both = torch.randint(1, size["vocab_size"], (n, length + 1))
        return TextBatch(both[:, :-1], both[:, 1:]).in_batches(job["batch"])
    ids = TokenFile.of(TEXTS["python"](), size["vocab_size"]).train
    return rows(ids, length, list(range(n))).in_batches(job["batch"])


def pair_batches(job):
    """The batches of a round, and both vocabularies.

    Rows of like length lie together as in our training, or, with `drawn`, as chance has
    it. Of a pool of batches by length every so-manieth is taken, short and long alike.
    """
    corpus = CORPORA["numbers"](n_train=1_000 if job["quick"] else 20_000)
    source, target = (
        learn_tokenizer((pair[side] for pair in corpus.train), unit, 0)
        for side, unit in enumerate(corpus.units)
    )
    pairs = encode_pairs(corpus.train, source, target)
    size, steps = job["batch"], job["steps"]
    if job.get("drawn"):
        order = torch.randperm(len(pairs)).tolist()
        batches = [
            pairs.batch(order[i : i + size]) for i in range(0, steps * size, size)
        ]
    else:
        pool = list(islice(training_batches(pairs, size, seed=0), 50))
        pool.sort(key=lambda batch: batch.goal.size(1))
        batches = [pool[(2 * i + 1) * len(pool) // (2 * steps)] for i in range(steps)]
    return batches, len(source), len(target)


def our_language_model(size):
    return LanguageModel(LanguageModelConfig(**size, tie_embeddings=True))


class _Logits(torch.nn.Module):
    """A model of transformers that answers with logits alone, and keeps no cache."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        return self.model(tokens, use_cache=False).logits


def _hugging_face_llama(size):
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=size["vocab_size"],
        hidden_size=size["d_model"],
        intermediate_size=size["d_ff"],
        num_hidden_layers=size["n_layers"],
        num_attention_heads=size["n_heads"],
        max_position_embeddings=size["max_seq_len"],
        tie_word_embeddings=True,
        attn_implementation="sdpa",
    )
    return _Logits(LlamaForCausalLM(config))


def _hugging_face_gpt2(size):
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=size["vocab_size"],
        n_embd=size["d_model"],
        n_layer=size["n_layers"],
        n_head=size["n_heads"],
        n_positions=size["max_seq_len"],
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        attn_implementation="sdpa",
    )
    return _Logits(GPT2LMHeadModel(config))


def _x_language_model(size):
    from x_transformers import Decoder, TransformerWrapper

    layers = Decoder(
        dim=size["d_model"],
        depth=size["n_layers"],
        heads=size["n_heads"],
        attn_dim_head=size["d_model"] // size["n_heads"],
        attn_flash=True,
        rotary_pos_emb=True,
    )
    return TransformerWrapper(
        num_tokens=size["vocab_size"],
        max_seq_len=size["max_seq_len"],
        attn_layers=layers,
        tie_embedding=True,
    )


LANGUAGE_MODELS = {
    "heedful": our_language_model,
    "transformers Llama": _hugging_face_llama,
    "transformers GPT-2": _hugging_face_gpt2,
    "x-transformers": _x_language_model,
}


def our_translator(size):
    names = ("d_model", "n_layers", "n_heads", "d_ff", "max_seq_len")
    return Transformer(
        TransformerConfig(
            source_vocab_size=size["n_source"],
            target_vocab_size=size["n_target"],
            dropout=0.0,
            **{name: size[name] for name in names},
        )
    )


class _TorchTranslator(torch.nn.Module):
    """`torch.nn.Transformer` with the embeddings that it does not have."""

    def __init__(self, size):
        super().__init__()
        d_model = size["d_model"]
        self.source_emb = torch.nn.Embedding(size["n_source"], d_model)
        self.target_emb = torch.nn.Embedding(size["n_target"], d_model)
        self.pos_emb = torch.nn.Embedding(size["max_seq_len"], d_model)
        self.body = torch.nn.Transformer(
            d_model,
            size["n_heads"],
            size["n_layers"],
            size["n_layers"],
            size["d_ff"],
            dropout=0.0,
            batch_first=True,
        )

    def forward(self, source, target):
        padding = source == PAD_ID
        causal = self.body.generate_square_subsequent_mask(target.size(1)).isinf()
        x = self.body(
            self.source_emb(source) + self.pos_emb.weight[: source.size(1)],
            self.target_emb(target) + self.pos_emb.weight[: target.size(1)],
            tgt_mask=causal,
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
            tgt_is_causal=True,
        )
        return x @ self.target_emb.weight.T


class _Marian(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        from transformers import MarianConfig, MarianMTModel

        from heedful.interop.marian import to_marian

        settings, weights = to_marian(our_translator(size))
        config = MarianConfig(**settings, attn_implementation="sdpa")
        self.model = MarianMTModel(config)
        self.model.load_state_dict(weights)

    def forward(self, source, target):
        return self.model(
            source,
            attention_mask=(source != PAD_ID).long(),
            decoder_input_ids=target,
            use_cache=False,
        ).logits


class _XTranslator(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        from x_transformers import XTransformer

        parts = dict(
            depth=size["n_layers"],
            heads=size["n_heads"],
            attn_dim_head=size["d_model"] // size["n_heads"],
            attn_flash=True,
            max_seq_len=size["max_seq_len"],
        )
        sides = {f"{side}_{k}": v for side in ("enc", "dec") for k, v in parts.items()}
        self.model = XTransformer(
            dim=size["d_model"],
            enc_num_tokens=size["n_source"],
            dec_num_tokens=size["n_target"],
            **sides,
        )

    def forward(self, source, target):
        mask = source != PAD_ID
        memory = self.model.encoder(source, mask=mask, return_embeddings=True)
        return self.model.decoder.net(target, context=memory, context_mask=mask)


TRANSLATORS = {
    "heedful": our_translator,
    "torch.nn": _TorchTranslator,
    "transformers Marian": _Marian,
    "x-transformers": _XTranslator,
}
