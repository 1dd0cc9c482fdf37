"""What the article names, and what needs no row of its own."""

NAMED = [
    (
        "RNN",
        "RNN, LSTM and GRU above; their encoder-decoder with and without attention",
    ),
    ("CNN", "causal and dilated convolutions; the convolutional encoder-decoder"),
    ("the Transformer of *Attention is all you need*", "`nets.Transformer`"),
    ("Multi-Head Attention", "`nets.MultiHeadAttention`"),
    ("Self-Attention", "`nets.MultiHeadAttention`, called with one sequence"),
    ("Masked Multi-Head Attention", "the same with `nets.causal_mask`"),
    ("the third attention, of output to input", "the same with a `memory`"),
    ("encoder, decoder", "`nets.EncoderLayer`, `nets.DecoderLayer`"),
    (
        "Positional Encoding",
        "`nets.sinusoidal`; learned, rotary and ALiBi positions besides",
    ),
    (
        "Llama 3.1",
        "`nets.llama`: the architecture at any size, `interop` for its weights. The "
        "weights themselves are under a licence of their own and are not included; "
        "SmolLM2, the same architecture without scaled positions, runs",
    ),
    (
        "models of 1000B parameters",
        "named, not implemented: nothing but their size would differ, and no reader "
        "could run one",
    ),
    (
        "ChatGPT",
        "the architecture that its makers have published, GPT-2 (`nets.gpt2`), and a "
        "conversation with a chat model (`heedful chat`). The model behind ChatGPT is "
        "not public",
    ),
    (
        "Stable Diffusion",
        "`nets.Denoiser`: diffusion of curves, told by words through cross-attention, "
        "with Stable Diffusion's block. Not its U-Net, image autoencoder and weights",
    ),
    (
        "Code Complete, Code Generation",
        "a language model trained on Python (`heedful complete`)",
    ),
    (
        "NVIDIA AD102: cores, SMs, grids",
        "its sheet, `hardware.AD102`, and what it would run, `hardware.kernels`: the "
        "tiles above",
    ),
]

EXEMPT = {
    "generate.Conversation": "keeps messages for `stream` and `ChatTokenizer`, which "
    "have rows",
    "generate.Translation": "what `translate` gives back",
    "generate.continue_text": "a tokenizer around `stream`, which has a row",
    "generate.cross_attention_text": "a drawing in text",
    "generate.exact_match": "a share, counted",
    "generate.final_test": "calls `score`",
    "generate.samples": "a choice of answers to show",
    "generate.score": "the package sacrebleu's own measures",
    "generate.translate": "a tokenizer around `greedy`, which has a row",
    "generate.translate_all": "a tokenizer around `greedy` and `beam_search`",
    "interop.RealModelError": "an error",
    "parallel.LostError": "an error",
    "text.DataError": "an error",
    "text.UnknownPieceError": "an error",
}
"""Public names without a row, and why."""
