"""What others have published: sizes of models, constants of laws, measured losses.

Numbers as they are printed, each with its source; nothing here is fitted by us.
"""

from dataclasses import dataclass

import numpy as np

from heedful.nets.config import TransformerConfig
from heedful.nets.language_config import LanguageModelConfig, gpt2, llama, llama3_1_8b
from heedful.nets.positions import RopeScaling
from heedful.scaling.laws import PowerLaw, SurfaceLaw
from heedful.scaling.parameters import parameters
from heedful.scaling.runs import Runs


@dataclass(frozen=True)
class PublishedModel:
    """A model's config and the number of parameters that its authors print.

    `printed` is right to half of `unit`. `shared` numbers are used twice by the
    published model, where ours has them twice.
    """

    name: str
    config: LanguageModelConfig | TransformerConfig
    printed: int
    unit: int
    source: str
    shared: int = 0

    @property
    def computed(self) -> int:
        """The number that follows from the config."""
        return sum(parameters(self.config).values()) - self.shared


def _gpt2(name: str, millions: int, d_model: int, n_layers: int, n_heads: int):
    config = gpt2(d_model=d_model, n_layers=n_layers, n_heads=n_heads)
    source = "README of openai/gpt-2, which corrects [Radford 2019, table 2]"
    return PublishedModel(name, config, millions * 10**6, 10**6, source)


def _gpt3(name: str, millions: int, d_model: int, n_layers: int, n_heads: int):
    # 24 heads of 128 for XL and d_model=5140 for 13B, as table 2.1 prints, do not fit
    # the printed totals, and 24 does not divide 2048: here are 16 heads and 5120.
    config = gpt2(d_model=d_model, n_layers=n_layers, n_heads=n_heads, max_seq_len=2048)
    unit = {125: 10**6, 356: 10**6, 174_600: 10**8}.get(millions, 10**7)
    source = "[Brown 2020, table D.1]"
    return PublishedModel(name, config, millions * 10**6, unit, source)


def _llama(name: str, printed: int, config: LanguageModelConfig):
    source = "the count of the released weights, by [Grattafiori 2024, table 3]"
    return PublishedModel(name, config, printed, 1, source)


def llama3_1(d_model: int, n_layers: int, n_heads: int, d_ff: int):
    """Llama 3.1's shape with its vocabulary, its length and its 8 key-value heads."""
    return llama(
        vocab_size=128_256, d_model=d_model, n_layers=n_layers, n_heads=n_heads,
        n_kv_heads=8, d_ff=d_ff, max_seq_len=131_072, rope_scaling=RopeScaling(),
    )  # fmt: skip


def _paper(name: str, millions: int, d_model: int, d_ff: int, n_heads: int):
    # "About 37000 tokens", shared by source and target [Vaswani 2017, sec. 5.1].
    config = TransformerConfig(
        source_vocab_size=37_000, target_vocab_size=37_000, d_model=d_model, d_ff=d_ff,
        n_heads=n_heads,
    )  # fmt: skip
    source = "[Vaswani 2017, table 3]"
    shared = 37_000 * d_model
    return PublishedModel(name, config, millions * 10**6, 10**6, source, shared)


MODELS = (
    _paper("Transformer base", 65, 512, 2048, 8),
    _paper("Transformer big", 213, 1024, 4096, 16),
    _gpt2("GPT-2 small", 124, 768, 12, 12),
    _gpt2("GPT-2 medium", 355, 1024, 24, 16),
    _gpt2("GPT-2 large", 774, 1280, 36, 20),
    _gpt2("GPT-2 XL", 1558, 1600, 48, 25),
    _gpt3("GPT-3 small", 125, 768, 12, 12),
    _gpt3("GPT-3 medium", 356, 1024, 24, 16),
    _gpt3("GPT-3 large", 760, 1536, 24, 16),
    _gpt3("GPT-3 XL", 1_320, 2048, 24, 16),
    _gpt3("GPT-3 2.7B", 2_650, 2560, 32, 32),
    _gpt3("GPT-3 6.7B", 6_660, 4096, 32, 32),
    _gpt3("GPT-3 13B", 12_850, 5120, 40, 40),
    _gpt3("GPT-3 175B", 174_600, 12_288, 96, 96),
    _llama("Llama 3.1 8B", 8_030_261_248, llama3_1_8b()),
    _llama("Llama 3.1 70B", 70_553_706_496, llama3_1(8192, 80, 64, 28_672)),
    _llama("Llama 3.1 405B", 405_853_388_800, llama3_1(16_384, 126, 128, 53_248)),
)

PF_DAY = 1e15 * 86_400
"""FLOPs in a petaflop/s-day."""

KAPLAN = {
    "parameters": PowerLaw(0.0, 8.8e13, 0.076),
    "tokens": PowerLaw(0.0, 5.4e13, 0.095),
    "compute": PowerLaw(0.0, 3.1e8 * PF_DAY, 0.050),
}
"""[Kaplan 2020, eqs. 1.1-1.3]; parameters without embeddings."""

CHINCHILLA_PRINTED = SurfaceLaw(1.69, 406.4, 410.7, 0.34, 0.28)
"""[Hoffmann 2022, eq. 10]. Do not extrapolate: see `CHINCHILLA_TEX`."""

CHINCHILLA_TEX = SurfaceLaw(1.6934, 406.4, 410.7, 0.3392, 0.2849)
"""The same, before rounding, from the TeX source of the paper [Besiroglu 2024]."""

CHINCHILLA_REFITTED = SurfaceLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
"""[Besiroglu 2024]: the same runs, read off a figure and fitted again."""

CHINCHILLA_REFITTED_ERRORS = SurfaceLaw(0.03, 124.58, 1293.23, 0.02, 0.02)
"""Their standard errors, by a bootstrap of 4,000 draws."""

CHINCHILLA_EXPONENTS = {1: 0.50, 2: 0.49, 3: 0.46}
"""a in N ~ C^a by approach 1, 2 and 3 [Hoffmann 2022, table 2]."""

CEREBRAS_GPT = Runs(
    n=np.array([111e6, 256e6, 590e6, 1.3e9, 2.7e9, 6.7e9, 13e9]),
    d=np.array([2.22e9, 5.12e9, 1.18e10, 2.63e10, 5.30e10, 1.33e11, 2.57e11]),
    flops=np.array([2.6e18, 1.3e19, 6.1e19, 2.8e20, 1.1e21, 6.3e21, 2.3e22]),
    loss=np.array([2.608, 2.349, 2.181, 1.997, 1.834, 1.704, 1.572]),
)
"""Seven models with 20 tokens per parameter; nats per token of the Pile's test part
[Dey 2023, and the table of the released configurations]."""

CEREBRAS_GPT_LAW = PowerLaw(0.5066, 5.984e22, 0.0737)
"""Loss by FLOPs, as its authors fitted it [Dey 2023, eq. 1]."""
