"""How a training step is dealt out to many GPUs, and what each must hold for it.

Three ways to divide can be combined. `data` groups read other rows, `tensor` GPUs hold
other columns of each matrix, `pipeline` stages hold other layers [Narayanan 2021]. What
the data groups hold in common can be dealt out as well, in three stages of `sharded`
[Rajbhandari 2020]: 1 the optimiser's state, 2 also the gradients, 3 also the weights.

Derived in chapter 07.
"""

from dataclasses import dataclass, fields

from heedful.nets.language_config import LanguageModelConfig
from heedful.scaling.activations import FLOAT, activation_bytes
from heedful.scaling.parameters import Parts, parameters

HALF = 2
"""Bytes of a number in 16 bits: weights, gradients and what layers hand on."""

ADAM = 12
"""Bytes of Adam's state for each parameter: the weight and two means in float32."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One step on `rows` rows, by `data` x `tensor` x `pipeline` GPUs.

    A group takes its rows `micro` at a time and adds the gradients up. Each stage of
    the pipeline holds `chunks` stretches of layers, which lie apart. `recompute`: of
    each layer only the input is kept, and the way forth is gone twice. `fused`: no
    scores in memory. `overlap` is the share of the arithmetic behind which sending can
    hide, 0 for none.
    """

    rows: int
    data: int = 1
    tensor: int = 1
    pipeline: int = 1
    micro: int = 1
    chunks: int = 1
    sharded: int = 0
    recompute: bool = False
    fused: bool = True
    overlap: float = 1.0

    def __post_init__(self):
        for field in fields(self):
            if field.type is int and field.name != "sharded":
                value = getattr(self, field.name)
                if value < 1:
                    raise ValueError(f"{field.name}={value} must be at least 1")
        if self.rows % (self.data * self.micro):
            raise ValueError(
                f"rows={self.rows} cannot be dealt to data={self.data} groups that "
                f"take micro={self.micro} at a time"
            )
        if self.sharded not in (0, 1, 2, 3):
            raise ValueError(f"sharded={self.sharded} must be 0, 1, 2 or 3")
        if self.chunks > 1 and self.pipeline == 1:
            raise ValueError(f"chunks={self.chunks} needs a pipeline of 2 or more")
        if not 0 <= self.overlap <= 1:
            raise ValueError(f"overlap={self.overlap} must be between 0 and 1")

    @property
    def n_gpus(self) -> int:
        """All that take part."""
        return self.data * self.tensor * self.pipeline

    @property
    def n_micro(self) -> int:
        """Micro-batches of a group in a step."""
        return self.rows // (self.data * self.micro)

    def check(self, config: LanguageModelConfig) -> None:
        """Raises `ValueError` if the model cannot be divided in this way."""
        if config.n_heads % self.tensor:
            raise ValueError(
                f"n_heads={config.n_heads} is not divisible by tensor={self.tensor}"
            )
        stage = layers_of_a_stage(config, self)
        if config.n_layers < self.pipeline or stage < self.chunks:
            raise ValueError(
                f"n_layers={config.n_layers} are too few for pipeline={self.pipeline} "
                f"stages of chunks={self.chunks}"
            )


def memory(config: LanguageModelConfig, plan: Plan, length: int) -> Parts:
    """Bytes that a GPU holds in training, at the fullest moment, by part.

    Weights and gradients in 16 bits, Adam's state in 32. Activations are those of this
    library's code (`activation_bytes`) in 16 bits, for as many micro-batches as are
    under way in the first stage, and the logits in 32 bits. Norms and the sums behind
    sublayers are held by every GPU of a `tensor` group. Left out: buffers, and what a
    memory loses between its pieces.
    """
    plan.check(config)
    share = sum(parameters(config).values()) // (plan.tensor * plan.pipeline)
    dealt = [plan.data if plan.sharded >= stage else 1 for stage in (1, 2, 3)]
    return {
        "weights": HALF * share // dealt[2],
        "gradients": HALF * share // dealt[1],
        "optimiser": ADAM * share // dealt[0],
        "activations": _activations(config, plan, length),
        "logits": FLOAT * plan.micro * length * config.vocab_size // plan.tensor,
    }


def _activations(config: LanguageModelConfig, plan: Plan, length: int) -> int:
    parts = activation_bytes(config, length=length, batch=plan.micro)
    if plan.fused:
        del parts["weights"]
    split = ("attention", "weights", "feed-forward")
    total = sum(
        n_bytes // (plan.tensor if part in split else 1)
        for part, n_bytes in parts.items()
    )
    layer = total * HALF // FLOAT // config.n_layers
    n_layers = layers_of_a_stage(config, plan) * min(plan.pipeline, plan.n_micro)
    if not plan.recompute:
        return n_layers * layer
    return n_layers * HALF * plan.micro * length * config.d_model + layer


def layers_of_a_stage(config: LanguageModelConfig, plan: Plan) -> int:
    """The layers of the fullest stage."""
    return -(-config.n_layers // plan.pipeline)
