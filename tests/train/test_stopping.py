import signal
import threading

import pytest

from heedful.train.stopping import SIGNALS, Stopped, hearing


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_is_heard_and_not_obeyed(signum):
    before = signal.getsignal(signum)
    with hearing() as heard:
        signal.raise_signal(signum)
        assert heard == [signum]
    assert signal.getsignal(signum) is before


def test_the_second_signal_acts_at_once():
    with pytest.raises(KeyboardInterrupt), hearing() as heard:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("it went on")
    assert heard == [signal.SIGTERM, signal.SIGINT]


def test_what_is_ignored_stays_ignored(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with hearing() as heard:
            signal.raise_signal(signal.SIGHUP)
        assert heard == []
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_hears_nothing_and_breaks_nothing():
    heard = []

    def work():
        with hearing() as mine:
            heard.append(mine)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [[]]


def test_the_exit_code_is_the_shells():
    assert Stopped(signal.SIGINT, 5).exit_code == 130
    assert Stopped(signal.SIGTERM, 5).exit_code == 143
    assert str(Stopped(signal.SIGTERM, 5)) == "SIGTERM after step 5"
    assert isinstance(Stopped(signal.SIGINT, 5), KeyboardInterrupt)
