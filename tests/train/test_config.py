import json

import pytest

from heedful.train import ConfigError, ModelSizes, Recipe, RunConfig

pytestmark = pytest.mark.usefixtures("as_users_run_it")


def test_a_config_survives_json(tmp_path):
    config = RunConfig(
        task="dates",
        seed=3,
        n_train=1_009,
        model=ModelSizes(d_model=26, n_heads=13, dropout=0.5, norm="pre"),
        recipe=Recipe(n_steps=17, learning_rate=0.01),
    )
    file = tmp_path / "config.json"
    file.write_text(config.to_json(), encoding="utf-8")
    assert RunConfig.read(file) == config


def test_what_is_missing_keeps_its_default():
    config = RunConfig.from_dict({"model": {"d_ff": 7}})
    assert config == RunConfig(model=ModelSizes(d_ff=7))


def test_the_default_config_is_itself():
    assert RunConfig.from_dict({}) == RunConfig()


BROKEN = [
    ({"sed": 1}, r"unknown setting 'sed' in the top level; known are task, seed"),
    ({"model": {"width": 1}}, "unknown setting 'width' in model; known are d_model"),
    ({"recipe": {"betas": [0.9, 0.98]}}, "unknown setting 'betas' in recipe"),
    ({"model": {"d_model": "96"}}, "d_model='96' must be a whole number"),
    ({"model": {"n_layers": 2.0}}, "n_layers=2.0 must be a whole number"),
    ({"model": {"n_layers": None}}, "n_layers=None must be a whole number"),
    ({"model": {"d_ff": []}}, r"d_ff=\[\] must be a whole number"),
    ({"model": {"max_seq_len": 0}}, "max_seq_len=0 must be a whole number"),
    ({"model": {"n_heads": 5}}, "d_model=96 is not divisible by n_heads=5"),
    ({"model": {"d_model": 9, "n_heads": 3}}, "d_model=9 is odd"),
    ({"model": {"dropout": 1.0}}, "dropout=1.0 must be"),
    ({"model": {"dropout": "none"}}, "dropout='none' must be"),
    ({"model": {"norm": "layer"}}, "norm='layer' must be 'post' or 'pre'"),
    ({"model": {"norm": ["pre"]}}, r"norm=\['pre'\] must be 'post' or 'pre'"),
    ({"recipe": {"n_steps": 0}}, "n_steps=0 must be a whole number from 1 up"),
    ({"recipe": {"n_steps": "100"}}, "n_steps='100' must be a whole number"),
    ({"recipe": {"batch_size": True}}, "batch_size=True must be a whole number"),
    ({"recipe": {"n_warmup": -1}}, "n_warmup=-1 must be a whole number"),
    ({"recipe": {"evaluate_every": 0}}, "evaluate_every=0 must be a whole number"),
    ({"recipe": {"learning_rate": 0}}, "learning_rate=0 must be a number above 0"),
    ({"recipe": {"learning_rate": "1e-3"}}, "learning_rate='1e-3' must be a number"),
    ({"recipe": {"learning_rate": float("nan")}}, "learning_rate=nan must be"),
    ({"recipe": {"learning_rate": float("inf")}}, "learning_rate=inf must be"),
    ({"recipe": {"clip_norm": -1}}, "clip_norm=-1 must be a number above 0"),
    ({"recipe": {"label_smoothing": 1}}, "label_smoothing=1 must be in"),
    ({"recipe": {"label_smoothing": "0"}}, "label_smoothing='0' must be in"),
    ({"recipe": {"optimizer": "sgd"}}, "optimizer='sgd' must be 'adam' or 'adamw'"),
    ({"recipe": {"roll_back_at": 1}}, "roll_back_at=1 must be a number above 1"),
    ({"recipe": {"roll_back_at": "3"}}, "roll_back_at='3' must be a number above 1"),
    ({"recipe": {"momentum": 1}}, "momentum=1 must be in"),
    ({"recipe": {"decay": "flat"}}, "decay='flat' must be 'cosine' or 'linear'"),
    ({"recipe": {"precision": 16}}, "precision=16 must be 'float32' or 'bfloat16'"),
    ({"vocab_size": 258}, "vocab_size=258 must be from 259"),
    ({"vocab_size": "4k"}, "vocab_size='4k' must be from 259"),
    ({"task": "poems"}, "unknown task 'poems': choose one of numbers, dates"),
    ({"task": []}, r"unknown task \[\]: choose one of numbers, dates"),
    ({"seed": -1}, "seed=-1 must be a whole number"),
    ({"seed": 2**63}, "seed=9223372036854775808 must be a whole number"),
    ({"seed": 1.5}, "seed=1.5 must be a whole number"),
    ({"n_train": 999}, "n_train=999 must be from 1000 to 60000"),
    ({"n_train": 60_001}, "n_train=60001 must be from 1000 to 60000"),
    ({"n_train": "all"}, "n_train='all' must be from 1000 to 60000"),
    ({"model": [96, 2]}, r"model must be an object of settings, not \[96, 2\]"),
    ({"recipe": None}, "recipe must be an object of settings, not None"),
    ([], r"the top level must be an object of settings, not \[\]"),
    ([["seed", 1]], "the top level must be an object of settings"),
    (3, "the top level must be an object of settings, not 3"),
    ("numbers", "the top level must be an object of settings, not 'numbers'"),
]


@pytest.mark.parametrize(("settings", "message"), BROKEN, ids=lambda x: str(x)[:40])
def test_what_makes_no_sense_is_refused_with_its_name_and_value(settings, message):
    with pytest.raises(ConfigError, match=message):
        RunConfig.from_dict(settings)


@pytest.mark.parametrize(("settings", "message"), BROKEN, ids=lambda x: str(x)[:40])
def test_a_broken_file_is_refused_in_the_same_words_and_by_its_path(
    tmp_path, settings, message
):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        RunConfig.read(file)
    assert str(caught.value).startswith(f"{file}: ")


@pytest.mark.parametrize("content", [b"", b"{'seed': 1}", b'{"seed": 1', b"\xff\xfe"])
def test_what_is_not_json_is_refused_by_its_path(tmp_path, content):
    file = tmp_path / "mine.json"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"mine\.json is not readable as JSON"):
        RunConfig.read(file)


def test_a_missing_file_is_refused_by_its_path(tmp_path):
    with pytest.raises(ConfigError, match=r"mine\.json does not exist"):
        RunConfig.read(tmp_path / "mine.json")


def test_a_folder_is_refused_by_its_path(tmp_path):
    with pytest.raises(ConfigError, match="is not readable as JSON"):
        RunConfig.read(tmp_path)


def test_sizes_reach_the_model():
    sizes = ModelSizes(d_model=26, n_layers=3, n_heads=13, d_ff=7, norm="pre")
    config = sizes.with_vocab(31, 29)
    assert (config.source_vocab_size, config.target_vocab_size) == (31, 29)
    assert (config.d_model, config.n_layers, config.n_heads) == (26, 3, 13)
    assert (config.d_ff, config.norm, config.max_seq_len) == (7, "pre", 64)
