"""BERT, and what has its shape, as MiniLM does: our `Encoder`."""

from typing import Any

from heedful.interop.names import (
    NameTable,
    Settings,
    Weights,
    filled,
    needed,
    refuse_others,
)
from heedful.nets.encoder import Encoder, EncoderConfig

NAMES = NameTable(
    top={
        "tok_emb": "embeddings.word_embeddings",
        "pos_emb": "embeddings.position_embeddings",
        "segment_emb": "embeddings.token_type_embeddings",
        "emb_norm": "embeddings.LayerNorm",
    },
    stacks={"blocks": "encoder.layer"},
    layer={
        "attn.q_proj": "attention.self.query",
        "attn.k_proj": "attention.self.key",
        "attn.v_proj": "attention.self.value",
        "attn.o_proj": "attention.output.dense",
        "attn_norm": "attention.output.LayerNorm",
        "ffn.up_proj": "intermediate.dense",
        "ffn.down_proj": "output.dense",
        "ffn_norm": "output.LayerNorm",
    },
)


def from_bert(settings: Settings, weights: Weights) -> Encoder:
    """Our model with a copy of the weights of a `BertModel`, ready to be asked.

    Heads on top of it (the pooler, the ones for training) are left out. Padding is
    what has the id `pad_token_id`: there is no other attention mask.

    Raises `ValueError` for a model we do not compute, for weights that are missing
    or left over, and for one of another shape than the config says.
    """
    config = read_config(settings)
    ours = {}
    for name, weight in weights.items():
        name = name.removeprefix("bert.")  # where a head stands beside it
        # The first published files call a norm's weights as the paper does.
        name = name.replace("Norm.gamma", "Norm.weight").replace(
            "Norm.beta", "Norm.bias"
        )
        if not name.startswith(("pooler.", "cls.")) and "position_ids" not in name:
            ours[name] = weight.detach().clone()
    return filled(lambda: Encoder(config), ours, NAMES)


def to_bert(model: Encoder) -> tuple[dict[str, Any], Weights]:
    """Settings and weights for `BertModel(config, add_pooling_layer=False)`.

    The weights share the model's memory, as those of `state_dict` do.
    """
    c = model.config
    settings = dict(
        architectures=["BertModel"],
        model_type="bert",
        vocab_size=c.vocab_size,
        hidden_size=c.d_model,
        num_hidden_layers=c.n_layers,
        num_attention_heads=c.n_heads,
        intermediate_size=c.d_ff,
        max_position_embeddings=c.max_seq_len,
        type_vocab_size=c.n_segments,
        hidden_act="gelu",
        position_embedding_type="absolute",
        hidden_dropout_prob=c.dropout,
        attention_probs_dropout_prob=0.0,
        layer_norm_eps=c.norm_eps,
        pad_token_id=c.pad_id,
    )
    return settings, NAMES.write(model.state_dict())


def read_config(hf: Settings) -> EncoderConfig:
    """Our config from BERT's config.json.

    Raises `ValueError` for another activation than the exact GELU, for positions
    relative to each other, and for a BERT made into a decoder.
    """
    refuse_others(
        hf,
        model_type="bert",
        hidden_act="gelu",
        position_embedding_type="absolute",
        is_decoder=False,
        add_cross_attention=False,
    )
    return EncoderConfig(
        vocab_size=needed(hf, "vocab_size"),
        d_model=needed(hf, "hidden_size"),
        n_layers=needed(hf, "num_hidden_layers"),
        n_heads=needed(hf, "num_attention_heads"),
        d_ff=needed(hf, "intermediate_size"),
        max_seq_len=needed(hf, "max_position_embeddings"),
        n_segments=needed(hf, "type_vocab_size"),
        dropout=float(hf.get("hidden_dropout_prob", 0.1)),
        norm_eps=float(hf.get("layer_norm_eps", 1e-12)),
        pad_id=needed(hf, "pad_token_id"),
    )
