"""A bet: what a model larger than all of a sweep will lose, said before it is trained.

`bet.json`, beside the sweep's rows, gets the prediction first, with its date; nothing
overwrites it. When the model is trained the outcome is added, once. Shown in chapter
09.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from heedful.scaling.bootstrap import Interval, predicted
from heedful.scaling.fits import fit_surface
from heedful.scaling.grid import Run, Settings, planned
from heedful.scaling.laws import SurfaceLaw
from heedful.scaling.rows import Row, Sweep, SweepError, opened
from heedful.scaling.runs import Runs
from heedful.scaling.sweep import BAR, tokens_of, train_run
from heedful.text.token_file import TokenFile
from heedful.train.durable import write_file

FILE = "bet.json"
FACTOR = 2.6
"""The bet's compute, as a multiple of the largest budget of the sweep."""
LEVEL, N_DRAWS = 0.9, 2000


@dataclass(frozen=True, kw_only=True)
class Bet:
    """The prediction for `run`, when it was `made`, and the outcome's row or None.

    `law` is what was fitted to the `n_rows` rows of the file whose SHA-256 is
    `rows_hash`. `interval` is where the loss ends with the probability `level`, if the
    law's form is right.
    """

    run: Run
    made: str
    n_rows: int
    rows_hash: str
    law: SurfaceLaw
    loss: float
    level: float
    interval: Interval
    outcome: Row | None = None

    @property
    def won(self) -> bool | None:
        """Whether the outcome lies in the interval; None before it is known."""
        if self.outcome is None:
            return None
        return self.interval[0] <= self.outcome["valid_loss"] <= self.interval[1]

    @classmethod
    def load(cls, folder: Path) -> "Bet | None":
        """The bet in `folder`, or None. Raises `SweepError` if its file is damaged."""
        try:
            told = json.loads((folder / FILE).read_text(encoding="utf-8"))
            run, law = Run(**told.pop("run")), SurfaceLaw(**told.pop("law"))
            low, high = told.pop("interval")
            return cls(run=run, law=law, interval=(low, high), **told)
        except FileNotFoundError:
            return None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise SweepError(f"{folder / FILE} is damaged: {error}") from None

    def _save(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=2) + "\n"
        write_file(folder / FILE, text.encode())


def stake(folder: Path) -> Bet:
    """The bet on the sweep in `folder`: the one that is there, or a new one.

    It is on the width that the fitted law likes best for `FACTOR` times the sweep's
    largest budget. Raises `SweepError` if there is no sweep, if it has not finished or
    if the corpus here is another one, and what `planned` raises.
    """
    with _finished(folder) as (state, tokens):
        there = Bet.load(folder)
        if there:
            return there
        runs = Runs.of(state.rows)
        law = fit_surface(runs)
        run = best_run(state.settings, tokens, law)
        rng = np.random.default_rng(0)
        loss, between = predicted(
            runs, run.n_parameters, run.tokens, N_DRAWS, rng, LEVEL
        )
        content = (folder / "runs.csv").read_bytes()
        bet = Bet(
            run=run, made=_now(), n_rows=len(state.rows),
            rows_hash=hashlib.sha256(content).hexdigest(), law=law,
            loss=round(loss, 6), level=LEVEL,
            interval=(round(between[0], 6), round(between[1], 6)),
        )  # fmt: skip
        bet._save(folder)
        return bet


def settle(folder: Path, progress: bool = True) -> Bet:
    """Train the model of the bet in `folder`, if that has not been done.

    A training that was interrupted begins again; the prediction stays. Raises
    `SweepError` as `stake` does, and if there is no bet.
    """
    with _finished(folder) as (state, tokens):
        bet = Bet.load(folder)
        if bet is None:
            raise SweepError(f"there is no prediction in {folder} yet")
        if bet.outcome is None:
            total = bet.run.seconds
            bar = tqdm(total=total, disable=not progress, unit="s", bar_format=BAR)
            with bar:
                row = train_run(
                    bet.run, state.settings, tokens,
                    lambda seconds: bar.update(min(seconds, total - bar.n)),
                )  # fmt: skip
            bet = replace(bet, outcome=row)
            bet._save(folder)
        return bet


def best_run(settings: Settings, tokens: TokenFile, law: SurfaceLaw) -> Run:
    """The run beyond the sweep that `law` likes best, by width in steps of `d_head`."""
    widths = range(settings.d_head, 2 * max(settings.widths) + 1, settings.d_head)
    beyond = replace(
        settings,
        budgets=(FACTOR * max(settings.budgets),),
        widths=tuple(widths),
        seeds=settings.seeds[:1],
    )
    runs = planned(beyond, tokens)
    return min(runs, key=lambda run: float(law(run.n_parameters, run.tokens)))


@contextmanager
def _finished(folder: Path) -> Iterator[tuple[Sweep, TokenFile]]:
    """The sweep in `folder`, with nobody else at it, and its text."""
    settings = Sweep.load(folder).settings
    tokens = tokens_of(settings)
    with opened(settings, tokens.record, folder, resume=True) as state:
        n_planned = len(planned(settings, tokens))
        if len(state.rows) < n_planned:
            raise SweepError(
                f"the sweep in {folder} has {len(state.rows)} of {n_planned} runs, "
                "and a bet needs them all"
            )
        yield state, tokens


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
