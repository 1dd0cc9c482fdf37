"""Trainings on many GPUs as their makers printed them, beside what `cluster` predicts.

Sizes of the models, division of the work and speeds are verbatim. What the papers leave
open is in `remark`. Micro-batches and chunks of Narayanan's table 1 are those of the
scripts that its authors published (`examples/sc21/run_table_1.sh` in Megatron-LM); by
these the first four runs hide the sending of gradients and the others do not.
"""

from dataclasses import dataclass
from typing import Any

from heedful.hardware import META_A100, META_H100, SELENE, Node
from heedful.nets.language_config import LanguageModelConfig, gpt2
from heedful.scaling.cluster import Cluster, utilisation
from heedful.scaling.plans import Plan
from heedful.scaling.published import llama3_1


@dataclass(frozen=True, kw_only=True)
class Training:
    """A run of which `tflops`, 10^12 operations per second and GPU, were published.

    `again`: operations that were done twice to save memory are counted twice.
    """

    name: str
    node: Node
    config: LanguageModelConfig
    plan: Plan
    length: int
    tflops: int | float
    again: bool
    source: str
    remark: str = ""

    def cluster(self, attainable: float, latency: float = 1e-5) -> Cluster:
        """The run's nodes with the model's two free numbers."""
        return Cluster(node=self.node, attainable=attainable, latency=latency)

    def predicted(self, attainable: float, latency: float = 1e-5) -> float:
        """What `tflops` should be by the model."""
        cluster = self.cluster(attainable, latency)
        peak = self.node.gpu.bf16.value / 1e12
        plan, length = self.plan, self.length
        return peak * utilisation(cluster, self.config, plan, length, self.again)

    def attainable(self, latency: float = 1e-5) -> float:
        """The share of the sheet at which the prediction is right.

        Raises `ValueError` if there is none.
        """
        low, high = 1e-3, 1.0
        if self.predicted(high, latency) < self.tflops:
            raise ValueError(
                f"{self.name} did {self.tflops} TFLOP/s, and by this model it cannot "
                f"do more than {self.predicted(high, latency):.0f}"
            )
        while high - low > 1e-6:
            middle = (low + high) / 2
            enough = self.predicted(middle, latency) >= self.tflops
            low, high = (low, middle) if enough else (middle, high)
        return high


def _gpt(d_model: int, n_layers: int, n_heads: int, vocab_size: int = 51_200):
    return gpt2(
        vocab_size=vocab_size, d_model=d_model, n_layers=n_layers, n_heads=n_heads,
        max_seq_len=2048,
    )  # fmt: skip


def _megatron(billions, d_model, n_layers, n_heads, tensor, pipeline, n_gpus, rows,
              tflops, micro, chunks=1, table=1, **changes):  # fmt: skip
    plan: dict[str, Any] = dict(
        rows=rows, data=n_gpus // (tensor * pipeline), tensor=tensor,
        pipeline=pipeline, micro=micro, chunks=chunks, recompute=True, fused=False,
        overlap=1.0 if pipeline == 1 else 0.0,
    )  # fmt: skip
    return Training(
        name=f"GPT {billions:,}B",
        node=SELENE,
        config=_gpt(d_model, n_layers, n_heads),
        plan=Plan(**(plan | changes)),
        length=2048,
        tflops=tflops,
        again=True,
        source=f"[Narayanan 2021, table {table}]",
    )


MEGATRON = (
    _megatron(1.7, 2304, 24, 24, 1, 1, 32, 512, 137, 16),
    _megatron(3.6, 3072, 30, 32, 2, 1, 64, 512, 138, 16),
    _megatron(7.5, 4096, 36, 32, 4, 1, 128, 512, 142, 16),
    _megatron(18.4, 6144, 40, 48, 8, 1, 256, 1024, 135, 8),
    _megatron(39.1, 8192, 48, 64, 8, 2, 512, 1536, 138, 4),
    _megatron(76.1, 10_240, 60, 80, 8, 4, 1024, 1792, 140, 2, 3),
    _megatron(145.6, 12_288, 80, 96, 8, 8, 1536, 2304, 148, 2, 2),
    _megatron(310.1, 16_384, 96, 128, 8, 16, 1920, 2160, 155, 1, 2),
    _megatron(529.6, 20_480, 105, 128, 8, 35, 2520, 2520, 163, 1, 3),
    _megatron(1008.0, 25_600, 128, 160, 8, 64, 3072, 3072, 163, 1),
)
"""All three ways to divide, from one GPU for a model to 512."""


def _zero3(billions, d_model, n_layers, n_heads, n_gpus, rows, tflops, micro):
    return _megatron(billions, d_model, n_layers, n_heads, 1, 1, n_gpus, rows, tflops,
                     micro, table=2, sharded=3)  # fmt: skip


ZERO3 = (
    _zero3(174.6, 12_288, 96, 96, 384, 1536, 144, 4),
    _zero3(174.6, 12_288, 96, 96, 768, 1536, 88, 2),
    _zero3(174.6, 12_288, 96, 96, 1536, 1536, 44, 1),
    _zero3(529.6, 20_480, 105, 128, 640, 2560, 138, 4),
    _zero3(529.6, 20_480, 105, 128, 1120, 2240, 98, 2),
    _zero3(529.6, 20_480, 105, 128, 2240, 2240, 48, 1),
)
"""Everything sharded, no other division, by the software of 2021."""


def _fsdp(tflops: int, micro: int) -> Training:
    return Training(
        name="GPT 175B",
        node=META_A100,
        config=_gpt(12_288, 96, 96, vocab_size=50_000),
        plan=Plan(rows=512 * micro, data=512, micro=micro, sharded=3, recompute=True,
                  fused=False),
        length=2048,
        tflops=tflops,
        again=True,
        source="[Zhao 2023, sec. 5.4]",
        remark="operations done again are taken to be counted; 2 Tb/s are taken to be "
        "those of a server",
    )  # fmt: skip


FSDP = (_fsdp(173, 1), _fsdp(186, 2))
"""The same by the software of 2023, on 512 GPUs."""


def _llama(data: int, tflops: int) -> Training:
    return Training(
        name="Llama 3 405B",
        node=META_H100,
        config=llama3_1(16_384, 126, 128, 53_248),
        # 16 stages of 8 layers less two, and the first and the last chunk have none:
        # so a chunk is a layer.
        plan=Plan(rows=2048, data=data, tensor=8, pipeline=16, chunks=8, sharded=2),
        length=8192,
        tflops=tflops,
        again=False,
        source="[Grattafiori 2024, table 4]",
        remark="the size of a micro-batch is not printed; one row is assumed",
    )


LLAMA3 = (_llama(64, 430), _llama(128, 400))
"""On 8,192 and 16,384 GPUs. The third run of the table divides the rows of 131,072
tokens as well, which `Plan` does not know."""
