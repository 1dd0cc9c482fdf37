"""Which precision, kernels and number of threads suit a run: by measuring, not by name.

Whether a CPU gains by bfloat16, a model of this size by two threads, or a run of this
length by a compiler, is not on its label. So a few steps of the run itself are timed.
What was measured is kept in `$HEEDFUL_HOME/speeds.json`: the same run on the same
machine is measured once, and then always made the same way.
"""

import copy
import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

import torch

from heedful.text.batching import AnyBatch, training_batches
from heedful.text.corpora import TEXTS
from heedful.text.packing import packed_batches
from heedful.train.config import Recipe, RunConfig
from heedful.train.durable import write_file
from heedful.train.kernels import PRECISIONS
from heedful.train.language import new_language_run, packed
from heedful.train.language_config import LanguageRunConfig
from heedful.train.loop import encoded, fit, new_run
from heedful.train.run import Run, runs_dir

WORTH_COMPILING = 60.0
"""Seconds that a run must last for the compiler to be tried: it takes about 30."""


CLEARLY = 1.1
"""How many times as fast bfloat16 must be to be worth its rounding.

Two trials of the same way on a busy machine differ by about as much.
"""

N_TIMED = 8
"""Batches by which a way is judged."""


@dataclass(frozen=True)
class Way:
    """One way to make a run."""

    precision: str
    kernels: str
    threads: int


@dataclass(frozen=True)
class Speed:
    """Seconds of the first step more than of the others, and of one of the others."""

    start_up: float
    step: float

    def total(self, n_steps: int) -> float:
        """Seconds that a run takes."""
        return self.start_up + n_steps * self.step


Measure = Callable[[Way], Speed]


def fastest(
    n_steps: int, n_threads: int, measure: Measure
) -> tuple[Way, dict[Way, Speed]]:
    """The way that ends first with `n_steps`, and all that was measured for it.

    First the number of threads, one or all; then precision, with plain and fused
    kernels; and for a run that lasts long enough the compiler, in the precision that
    won without it.
    """
    speeds: dict[Way, Speed] = {}

    def tried(way: Way) -> Way:
        speeds[way] = speeds.get(way) or measure(way)
        return way

    def cost(way: Way) -> float:
        handicap = CLEARLY if way.precision == "bfloat16" else 1.0
        return handicap * speeds[way].total(n_steps)

    def best(ways: list[Way]) -> Way:
        return min(map(tried, ways), key=cost)

    way = best([Way("float32", "plain", n) for n in sorted({1, n_threads})])
    usual = [Way(p, k, way.threads) for p in PRECISIONS for k in ("plain", "fused")]
    way = best(usual)
    if speeds[way].total(n_steps) > WORTH_COMPILING:
        way = best([way, replace(way, kernels="compiled")])
    return way, speeds


def suited(config: RunConfig | LanguageRunConfig) -> tuple[Any, int]:
    """The config with the recipe that ends first here, and the number of threads.

    Its mathematics stay those of the config. Raises `DataError` if the corpus cannot
    be had.
    """
    n_steps, n_threads = config.recipe.n_steps, torch.get_num_threads()
    known = _known()
    found = {
        Way(**row["way"]): Speed(**row["speed"]) for row in known.get(_key(config), [])
    }
    ready: list[Measure] = []

    def measure(way: Way) -> Speed:
        if way in found:
            return found[way]
        if not ready:  # only now: it may take a while to make the corpus
            ready.append(partial(_timed, *_begun(config)))
        return ready[0](way)

    way, speeds = fastest(n_steps, n_threads, measure)
    rows = [
        {"way": asdict(way), "speed": asdict(speed)}
        for way, speed in (found | speeds).items()
    ]
    if not found.keys() >= speeds.keys():
        content = json.dumps(known | {_key(config): rows}, indent=2) + "\n"
        _place().parent.mkdir(parents=True, exist_ok=True)
        write_file(_place(), content.encode())
    recipe = replace(config.recipe, precision=way.precision, kernels=way.kernels)
    return replace(config, recipe=recipe), way.threads


Begun = tuple[Run, Iterator[AnyBatch], float]


def _begun(config: RunConfig | LanguageRunConfig) -> Begun:
    """An untrained run, its batches as it will see them, and their usual size."""
    size, seed = config.recipe.batch_size, config.seed
    if isinstance(config, LanguageRunConfig):
        texts = TEXTS[config.task]()
        run = new_language_run(config, texts)
        stream: Any = packed_batches(packed(run, texts.train), size, seed)
    else:
        corpus = config.corpus()
        run = new_run(config, corpus)
        stream = training_batches(encoded(run, corpus.train), size, seed)
    return run, stream, mean(map(_tokens, islice(stream, N_TIMED)))


def _tokens(batch: AnyBatch) -> int:
    return sum(tokens.numel() for tokens in batch.inputs)


def _timed(run: Run, stream: Iterator[AnyBatch], usual: float, way: Way) -> Speed:
    """Half of the batches to warm up, half to measure; each way gets new ones.

    For bfloat16 torch makes a program for each shape and keeps it, and in a run of
    pairs most shapes are new. So that ways can be compared, the time of a step is that
    of a batch with the `usual` number of tokens.
    """
    batches = list(islice(stream, N_TIMED))
    trial = _trial(run.config.recipe, way)
    times = [time.perf_counter()]

    def noting():
        for batch in batches:
            yield batch
            times.append(time.perf_counter())

    threads = torch.get_num_threads()
    torch.set_num_threads(way.threads)
    try:
        with torch.random.fork_rng(devices=[]):
            fit(copy.deepcopy(run.model), noting(), trial, [], progress=False)
    finally:
        torch.set_num_threads(threads)
    steps = [
        (after - before) * usual / _tokens(batch)
        for (before, after), batch in zip(pairwise(times), batches)
    ]
    step = median(steps[N_TIMED // 2 :])
    return Speed(max(0.0, steps[0] - step), step)


def _trial(recipe: Recipe, way: Way) -> Recipe:
    # One step more than there are batches, so that there is no evaluation.
    return replace(
        recipe,
        n_steps=N_TIMED + 1,
        evaluate_every=N_TIMED + 2,
        precision=way.precision,
        kernels=way.kernels,
    )


def _key(config: RunConfig | LanguageRunConfig) -> str:
    """What decides the speed of a step: the run but for its length, and the machine."""
    recipe = replace(config.recipe, n_steps=1, precision="float32", kernels="plain")
    machine = [
        torch.__version__,
        torch.backends.cpu.get_cpu_capability(),
        torch.get_num_threads(),
        os.cpu_count(),
        platform.processor() or platform.machine(),
    ]
    told = replace(config, recipe=recipe).to_json() + json.dumps(machine)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _known() -> dict[str, list[dict[str, Any]]]:
    try:
        return json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _place() -> Path:
    return runs_dir().parent / "speeds.json"
