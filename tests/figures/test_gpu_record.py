"""Of a made-up record, in the form that `heedful.studies.gpu_report` writes."""

import matplotlib.pyplot as plt
import pytest

from heedful.figures import recorded_attention, recorded_products, told

RECORD = {
    "command": "python -m somewhere",
    "circumstances": {"started": "2031-05-07T11:13:17+00:00", "torch": "9.1"},
    "gpu": {"name": "Made-up", "n_sms": 7},
    "ceilings": {"bfloat16": 1e12},
    "matmul_sweep": {
        "rows": [
            {"size": 256, "torch": 2 * 256**3 / 5e11, "ours": 2 * 256**3 / 2e11},
            {"size": 512, "torch": 2 * 512**3 / 8e11, "ours": 2 * 512**3 / 4e11},
        ]
    },
    "attention": {
        "rows": [
            {"length": n, "causal": causal, "way": way, "forward": n * cost}
            for n in (1024, 2048)
            for causal in (False, True)
            for way, cost in (("matrix", 5e-6), ("sdpa", 1e-6), ("ours", 2e-6))
        ]
        + [{"length": 4096, "causal": True, "way": "matrix", "error": "out of memory"}]
    },
}


@pytest.fixture
def ax():
    _, ax = plt.subplots()
    yield ax
    plt.close()


def lines(ax):
    return {line.get_label(): [list(xs) for xs in line.get_data()]
            for line in ax.get_lines()}  # fmt: skip


def test_it_says_where_and_when():
    assert told(RECORD) == (
        "recorded on Made-up (7 SMs), 2031-05-07, by python -m somewhere, PyTorch 9.1"
    )


def test_products_beside_their_waves(ax):
    recorded_products(ax, RECORD)
    drawn = lines(ax)
    assert drawn["PyTorch"] == [[256, 512], pytest.approx([0.5, 0.8])]
    assert drawn["ours"][1] == pytest.approx([0.2, 0.4])
    # 4 tiles in one wave of 7 places, 16 in three
    assert drawn["predicted by waves"][1] == pytest.approx([4 / 7, 16 / 21])


def test_what_did_not_fit_is_left_out(ax):
    recorded_attention(ax, RECORD)
    drawn = lines(ax)
    assert drawn["all scores"] == [[1024, 2048], pytest.approx([5.12, 10.24])]
    assert drawn["ours, in tiles"][1] == pytest.approx([2.048, 4.096])
