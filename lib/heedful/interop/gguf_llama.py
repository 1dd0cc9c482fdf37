"""A Llama in a GGUF file: our `LanguageModel`."""

from torch import Tensor

from heedful.interop.names import NameTable, Settings, Weights, filled, needed
from heedful.interop.names import refuse_others as refuse
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.language_model import LanguageModel

NAMES = NameTable(
    top={
        "tok_emb": "token_embd",
        "final_norm": "output_norm",
        "lm_head": "output",
    },
    stacks={"blocks": "blk"},
    layer={
        "attn_norm": "attn_norm",
        "attn.q_proj": "attn_q",
        "attn.k_proj": "attn_k",
        "attn.v_proj": "attn_v",
        "attn.o_proj": "attn_output",
        "ffn_norm": "ffn_norm",
        "ffn.gate_proj": "ffn_gate",
        "ffn.up_proj": "ffn_up",
        "ffn.down_proj": "ffn_down",
    },
)


def from_gguf(settings: Settings, weights: Weights) -> LanguageModel:
    """Our model with the weights that `read_gguf` gave, ready to be asked.

    It takes the tensors over. Raises `ValueError` for a model that is no Llama or has
    scaled positions, and for weights that are missing, left over or of another shape.
    """
    refuse(settings, **{"general.architecture": "llama"})
    config = _read_config(settings, weights)
    weights = {n: _in_halves(n, w, config.d_head) for n, w in weights.items()}
    return filled(lambda: LanguageModel(config), weights, NAMES)


def _read_config(settings: Settings, weights: Weights) -> LanguageModelConfig:
    llama = {
        name.removeprefix("llama."): value
        for name, value in settings.items()
        if name.startswith("llama.")
    }
    d_model = needed(llama, "embedding_length")
    n_heads = needed(llama, "attention.head_count")
    refuse(llama, **{"rope.dimension_count": d_model // n_heads})
    refuse(llama, **{"rope.scaling.type": "none"})
    return LanguageModelConfig(
        vocab_size=len(needed(settings, "tokenizer.ggml.tokens")),
        d_model=d_model,
        n_layers=needed(llama, "block_count"),
        n_heads=n_heads,
        n_kv_heads=llama.get("attention.head_count_kv"),
        d_ff=needed(llama, "feed_forward_length"),
        max_seq_len=needed(llama, "context_length"),
        norm_eps=needed(llama, "attention.layer_norm_rms_epsilon"),
        rope_theta=llama.get("rope.freq_base", 10_000.0),
        tie_embeddings="output.weight" not in weights,
    )


def _in_halves(name: str, weight: Tensor, d_head: int) -> Tensor:
    """Rows of a query or key as `rotate` pairs them: i with i + d_head / 2.

    A GGUF file of a Llama has the two of a pair next to each other: 2i and 2i + 1.
    """
    if not name.endswith(("attn_q.weight", "attn_k.weight")):
        return weight
    pairs = weight.unflatten(0, (-1, d_head // 2, 2))  # (H, Dh / 2, 2, D)
    return pairs.transpose(1, 2).flatten(0, 2)
