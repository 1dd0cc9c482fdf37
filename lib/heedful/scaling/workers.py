"""A list of jobs, done by several processes that never outlive the one that asked."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing.connection import wait as wait_for
from threading import Thread
from typing import Any, TypeVar

import torch

Job = TypeVar("Job")
Result = TypeVar("Result")
Report = Callable[[float], Any]

_shared: dict[str, Any] = {}
"""What a worker has in common with its parent: how far all are, and a wish to stop."""


class Stopped(Exception):
    """The parent wants no more results."""


def in_processes(
    do: Callable[[Job, Report], Result],
    jobs: Sequence[Job],
    n_workers: int,
    on_progress: Report,
) -> Iterator[Result]:
    """The results of `do(job, report)` as they come, with one thread per process.

    The jobs are begun in their order. `do` must be a module's function, and calls
    `report(amount)` often: that is added up for `on_progress`, and it is the moment at
    which a worker stops when the caller does. If the caller is killed, so that it
    cannot say it, the workers end as well. Raises `BrokenProcessPool` if one of the
    workers is killed.
    """
    context = multiprocessing.get_context("spawn")
    amount, stop = context.Value("d", 0.0), context.Event()
    seen = 0.0
    pool = ProcessPoolExecutor(n_workers, context, _begin, (amount, stop))
    try:
        waiting = {pool.submit(_do, do, job) for job in jobs}
        while waiting:
            done, waiting = wait(waiting, 0.5, return_when=FIRST_COMPLETED)
            seen, before = amount.value, seen
            on_progress(seen - before)
            for future in done:
                yield future.result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _begin(amount: Any, stop: Any) -> None:
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _shared.update(amount=amount, stop=stop)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent
    wait_for([parent.sentinel])
    os._exit(1)


def _do(do: Callable[[Any, Report], Any], job: Any) -> Any:
    return do(job, _report)


def _report(amount: float) -> None:
    if _shared["stop"].is_set():
        raise Stopped
    with _shared["amount"].get_lock():
        _shared["amount"].value += amount
