import json

import pytest
import torch
from transformers import AutoModelForCausalLM

from heedful.interop import load_hugging_face, save_hugging_face
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.language_model import LanguageModel

from .reference import HF_MODELS, V, hf_llama

every_model = pytest.mark.parametrize("build", HF_MODELS.values(), ids=HF_MODELS)


def tokens():
    return torch.randint(V, (3, 29))


@every_model
def test_we_read_what_they_write(build, tmp_path):
    theirs, asked = build(), tokens()
    theirs.save_pretrained(tmp_path)
    ours = load_hugging_face(tmp_path)
    torch.testing.assert_close(ours(asked), theirs(asked).logits, atol=1e-4, rtol=1e-4)


@every_model
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_they_read_what_we_write(build, dtype, tmp_path):
    build().save_pretrained(tmp_path / "theirs")
    ours, asked = load_hugging_face(tmp_path / "theirs").to(dtype), tokens()
    save_hugging_face(ours, tmp_path / "ours")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "ours")
    assert theirs.dtype == dtype
    torch.testing.assert_close(theirs(asked).logits, ours(asked), atol=1e-4, rtol=1e-4)


@every_model
def test_there_and_back_through_the_disk_is_exact(build, tmp_path):
    build().save_pretrained(tmp_path / "theirs")
    ours = load_hugging_face(tmp_path / "theirs").bfloat16()
    save_hugging_face(ours, tmp_path / "ours")
    again = load_hugging_face(tmp_path / "ours")
    assert again.config == ours.config
    weights = again.state_dict()
    assert weights.keys() == ours.state_dict().keys()
    for name, weight in ours.state_dict().items():
        assert weight.dtype == weights[name].dtype == torch.bfloat16
        assert torch.equal(weight, weights[name]), name


def test_weights_in_several_files_are_put_together(tmp_path):
    theirs, asked = hf_llama(), tokens()
    theirs.save_pretrained(tmp_path / "one")
    theirs.save_pretrained(tmp_path / "many", max_shard_size="20KB")
    assert len(list((tmp_path / "many").glob("*.safetensors"))) > 2
    one, many = (load_hugging_face(tmp_path / name) for name in ("one", "many"))
    assert torch.equal(one(asked), many(asked))


def test_a_model_without_a_name_leaves_no_folder(tmp_path):
    config = LanguageModelConfig(vocab_size=V, d_model=24, positions="alibi")
    with pytest.raises(ValueError, match="positions='alibi' is neither a Llama"):
        save_hugging_face(LanguageModel(config), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_missing_or_damaged_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"config\.json does not exist"):
        load_hugging_face(tmp_path)
    hf_llama().save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-97])
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        load_hugging_face(tmp_path)
    weights.unlink()
    with pytest.raises(ValueError, match=r"model\.safetensors does not exist"):
        load_hugging_face(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config\.json is not readable as JSON"):
        load_hugging_face(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ValueError, match=r"config\.json holds no settings"):
        load_hugging_face(tmp_path)


def test_an_index_without_its_map_is_named(tmp_path):
    hf_llama().save_pretrained(tmp_path, max_shard_size="20KB")
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(ValueError, match="has no 'weight_map'"):
        load_hugging_face(tmp_path)
