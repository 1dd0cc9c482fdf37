import json

import pytest

from heedful.nets import LanguageModel
from heedful.train import ConfigError, LanguageRunConfig, RunConfig
from heedful.train.language_config import default_config
from heedful.train.recipes import NAMES, named_config


@pytest.mark.parametrize("task", ["numbers", "dates"])
def test_the_plain_run_of_pairs_is_the_default(task):
    assert named_config(task, "plain") == default_config(task)


@pytest.mark.parametrize("task", ["numbers", "dates", "python", "sources", "wiki"])
@pytest.mark.parametrize("name", NAMES)
def test_a_named_run_survives_being_saved(task, name):
    config = named_config(task, name)
    kind = RunConfig if task in ("numbers", "dates") else LanguageRunConfig
    assert config.task == task
    assert kind.from_dict(json.loads(config.to_json())) == config


def test_the_plain_text_model_has_the_shape_of_gpt2():
    model = LanguageModel(named_config("python", "plain").model.with_vocab(101))
    names = {name for name, _ in model.named_parameters()}
    assert "pos_emb.weight" in names and "blocks.3.attn.q_proj.bias" in names
    # 12 d^2 for each layer's matrices and 13 d for its biases and norms, the
    # embeddings of tokens and positions, which are the output too, and a last norm.
    d = 128
    expected = 4 * (12 * d * d + 13 * d) + (101 + 64) * d + 2 * d
    assert sum(weight.numel() for weight in model.parameters()) == expected


def test_the_plain_text_run_is_the_usual_small_one():
    recipe = named_config("python", "plain").recipe
    assert (recipe.n_steps, recipe.batch_size, recipe.learning_rate) == (2000, 12, 1e-3)
    assert (recipe.optimizer, recipe.kernels) == ("adamw", "plain")


def test_what_has_no_such_run_says_so():
    with pytest.raises(ConfigError, match="'tatoeba' has no recipe but its own"):
        named_config("tatoeba", "short")
    with pytest.raises(ConfigError, match="unknown recipe 'x': choose plain or short"):
        named_config("python", "x")
