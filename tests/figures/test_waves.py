import json
import re

import matplotlib.pyplot as plt
import pytest

from heedful.figures import roofline, waves
from heedful.hardware import Roofline, schedule


def test_the_slider_has_what_the_scheduler_does():
    sizes = [100, 1536, 1537, 3000]
    page = waves(144, sizes, chosen=2)
    states = json.loads(re.search(r"const states = (.*);", page)[1])
    assert [state["told"] for state in states] == ["100", "1,536", "1,537", "3,000"]
    for size, state in zip(sizes, states):
        n_tiles = (-(-size // 128)) ** 2
        placed = schedule([1] * n_tiles, 144)
        end = int(max(p.end for p in placed))
        assert state["busy"] == sum(p.end == end for p in placed)
        assert state["text"].startswith(f"{n_tiles} tile")
        assert f"in {end} wave" in state["text"]
    assert page.count("<rect") == 144
    assert page.count('class="busy"') == 13 * 13 - 144  # of the second wave


def test_ceilings_are_drawn_where_they_are():
    _, ax = plt.subplots()
    machine = Roofline("m", peak=700.0, bandwidth=70.0)
    roofline(ax, [machine], span=(0.5, 50.0))
    (line,) = ax.get_lines()
    x, y = line.get_data()
    assert (x[0], y[0]) == pytest.approx((0.5, 35))
    assert (x[-1], y[-1]) == pytest.approx((50, 700))
    assert line.get_label() == "m"
    plt.close()
