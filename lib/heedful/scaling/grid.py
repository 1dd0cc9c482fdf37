"""Which models a sweep trains, and on how many tokens: budgets of compute, cut up.

An iso-FLOP grid fixes what each run may cost and varies how it is spent: a small model
on much text, or a large model on little.
Source: [Hoffmann 2022, sec. 3.2]. Derived in chapter 09.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from heedful.nets.language_config import LanguageModelConfig
from heedful.scaling.flops import training_flops
from heedful.scaling.parameters import parameters
from heedful.text.corpora import TEXTS
from heedful.text.token_file import TokenFile, n_rows


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a sweep's results depend on, apart from the corpus.

    `budgets` are in FLOPs of training. Of the `widths` each budget gets those at which
    it buys from `tokens_per_parameter[0]` to `tokens_per_parameter[1]` tokens for each
    parameter. The learning rate is that of `heedful.scaling.transfer`, so one serves
    all widths; it rises for `warmup` of a run's steps and falls to zero at its end.
    """

    corpus: str = "sources"
    vocab_size: int = 512
    budgets: tuple[float, ...]
    widths: tuple[int, ...]
    tokens_per_parameter: tuple[float, float]
    seeds: tuple[int, ...] = (0,)
    n_layers: int = 3
    d_head: int = 16
    max_seq_len: int = 128
    batch_size: int = 8
    learning_rate: float = 0.01
    warmup: float = 0.05
    n_valid: int = 512

    def __post_init__(self):
        for name in ("budgets", "widths", "seeds", "tokens_per_parameter"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # from JSON
        if self.corpus not in TEXTS:
            known = ", ".join(TEXTS)
            raise ValueError(f"corpus={self.corpus!r} must be one of {known}")
        for name in ("budgets", "widths", "seeds"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name}={values} must be given, and each once")
        for width in self.widths:
            self.model(width)  # fails here, not hours later, if it cannot be built
        low, high = self.tokens_per_parameter
        if not 0 < low < high:
            raise ValueError(
                f"tokens_per_parameter={self.tokens_per_parameter} must rise from "
                "above 0"
            )

    def model(self, width: int) -> LanguageModelConfig:
        """The model of this `d_model`: heads of about `d_head`, SwiGLU of 8/3 width."""
        return LanguageModelConfig(
            vocab_size=self.vocab_size,
            d_model=width,
            n_layers=self.n_layers,
            n_heads=max(1, width // self.d_head),
            d_ff=8 * round(width / 3),
            max_seq_len=self.max_seq_len,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {k: list(v) if isinstance(v, tuple) else v
                for k, v in asdict(self).items()}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training: a model of `d_model` for `n_steps` steps of `batch_tokens`."""

    budget: float
    d_model: int
    seed: int
    n_parameters: int
    n_embedding: int
    flops_per_token: int
    n_steps: int
    batch_tokens: int

    @property
    def key(self) -> tuple[float, int, int]:
        """No sweep trains two runs with the same key."""
        return self.budget, self.d_model, self.seed

    @property
    def tokens(self) -> int:
        return self.n_steps * self.batch_tokens

    @property
    def flops(self) -> int:
        """What the training really takes: the budget to within one step."""
        return self.tokens * self.flops_per_token

    @property
    def seconds(self) -> float:
        """Roughly, the CPU time on one core of the pilot's machine.

        For the progress bar and for planning: the matrix products at their speed, and
        a toll for each step, of which a part does not depend on the model.
        """
        return self.flops / 75e9 + self.n_steps * (0.013 + 0.00022 * self.d_model)


def planned(settings: Settings, tokens: TokenFile) -> list[Run]:
    """All runs of a sweep over a text, the cheapest first. No run repeats a token.

    Raises `ValueError` if a budget gets fewer than 3 widths, so that it shows no
    minimum, and says why.
    """
    runs = []
    n_train = n_rows(tokens.train, settings.max_seq_len) * settings.max_seq_len
    for budget in sorted(settings.budgets):
        here = list(_affordable(settings, budget, n_train))
        if len(here) < 3:
            raise ValueError(
                f"the budget of {budget:.3g} FLOPs gets the widths "
                f"{[run.d_model for run in here]} out of {list(settings.widths)}, and "
                f"three are needed: {n_train:,} tokens may each be read once, with "
                f"{settings.tokens_per_parameter} tokens per parameter"
            )
        for seed in settings.seeds:
            runs += [Run(**vars(run) | {"seed": seed}) for run in here]
    return runs


def _affordable(settings: Settings, budget: float, n_train: int) -> Iterator[Run]:
    batch_tokens = settings.batch_size * settings.max_seq_len
    for width in sorted(settings.widths):
        config = settings.model(width)
        parts = parameters(config)
        n_parameters = sum(parts.values())
        per_token = training_flops(config, n_new=settings.max_seq_len)
        per_token //= settings.max_seq_len
        n_steps = round(budget / (per_token * batch_tokens))
        run = Run(
            budget=budget,
            d_model=width,
            seed=settings.seeds[0],
            n_parameters=n_parameters,
            n_embedding=parts["embeddings"] + parts["output"],
            flops_per_token=per_token,
            n_steps=n_steps,
            batch_tokens=batch_tokens,
        )
        low, high = settings.tokens_per_parameter
        if low <= run.tokens / n_parameters <= high and run.tokens <= n_train:
            yield run


SETTINGS = {
    "laptop": Settings(
        budgets=(1.5e11, 4.2e11, 1.1e12, 2.8e12, 7.3e12, 1.9e13, 5e13),
        widths=(8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 160, 192),
        tokens_per_parameter=(2.3, 250.0),
    ),
    "minutes": Settings(
        budgets=(1.5e11, 4.2e11),
        widths=(8, 16, 24, 32, 40, 48),
        tokens_per_parameter=(2.3, 250.0),
    ),
}
"""The grids that `heedful sweep` knows by name."""
