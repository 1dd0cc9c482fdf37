"""The models of before 2017 against the Transformer, size for size and step for step.

What is equal: the number of parameters (within 1 %), the pairs, their batches and the
order of these, the number of steps, the optimiser, its schedule and the list of
learning rates, of which each model gets the one that is best for it on the validation
part. What is not equal is the time a step takes; it is measured.

Three parts:
search   every model with every learning rate, judged on the validation part
all      the best rate, several seeds, judged on the test part
short    the same, but trained only on sources of at most `longest` words
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import torch
from tqdm import tqdm

from heedful.scaling.counted import counted_parameters
from heedful.studies.contenders import (
    CONTENDERS,
    equal_widths,
    longest_chain,
)
from heedful.studies.material import Material, score
from heedful.studies.records import ByLength, Result, Row, Study, StudyError
from heedful.text.batching import Batch, training_batches
from heedful.text.corpora import CORPORA
from heedful.train.config import ModelSizes, Recipe
from heedful.train.loop import fit
from heedful.train.run import circumstances

RECIPE = Recipe(n_steps=400, evaluate_every=80)

SEARCH_SEED = 0
"""The seed of the search. The seeds that are reported start behind it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a result depends on, apart from model, rate and seed.

    `model` are the Transformer's sizes, to which the others are matched.
    """

    n_train: int = 60_000
    model: ModelSizes = field(default_factory=ModelSizes)
    recipe: Recipe = RECIPE
    rates: tuple[float, ...] = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
    longest: int = 8

    def __post_init__(self):
        for name in ("n_steps", "evaluate_every"):
            value = getattr(self.recipe, name)
            if value < 2:
                raise ValueError(f"{name}={value} must be 2 or more: a step is timed")


def compare(
    settings: Settings, n_seeds: int, folder: Path, progress: bool = True
) -> Study:
    """Train what `folder` does not hold yet; every finished training is saved at once.

    Raises `StudyError` if the study in `folder` has other settings, and `ValueError`
    if the models cannot be made equally large.
    """
    material = Material.of(CORPORA["numbers"](n_train=settings.n_train))
    study = _opened(settings, material, folder)
    checked = replace(material, test=material.valid)  # the test part stays unseen
    short = material.learned_up_to(settings.longest)
    names, seeds = list(study.models), range(1, n_seeds + 1)
    n_runs = len(names) * (len(settings.rates) + 2 * n_seeds)
    bar = tqdm(total=n_runs, unit="training", disable=not progress)

    def add(part: str, name: str, seed: int, rate: float, material: Material) -> None:
        bar.set_postfix_str(f"{part}: {name}, rate {rate:g}, seed {seed}")
        if study.find(part, name, seed, rate) is None:
            d_model = study.models[name]["d_model"]
            curve, answers = _trained(settings, name, d_model, seed, rate, material)
            result = Result(
                part=part,
                model=name,
                seed=seed,
                learning_rate=rate,
                curve=curve,
                lengths=[[n_words, *counts] for n_words, counts in answers.items()],
            )
            study.results.append(result)
            study.save(folder)
        bar.update()

    with bar:
        for rate in settings.rates:
            for name in names:
                add("search", name, SEARCH_SEED, rate, checked)
        for part, learned in (("all", material), ("short", short)):
            for seed in seeds:
                for name in names:
                    add(part, name, seed, study.best_rate(name), learned)
    return study


def _opened(settings: Settings, material: Material, folder: Path) -> Study:
    study = Study(
        settings=json.loads(json.dumps(asdict(settings))),  # as it is read again
        models=_models(settings, material),
        circumstances=circumstances(),
    )
    if not (folder / "compare.json").exists():
        study.save(folder)  # fails here, not after the first training
        return study
    earlier = Study.load(folder)
    here, there = _flat(study.settings), _flat(earlier.settings)
    for name, wanted in here.items():
        if there.get(name) != wanted:
            raise StudyError(
                f"the study in {folder} was made with {name}={there.get(name)}, "
                f"not {wanted}"
            )
    return earlier


def _flat(settings: Row) -> Row:
    """Without `learning_rate` of the recipe, which the search replaces."""
    flat = {**settings, **settings["model"], **settings["recipe"]}
    return {
        name: value
        for name, value in flat.items()
        if name not in ("model", "recipe", "learning_rate")
    }


def _models(settings: Settings, material: Material) -> dict[str, Row]:
    """What is known of each model before it is trained."""
    widths = equal_widths(settings.model, material.vocab)
    longest = material.test.in_batches(1)[-1]
    s_len, t_len = longest.source.size(1), longest.target.size(1)
    models = {}
    for name, kind in CONTENDERS.items():
        model = kind.build(settings.model, widths[name], material.vocab, None)
        models[name] = {
            "label": kind.label,
            "d_model": widths[name],
            "parameters": counted_parameters(model),
            "waits": kind.waits(settings.model, s_len, t_len),
            "chain": longest_chain(model(*longest.inputs)),
        }
    return models


def _trained(
    settings: Settings,
    name: str,
    d_model: int,
    seed: int,
    rate: float,
    material: Material,
) -> tuple[list[Row], ByLength]:
    """The curve of one training, and what was right after it."""
    torch.manual_seed(seed)  # dropout draws from the global generator
    generator = torch.Generator().manual_seed(seed)
    build = CONTENDERS[name].build
    model = build(settings.model, d_model, material.vocab, generator)
    recipe = replace(settings.recipe, learning_rate=rate)
    batches = Stopwatch(
        training_batches(material.train, recipe.batch_size, seed), recipe.evaluate_every
    )
    curve: list[Row] = []
    answers: ByLength = {}

    def keep(row: Row) -> None:
        nonlocal answers
        model.eval()
        answers = score(model, material.test)
        model.train()
        n_right = sum(right for right, _ in answers.values())
        kept = {k: row[k] for k in ("step", "train_loss", "valid_loss")}
        curve.append({**kept, "right": n_right / len(material.test)})

    fit(model, batches, recipe, material.valid.in_batches(250), keep, progress=False)
    for row in curve:
        row["cpu_seconds"] = row["step"] * batches.seconds_per_step
    return [{k: round(v, 5) for k, v in row.items()} for row in curve], answers


class Stopwatch(Iterator[Batch]):
    """Hands batches on and notes the CPU seconds from each to the next.

    CPU time, so that other programs on the machine count as little as can be. After
    every `evaluate_every` steps the model is evaluated, so that interval is left out.
    """

    def __init__(self, batches: Iterator[Batch], evaluate_every: int):
        self.batches = batches
        self.evaluate_every = evaluate_every
        self.marks: list[float] = []

    def __next__(self) -> Batch:
        self.marks.append(time.process_time())
        return next(self.batches)

    @property
    def seconds_per_step(self) -> float:
        """The mean over all steps that no evaluation followed."""
        return fmean(
            after - before
            for step, (before, after) in enumerate(pairwise(self.marks), start=1)
            if step % self.evaluate_every
        )
