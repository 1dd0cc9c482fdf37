"""The training loop, short enough to read aloud, and what goes before and after it.

Covers one process on the CPU, in float32 or, where it multiplies matrices, in bfloat16.
Does not cover resuming or several devices.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer
from tqdm import tqdm

from heedful.text.any_tokenizer import learn_tokenizer
from heedful.text.batching import AnyBatch, EncodedPairs, encode_pairs, training_batches
from heedful.text.corpus import Corpus
from heedful.train.config import ConfigError, Recipe, RunConfig
from heedful.train.language_config import LanguageRunConfig
from heedful.train.loss import evaluate, token_loss
from heedful.train.optimizers import new_optimizers
from heedful.train.run import Run, RunError, check_place, circumstances, set_aside
from heedful.train.schedules import cosine

Row = dict[str, int | float]


def fit(
    model: nn.Module,
    batches: Iterator[AnyBatch],
    recipe: Recipe,
    valid: Sequence[AnyBatch],
    on_evaluation: Callable[[Row], None] = lambda row: None,
    progress: bool = True,
    optimizers: Sequence[Optimizer] | None = None,
) -> None:
    """Teach `model` for `recipe.n_steps` steps, reporting on the way.

    `optimizers`, if given, take the place of the recipe's. A group of weights may
    have its own share of the learning rate, `lr_scale`.

    `on_evaluation` gets a row with step, learning_rate, train_loss (with label
    smoothing), valid_loss (without, in nats per token) and seconds. Ctrl-C reports
    once more before `KeyboardInterrupt` is passed on.
    """
    if optimizers is None:
        optimizers = new_optimizers(model, recipe.optimizer)
    in_bfloat16 = recipe.precision == "bfloat16"
    start = time.perf_counter()

    def report() -> None:
        nonlocal reported
        row = dict(step=done, learning_rate=rate, train_loss=loss.item())
        row["valid_loss"] = evaluate(model, valid)
        row["seconds"] = round(time.perf_counter() - start, 2)
        on_evaluation(row)
        reported = done
        bar.set_postfix_str(f"validation loss {row['valid_loss']:.3f}")

    model.train()
    done = reported = 0
    rate, loss = 0.0, torch.tensor(torch.nan)
    bar = tqdm(total=recipe.n_steps, unit="step", disable=not progress)
    try:
        for step, batch in zip(range(1, recipe.n_steps + 1), batches):
            rate = cosine(step, recipe.n_steps, recipe.learning_rate, recipe.n_warmup)
            with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
                logits = model(*batch.inputs)
            loss = token_loss(logits.float(), batch.goal, recipe.label_smoothing)
            model.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate * group.get("lr_scale", 1.0)
                optimizer.step()
            done = step
            bar.update()
            if step % recipe.evaluate_every == 0 or step == recipe.n_steps:
                report()
    except KeyboardInterrupt:
        if done > reported:
            report()
        raise
    finally:
        bar.close()
        model.eval()


def train(config: RunConfig, path: Path | None = None, progress: bool = True) -> Run:
    """Make the corpus and the model that `config` names, fit it, save the run.

    With a `path`, the run is saved at every evaluation, and once more when Ctrl-C
    stops it, so what was learned so far is not lost. An earlier run in `path` is
    renamed, never overwritten.
    """
    if path is not None:
        check_place(path)
    corpus = config.corpus()
    run = new_run(config, corpus)
    pairs, held_out = encoded(run, corpus.train), encoded(run, corpus.valid)
    _check_lengths(config, [pairs, held_out, encoded(run, corpus.test)])
    batches = training_batches(pairs, config.recipe.batch_size, config.seed)
    fit_and_save(run, batches, held_out.in_batches(250), path, progress)
    return run


def fit_and_save(
    run: Run,
    batches: Iterator[AnyBatch],
    valid: Sequence[AnyBatch],
    path: Path | None = None,
    progress: bool = True,
) -> None:
    """Fit the run's model, keeping its losses, and with a `path` saving it each time.

    Only the first save renames an earlier run in `path`: until then it stays.
    """

    def keep(row: Row) -> None:
        if path is not None and not run.losses:
            set_aside(path)
        run.losses.append(row)
        run.record["steps_done"] = row["step"]
        if path is not None:
            run.save(path)

    fit(run.model, batches, run.config.recipe, valid, keep, progress)


def trained(
    config: RunConfig | LanguageRunConfig,
    path: Path,
    progress: bool = True,
    train: Callable[..., Run] = train,
) -> tuple[Run, bool]:
    """The finished run of `config` in `path`, and whether it had to be trained now.

    `train` is what makes one: for a language model `train_language`.
    """
    try:
        run = Run.load(path)
    except RunError:
        pass
    else:
        if run.config == config and run.is_finished:
            return run, False
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
