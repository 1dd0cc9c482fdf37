import math

import matplotlib.pyplot as plt
import pytest
from matplotlib.collections import PolyCollection

from heedful.figures import comparison, learning_curves, right_by_length
from heedful.studies import Result, Study

LABELS = {
    "gru": "GRU",
    "gru_attention": "GRU with attention",
    "convolutional": "convolutional",
    "transformer": "Transformer",
}


def result(part, name, seed, shares, lengths):
    curve = [
        dict(step=10 * (i + 1), cpu_seconds=3.0 * (i + 1), right=share, valid_loss=1.0)
        for i, share in enumerate(shares)
    ]
    return Result(
        part=part,
        model=name,
        seed=seed,
        learning_rate=0.1,
        curve=curve,
        lengths=lengths,
    )


@pytest.fixture
def study():
    """Two seeds each; the n-th model gets n tenths right, more or less."""
    results = []
    for part in ("all", "short"):
        for n, name in enumerate(LABELS, start=1):
            lengths = [[2, n, 10], [4, 0, 10], [8, 10, 10], [13, 1, 4], [17, 2, 2]]
            results.append(result(part, name, 1, [0.1, n / 10], lengths))
            results.append(result(part, name, 2, [0.3, n / 10], lengths))
    models = {name: {"label": label} for name, label in LABELS.items()}
    return Study(
        settings={"longest": 7}, models=models, circumstances={}, results=results
    )


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.mark.parametrize(
    ("x", "places", "label"),
    [("step", [10, 20], "training step"), ("cpu_seconds", [3, 6], "CPU seconds")],
)
def test_a_learning_curve_is_the_mean_in_a_band(ax, study, x, places, label):
    learning_curves(ax, study, x)
    assert [line.get_label() for line in ax.lines] == list(LABELS.values())
    for n, line in enumerate(ax.lines, start=1):
        assert list(line.get_xdata()) == places
        assert list(line.get_ydata()) == pytest.approx([0.2, n / 10])
    bands = [c for c in ax.collections if isinstance(c, PolyCollection)]
    assert len(bands) == 4
    heights = {
        round(y, 9) for x, y in bands[0].get_paths()[0].vertices if x == places[0]
    }
    assert heights == {0.1, 0.3}  # from seed to seed
    assert label in ax.get_xlabel()
    assert "right" in ax.get_ylabel()
    assert len({line.get_color() for line in ax.lines}) == 4


def test_lengths_are_counted_together(ax, study):
    right_by_length(ax, study, "all")
    names = [text.get_text() for text in ax.get_xticklabels()]
    assert names == ["2–4", "5–6", "7–8", "9–10", "11–12", "13–17"]
    for n, line in enumerate(ax.lines, start=1):
        shares = list(line.get_ydata())
        assert shares[0] == n / 20  # n of 10 and 0 of 10
        assert shares[2] == 1
        assert shares[5] == 3 / 6  # 1 of 4 and 2 of 2: each answer counts once
        assert [math.isnan(s) for s in shares] == [
            False,
            True,
            False,
            True,
            True,
            False,
        ]
    assert ax.get_xlabel() == "words in the source"


def test_the_whole_comparison_is_labelled(study):
    figure = comparison(study)
    try:
        (legend,) = figure.legends
        assert [t.get_text() for t in legend.get_texts()] == list(LABELS.values())
        assert len(figure.axes) == 4
        for ax in figure.axes:
            assert ax.get_title("left") or ax.get_title()
            assert ax.get_xlabel()
            assert len(ax.lines) == 4
        assert all(ax.get_ylabel() for ax in (figure.axes[0], figure.axes[2]))
        titles = [ax.get_title("left") or ax.get_title() for ax in figure.axes]
        assert titles[3] == "trained on up to 7 words"
    finally:
        plt.close(figure)


def test_an_unfinished_study_is_not_drawn(study):
    study.results = [r for r in study.results if r.part == "all"]
    with pytest.raises(ValueError, match="not finished: run `heedful compare` again"):
        comparison(study)
