"""A request to stop is heard at once and obeyed between two steps.

Ctrl-C (SIGINT), the request of a batch system or of `kill` (SIGTERM) and the closing
of a terminal (SIGHUP) may come in the middle of an update. Whoever trains inside of
`hearing` looks after each step whether one came, saves, and then stops.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


class Stopped(KeyboardInterrupt):
    """Training was asked to stop and has been saved. `exit_code` is the shell's."""

    def __init__(self, signum: int, step: int):
        super().__init__(f"{signal.Signals(signum).name} after step {step}")
        self.name = signal.Signals(signum).name
        self.exit_code = 128 + signum
        self.step = step


@contextmanager
def hearing() -> Iterator[list[int]]:
    """Inside, the first signal is only put into the list; a second one acts at once.

    What the process ignores, as under nohup, is ignored further. Outside of the main
    thread, which alone gets signals, nothing changes.
    """
    heard: list[int] = []
    before = {}

    def restore() -> None:
        for signum, handler in before.items():
            signal.signal(signum, handler)

    def hear(signum: int, frame: object) -> None:
        heard.append(signum)
        if len(heard) > 1:
            restore()
            signal.raise_signal(signum)

    if threading.current_thread() is threading.main_thread():
        for signum in SIGNALS:
            handler = signal.getsignal(signum)
            if handler not in (signal.SIG_IGN, None):
                before[signum] = signal.signal(signum, hear)
    try:
        yield heard
    finally:
        restore()
