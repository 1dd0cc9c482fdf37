"""Losses and gradients that are no numbers, and a loss that jumps."""

import math
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from heedful.text import training_batches
from heedful.train import Diverged, Run, encoded, kernels, loop, new_run
from heedful.train.guard import N_FIRST
from heedful.train.keeper import Keeper

from .trial import CODES, CONFIG, CORPUS, Trial, Verdict, child, ended, outcome

KINDS = ("the loss is nan", "the loss is inf", "gradient's length is nan",
         "gradient's length is inf")  # fmt: skip


def not_numbers(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """NaN or infinity in the loss or in one weight's gradient, in some step."""
    trial, every = Trial(root), CONFIG.recipe.evaluate_every
    names = [name for name, _ in new_run(CONFIG, CORPUS).model.named_parameters()]
    for _ in range(n):
        path, kind = trial.place(), rng.choice(KINDS)
        step, name = rng.randrange(every + 1, CONFIG.recipe.n_steps), rng.choice(names)
        code = ended(child(_spoilt(trial, path, kind, step, name)))
        told = f"{kind} in step {step}, {name}"
        said = (path.parent / "said").read_text() if code else ""
        wanted = [f"step {step}, batch {step}: ", kind]
        wanted += [f", of {name}"] if "gradient" in kind else []
        if code != CODES[Diverged]:
            yield f"{told}: it ended with {code}"
        elif not all(words in said for words in wanted):
            yield f"{told}: but said was {said}"
        elif "weights are as before" not in said:
            yield f"{told}: the step changed weights"
        elif Run.load(path).record["steps_done"] != (step - 1) // every * every:
            yield f"{told}: the last checkpoint is not there"
        else:
            lost = trial.finish(path)
            yield lost and f"{told}: {lost}"


def _spoilt(
    trial: Trial, path: Path, kind: str, step: int, name: str
) -> Callable[[], None]:
    """A training in whose step something is no number; it writes down what is said."""
    bad = math.nan if "nan" in kind else math.inf

    class Spoilt(Keeper):
        def before_update(self, now: int, loss: Tensor) -> None:
            if now == step and "gradient" in kind:
                dict(self.model.named_parameters())[name].grad[..., 0] = bad
            elif now == step:
                loss = loss * bad
            before = {k: w.clone() for k, w in self.model.state_dict().items()}
            try:
                super().before_update(now, loss)
            except Diverged as diverged:
                after = self.model.state_dict()
                is_same = all(before[k].equal(after[k]) for k in before)
                told = f"{diverged}; weights are {'as before' if is_same else 'others'}"
                (path.parent / "said").write_text(told)
                raise

    def work() -> None:
        loop.Keeper = Spoilt
        trial.training(path)()

    return work


def spikes(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """A loss jumps, `roll_back_at` is set, and the run is killed besides."""
    recipe = replace(CONFIG.recipe, roll_back_at=4.0)
    trial, every = Trial(root, replace(CONFIG, recipe=recipe)), recipe.evaluate_every
    run = new_run(trial.config, CORPUS)
    pairs, token_loss = encoded(run, CORPUS.train), kernels.token_loss
    for _ in range(n):
        step = rng.randrange(N_FIRST + 1, recipe.n_steps)
        stream = training_batches(pairs, recipe.batch_size, run.config.seed, step - 1)
        bad = next(stream).goal

        kernels.token_loss = _jumping(token_loss, bad)  # only children train
        path, killed = trial.place(), trial.place()
        code = ended(child(trial.training(path)))
        notes = Run.load(path).record.get("rolled_back", [])
        where = [(note["to_step"], note["next_batch"]) for note in notes]
        if code or where != [((step - 1) // every * every, step + 1)]:
            yield f"a jump in step {step}: {code}, {where}"
            continue
        trial.expected = outcome(path)
        pid = child(trial.training(killed))
        time.sleep(rng.uniform(0, trial.seconds))
        os.kill(pid, signal.SIGKILL)
        ended(pid)
        lost = trial.finish(killed)
        yield lost and f"a jump in step {step}: {lost}"
    kernels.token_loss = token_loss


def _jumping(token_loss: Callable[..., Tensor], bad: Tensor) -> Callable[..., Tensor]:
    """The loss, but 99 times as much for this batch."""

    def jumping(logits: Tensor, goal: Tensor, smoothing: float) -> Tensor:
        is_bad = goal.shape == bad.shape and goal.equal(bad)
        return (99 if is_bad else 1) * token_loss(logits, goal, smoothing)

    return jumping
