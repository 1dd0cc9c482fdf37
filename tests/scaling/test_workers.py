"""Jobs in processes: their results, their progress, and their end."""

import multiprocessing
import os
import signal
import time
from concurrent.futures.process import BrokenProcessPool

import pytest
import torch

from heedful.scaling.workers import in_processes


def squared(job, report):
    report(job)
    return job * job, torch.get_num_threads()


def refusing(job, report):
    if job == 3:
        raise ValueError("three is refused")
    while True:  # until it is told to stop
        report(1)
        time.sleep(0.01)


def killed(job, report):
    os.kill(os.getpid(), signal.SIGKILL)


def test_results_come_and_progress_adds_up():
    told = []
    results = list(in_processes(squared, [2, 3, 5], 2, told.append))
    assert sorted(results) == [(4, 1), (9, 1), (25, 1)]
    assert sum(told) == 10


def test_a_mistake_in_one_ends_all(forked):
    with pytest.raises(ValueError, match="three is refused"):
        list(in_processes(refusing, [2, 3, 5, 7], 2, lambda amount: None))
    assert multiprocessing.active_children() == []


def test_when_the_caller_has_enough_all_end(forked):
    results = in_processes(squared, [2, 3, 5], 1, lambda amount: None)
    first = next(results)
    results.close()
    assert first in {(4, 1), (9, 1), (25, 1)}  # several may be there at once
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_killed_worker_is_told(forked):
    with pytest.raises(BrokenProcessPool):
        list(in_processes(killed, [2], 1, lambda amount: None))
    assert multiprocessing.active_children() == []
