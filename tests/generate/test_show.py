import torch

from heedful.generate import Translation, cross_attention_text
from heedful.generate.show import shaded_table

LEGEND = "share of attention: ░░ from 20 %  ▒▒ from 40 %  ▓▓ from 60 %  ██ from 80 %"


def test_a_table_by_hand():
    weights = torch.tensor([[0.0, 0.19, 0.2], [1.0, 0.81, 0.4], [0.0, 0.0, 0.6]])
    table = shaded_table(weights, ["one", "forty", "七"], ["一", "x", "<eos>"])
    assert table.split("\n") == [
        "       一x ⏎ ",
        "  one      ░░",
        "forty  ████▒▒",
        "   七      ▓▓",
        f"       {LEGEND}",
    ]


def test_each_shade_begins_at_the_share_that_the_legend_says():
    edges = torch.tensor(
        [[0.0, 0.199, 0.201, 0.399, 0.401, 0.599, 0.601, 0.799, 0.801]]
    )
    cells = shaded_table(edges, ["x"], list("abcdefghi")).split("\n")[1].split("x  ")[1]
    assert cells == "    ░░░░▒▒▒▒▓▓▓▓██"


def test_cross_attention_is_the_mean_over_the_heads_of_one_layer():
    first = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]])
    last = torch.tensor([[[0.0, 1.0], [0.9, 0.1]], [[0.0, 1.0], [0.5, 0.5]]])
    translation = Translation(
        text="二",
        source=["two", "x"],
        written=["二", "<eos>"],
        maps={"cross": [first, last], "encoder": [], "decoder": []},
    )
    # Rows are source words: the transposed maps.
    assert cross_attention_text(translation).split("\n")[:3] == [
        "     二⏎ ",
        "two    ▓▓",
        "  x  ██░░",
    ]
    assert cross_attention_text(translation, layer=0).split("\n")[1:3] == [
        "two  ▒▒██",
        "  x  ▒▒  ",
    ]
