"""Train a whole grid of models, one row for each, through whatever happens meanwhile.

A row is written when its run is finished, to a new file that then takes the old one's
place; so at every instant `runs.csv` holds whole rows, each once. A run that was
interrupted leaves nothing and starts again.
"""

import datetime
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from heedful.nets.language_model import LanguageModel
from heedful.scaling.grid import Run, Settings, planned
from heedful.scaling.rows import Row, Sweep, SweepError, opened
from heedful.scaling.transfer import draw_weights, transferring_adam
from heedful.scaling.workers import in_processes
from heedful.text.corpora import TEXTS
from heedful.text.packing import TextBatch, shuffled_rows
from heedful.text.token_file import TokenFile, n_rows, rows
from heedful.train.config import Recipe
from heedful.train.loop import fit
from heedful.train.run import circumstances

Report = Callable[[float], Any]


def sweep(
    settings: Settings,
    folder: Path,
    n_workers: int = 1,
    resume: bool = False,
    progress: bool = True,
) -> Sweep:
    """Train what `folder` does not hold yet; every finished run is saved at once.

    With one worker the runs are trained in this process, with more in as many
    processes of one thread each. Raises `SweepError` if `folder` has a sweep and
    `resume` is not given, if that sweep has other settings or another corpus, or if a
    worker is killed; `LockedError` if another process is at it; `DataError` if the
    corpus cannot be had; and `ValueError` as `planned` does.
    """
    tokens = tokens_of(settings)
    runs = planned(settings, tokens)
    with opened(settings, tokens.record, folder, resume) as state:
        jobs = [(run, settings, tokens) for run in runs if run.key not in state.keys]
        total = sum(run.seconds for run in runs)
        bar = tqdm(
            total=total, initial=total - sum(run.seconds for run, *_ in jobs),
            disable=not progress, unit="s", bar_format=BAR,
        )  # fmt: skip

        def advance(seconds: float) -> None:
            bar.update(min(seconds, bar.total - bar.n))  # sums of floats may exceed it

        with bar:
            for row in _finished(jobs, n_workers, advance):
                state.add(row)
                bar.set_postfix_str(f"{len(state.rows)} of {len(runs)} runs")
        return state


def tokens_of(settings: Settings) -> TokenFile:
    """The text of a sweep. Raises `DataError` if the corpus cannot be had."""
    return TokenFile.of(TEXTS[settings.corpus](), settings.vocab_size)


BAR = "{percentage:3.0f}%|{bar}| {elapsed}, {remaining} left{postfix}"
Job = tuple[Run, Settings, TokenFile]


def _finished(jobs: list[Job], n_workers: int, on_progress: Report) -> Iterator[Row]:
    if n_workers == 1:
        for job in jobs:
            yield train_run(*job, on_progress)
        return
    try:
        told = [(run, settings, tokens.place) for run, settings, tokens in jobs]
        yield from in_processes(_train, told, n_workers, on_progress)
    except BrokenProcessPool:
        raise SweepError("one of the processes was killed") from None


def _train(job: tuple[Run, Settings, Path], on_progress: Report) -> Row:
    run, settings, place = job  # a path, since the token files are too large to send
    return train_run(run, settings, TokenFile.load(place), on_progress)


def train_run(
    run: Run,
    settings: Settings,
    tokens: TokenFile,
    on_progress: Report = lambda seconds: None,
) -> Row:
    """One training, and its row; `on_progress` gets each step's share of `seconds`."""
    model = LanguageModel(settings.model(run.d_model))
    draw_weights(model, torch.Generator().manual_seed(run.seed))
    recipe = Recipe(
        n_steps=run.n_steps,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        n_warmup=max(1, round(settings.warmup * run.n_steps)),
        label_smoothing=0.0,
        evaluate_every=run.n_steps,
    )
    reports: list[Row] = []
    batches, held_out = _each_once(run, settings, tokens), _held_out(settings, tokens)
    start = time.process_time()
    fit(
        model, _told(batches, run, on_progress), recipe, held_out, reports.append,
        progress=False, optimizers=[transferring_adam(model)],
    )  # fmt: skip
    seconds = time.process_time() - start
    on_progress(run.seconds / run.n_steps)  # the last step, after which none is asked
    loss, record = reports[-1]["valid_loss"], tokens.record
    tokens_per_byte = record["n_valid"] / record["valid_bytes"]
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {
        **{name: getattr(run, name) for name in RUN},
        "valid_loss": round(loss, 6),
        "bits_per_byte": round(loss / math.log(2) * tokens_per_byte, 6),
        "train_loss": round(reports[-1]["train_loss"], 6),
        "cpu_seconds": round(seconds, 2),
        "finished": when,
        **{name: getattr(settings, name) for name in SETTINGS},
        **{name: record[name] for name in ("corpus", "corpus_hash", "tokenizer_hash")},
        "versions": ", ".join(map(" ".join, record["versions"].items())),
        **{name: circumstances()[name] for name in ("heedful", "system", "threads")},
    }


RUN = (
    "budget", "d_model", "seed", "n_parameters", "n_embedding", "tokens", "n_steps",
    "flops",
)  # fmt: skip
SETTINGS = (
    "vocab_size", "n_layers", "d_head", "max_seq_len", "batch_size", "learning_rate",
    "warmup",
)  # fmt: skip


def _each_once(run: Run, settings: Settings, tokens: TokenFile) -> Iterator[TextBatch]:
    """Batches of rows, shuffled by this run's seed; no row comes twice."""
    length, n = settings.max_seq_len, settings.batch_size
    order = shuffled_rows(n_rows(tokens.train, length), run.seed, epoch=0)
    for step in range(run.n_steps):
        yield rows(tokens.train, length, order[step * n : (step + 1) * n])


def _held_out(settings: Settings, tokens: TokenFile) -> list[TextBatch]:
    """The same rows for every run, spread over the validation part."""
    n_there = n_rows(tokens.valid, settings.max_seq_len)
    some = list(range(0, n_there, math.ceil(n_there / settings.n_valid)))
    return rows(tokens.valid, settings.max_seq_len, some).in_batches(32)


def _told(
    batches: Iterator[TextBatch], run: Run, on_progress: Report
) -> Iterator[TextBatch]:
    for batch in batches:
        yield batch
        on_progress(run.seconds / run.n_steps)
