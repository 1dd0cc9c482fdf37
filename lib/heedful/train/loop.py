"""The training loop, short enough to read aloud, and what goes before and after it.

Covers one process on the CPU, in float32 or, where it multiplies matrices, in bfloat16.
The same loop runs in several processes, with the engine of `heedful.parallel`.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer
from tqdm import tqdm

from heedful.text.any_tokenizer import learn_tokenizer
from heedful.text.batching import AnyBatch, EncodedPairs, encode_pairs, training_batches
from heedful.text.corpus import Corpus
from heedful.train.checkpoints import Checkpoint, keep_only
from heedful.train.config import ConfigError, Recipe, RunConfig
from heedful.train.engine import ALONE, Engine
from heedful.train.guard import Diverged, Guard
from heedful.train.keeper import Keeper
from heedful.train.kernels import with_kernels
from heedful.train.language_config import LanguageRunConfig
from heedful.train.loss import evaluate
from heedful.train.optimizers import new_optimizers
from heedful.train.resuming import check_data, going_on, occupied
from heedful.train.run import Run, RunError, circumstances
from heedful.train.schedules import DECAYS
from heedful.train.stopping import Stopped, hearing

log = logging.getLogger(__name__)

Row = dict[str, int | float]


def fit(
    model: nn.Module,
    batches: Iterator[AnyBatch],
    recipe: Recipe,
    valid: Sequence[AnyBatch],
    on_evaluation: Callable[[Row], None] = lambda row: None,
    progress: bool = True,
    optimizers: Sequence[Optimizer] | None = None,
    guard: Guard | None = None,
    engine: Engine = ALONE,
) -> None:
    """Teach `model` for `recipe.n_steps` steps, reporting on the way.

    `optimizers`, if given, take the place of the recipe's. A group of weights may
    have its own share of the learning rate, `lr_scale`.

    `on_evaluation` gets a row with step, learning_rate, train_loss (with label
    smoothing), valid_loss (without, in nats per token) and seconds. The `guard` stops
    a step that would ruin the weights, and may save and go on. `model` is one that the
    `engine` has spread.
    """
    guard, decay = guard or Guard(), DECAYS[recipe.decay]
    if optimizers is None:
        is_fused = recipe.kernels != "plain"
        kind, momentum = recipe.optimizer, recipe.momentum
        optimizers = new_optimizers(model, kind, is_fused, momentum)
    start = time.perf_counter()
    done = guard.begin(model, optimizers)
    steps = range(done + 1, recipe.n_steps + 1)
    bar = tqdm(total=recipe.n_steps, initial=done, unit="step", disable=not progress)
    model.train()
    forward, loss_of = with_kernels(model, recipe.kernels, recipe.precision)
    try:
        for step, batch in zip(steps, map(engine.share, batches)):
            rate = decay(step, recipe.n_steps, recipe.learning_rate, recipe.n_warmup)
            for optimizer in optimizers:
                optimizer.zero_grad()  # it knows the weights, a sharded model may not
            logits = forward(*batch.inputs)
            loss = loss_of(logits.float(), batch.goal, recipe.label_smoothing)
            loss = engine.weighted(loss, batch)
            loss.backward()
            loss = engine.over_all(loss.detach())
            guard.before_update(step, loss)
            nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate * group.get("lr_scale", 1.0)
                optimizer.step()
            bar.update()
            if step % recipe.evaluate_every == 0 or step == recipe.n_steps:
                row = dict(step=step, learning_rate=rate, train_loss=loss.item())
                row["valid_loss"] = evaluate(model, valid, engine)
                row["seconds"] = round(time.perf_counter() - start, 2)
                on_evaluation(row)
                bar.set_postfix_str(f"validation loss {row['valid_loss']:.3f}")
            guard.after_step(step)
    finally:
        bar.close()
        model.eval()


def train(
    config: RunConfig,
    path: Path | None = None,
    progress: bool = True,
    resume: bool = False,
    inexact: bool = False,
    engine: Engine = ALONE,
) -> Run:
    """Make the corpus and the model that `config` names, fit it, save the run.

    With a `path`, there is a checkpoint at every evaluation, and one more when Ctrl-C
    or the system stops it (`Stopped`). With `resume` the run in `path` goes on from the
    last one, and ends with the same weights, bit for bit (`going_on` says when not).
    Without, a run in `path` is renamed, never overwritten. Raises `Diverged`.

    Where the `engine` is several processes, each of them calls this, and the run of the
    first is the trained one.
    """
    with occupied(path if engine.is_first else None):
        run, start = going_on(config, path, inexact, engine) if resume else (None, None)
        corpus = config.corpus()
        run = run or new_run(config, corpus)
        pairs, held_out = encoded(run, corpus.train), encoded(run, corpus.valid)
        _check_lengths(config, [pairs, held_out, encoded(run, corpus.test)])
        check_data(run, pairs.fingerprint)
        size, seed = config.recipe.batch_size, config.seed
        batches = partial(training_batches, pairs, size, seed)
        valid = held_out.in_batches(250)
        fit_and_save(run, batches, valid, path, progress, start, engine)
    return run


def fit_and_save(
    run: Run,
    batches: Callable[[int], Iterator[AnyBatch]],
    valid: Sequence[AnyBatch],
    path: Path | None = None,
    progress: bool = True,
    start: Checkpoint | None = None,
    engine: Engine = ALONE,
) -> None:
    """Fit the run's model, keeping its losses, and with a `path` everything.

    `batches` gives all from a position on. Only the first checkpoint renames an earlier
    run in `path`: until then it stays.
    """
    recipe = run.config.recipe
    if recipe.kernels != "plain" and engine is not ALONE:
        raise ConfigError(f"kernels={recipe.kernels!r} are for one process: take plain")
    progress = progress and engine.is_first
    run.record["processes"], model = engine.name, engine.spread(run.model)
    if path is None:
        if recipe.roll_back_at is not None:
            raise ConfigError("roll_back_at needs checkpoints: name a path for the run")
        rows = run.losses.append
        fit(model, batches(0), recipe, valid, rows, progress, engine=engine)
        engine.collect(model, run.model)
        run.record["steps_done"] = recipe.n_steps
        return
    with hearing() as signals:
        keeper = Keeper(run, path, signals, start, engine)
        while True:
            rest = batches(keeper.position)
            try:
                keep = keeper.keep
                fit(model, rest, recipe, valid, keep, progress, None, keeper, engine)
                break
            except Diverged as diverged:
                keeper.roll_back(diverged)
        if engine.is_first:
            run.save(path)
            keep_only(path, recipe.n_steps)
        if signals:
            raise Stopped(signals[0], recipe.n_steps)


def trained(
    config: RunConfig | LanguageRunConfig,
    path: Path,
    progress: bool = True,
    train: Callable[..., Run] = train,
) -> tuple[Run, bool]:
    """The finished run of `config` in `path`, and whether it had to be trained now.

    One that was stopped goes on, if it will end as if it had not been. `train` is what
    makes one: for a language model `train_language`.
    """
    try:
        run = Run.load(path)
    except RunError:
        return train(config, path, progress), True
    if run.config == config:
        if run.is_finished:
            return run, False
        try:
            return train(config, path, progress, resume=True), True
        except RunError as error:
            log.warning("%s; training anew", error)
    return train(config, path, progress), True


def new_run(config: RunConfig, corpus: Corpus) -> Run:
    """An untrained model with the tokenizers its corpus needs."""
    tokenizers = tuple(
        learn_tokenizer((pair[side] for pair in corpus.train), unit, config.vocab_size)
        for side, unit in enumerate(corpus.units)
    )
    torch.manual_seed(config.seed)  # dropout draws from the global generator
    model = config.build(tokenizers, torch.Generator().manual_seed(config.seed))
    return Run(config, model, tokenizers, record=circumstances())


def encoded(run: Run, pairs: list[tuple[str, str]]) -> EncodedPairs:
    """The pairs as token ids, by the tokenizers of `run`."""
    return encode_pairs(pairs, run.source_tokenizer, run.target_tokenizer)


def _check_lengths(config: RunConfig, parts: list[EncodedPairs]) -> None:
    rows = (ids for part in parts for ids in part.sources + part.targets)
    needed = 1 + max(map(len, rows))  # BOS or EOS comes on top
    if needed > config.model.max_seq_len:
        raise ConfigError(
            f"max_seq_len={config.model.max_seq_len} is too short: "
            f"{config.task} needs {needed}"
        )
