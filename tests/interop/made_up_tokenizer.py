"""What a GGUF file says of its tokenizer: every byte, and a few merges."""

from tokenizers.pre_tokenizers import ByteLevel

MERGES = ["a b", "ab c", "Ġ a", "Ġ Ġ", "1 2", "æ Ĺ"]
TOKENS = ["<|end|>", "<|start|>", *sorted(ByteLevel.alphabet())]
TOKENS += [merge.replace(" ", "") for merge in MERGES]
TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n"
    "{% endfor %}\n{% if add_generation_prompt %}<|start|>a\n{% endif %}"
)
SETTINGS = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.token_type": [3, 3] + [1] * (len(TOKENS) - 2),
    "tokenizer.ggml.merges": MERGES,
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 0,
    "tokenizer.chat_template": TEMPLATE,
}
