"""The figure of the cluster shows what was computed, and marks what does not fit."""

import json
import re

import pytest

from heedful.figures import clusters
from heedful.scaling.plans import Plan
from heedful.scaling.schemes import Outcome


def result(seconds, share, gigabytes, fits=True):
    return Outcome(Plan(rows=1), seconds, share, int(gigabytes * 1e9), fits)


MODELS = {
    "small": {
        "data": [result(100.0, 0.5, 10.0), result(50.0, 0.45, 10.0), None],
        "tensor": [
            result(100.0, 0.5, 10.0),
            result(2345.6, 0.02, 123.0, False),
            result(0.25, 0.4, 5.0),
        ],
    },
    "large": {"data": [None] * 3, "tensor": [None, None, result(1.0, 0.3, 79.0)]},
}
PAGE = clusters(MODELS, limit=80e9, chosen=1)
STATES = json.loads(re.search(r"const models = (.*);", PAGE)[1])


def test_the_table_has_the_results():
    small, large = (state["cells"] for state in STATES)
    assert small[1] == [
        ["50 s", "45%", "10 GB", True],
        ["2,346 s", "2%", "123 GB, too much", False],
    ]
    assert small[2][0] == ["–", "–", "–", False]
    assert large[2][1] == ["1 s", "30%", "79 GB", True]
    # What is there without scripts: the first model, two GPUs
    body = re.search(r"<tbody>(.*)</tbody>", PAGE, re.S)[1]
    assert re.findall(r"<td>(.*?)</td>", body) == [*small[1][0][:3], *small[1][1][:3]]
    assert body.count("class=not") == 1
    assert '<output id="cluster-told">2</output>' in PAGE


def points(path):
    return [tuple(map(float, p)) for p in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def test_lines_lie_where_the_numbers_are():
    paths = STATES[0]["paths"]
    assert len(paths) == 3 * 2 * 2  # panels, schemes, what fits and all
    fits, everything = paths[2], paths[3]
    assert len(points(everything)) == 3 and len(points(fits)) == 2
    assert fits.count("M") == 2  # a gap in the middle
    (left, high), (middle, low), (right, lowest) = points(everything)
    assert middle - left == pytest.approx(right - middle, abs=0.2)
    # Seconds on a logarithmic axis: 100 -> 2345.6 -> 0.25, and smaller is lower
    ratio = (high - low) / (lowest - low)
    assert ratio == pytest.approx(0.345, abs=0.01)
    assert points(STATES[1]["paths"][0]) == []


def test_the_first_model_is_drawn():
    drawn = re.findall(r'<path class="s\d(?: not)?" d="(.*?)"/>', PAGE)
    assert drawn == STATES[0]["paths"]
    assert len(re.findall(r'type="radio"', PAGE)) == 2
