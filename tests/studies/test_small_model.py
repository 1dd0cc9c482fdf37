"""Measured if SmolLM2 is there, recorded if it is not, and always with a date."""

import json
from pathlib import Path

import pytest

from heedful.interop.real_models import NotInstalledError, RealModelError
from heedful.studies import small_model


@pytest.fixture
def load(monkeypatch):
    """Set what loading the model does; `7` is a model, "seven" its tokenizer."""
    monkeypatch.setattr(small_model, "MEASUREMENTS", {"pair": lambda *pair: pair})

    def set_to(error=None):
        def loaded():
            if error:
                raise error
            return 7, "seven"

        monkeypatch.setattr(small_model, "_loaded", loaded)

    set_to()
    return set_to


def test_live_and_recorded_results_are_alike(load, tmp_path):
    live = small_model.measured_or_recorded("pair", tmp_path)
    assert live.result == [7, "seven"] and "just now" in live.note
    path = small_model.record(tmp_path)
    load(NotInstalledError("not there"))
    recorded = small_model.measured_or_recorded("pair", tmp_path)
    assert recorded.result == live.result
    date = json.loads(path.read_text())["circumstances"]["started"][:10]
    assert recorded.note.startswith(f"Recorded on {date} by `make real-models`")


def test_one_measurement_can_be_renewed(load, monkeypatch, tmp_path):
    small_model.MEASUREMENTS["other"] = lambda *_: 1
    moments = iter("2026-01-01 2026-02-02".split())
    monkeypatch.setattr(
        small_model, "circumstances", lambda: dict(started=next(moments) + "T10:00")
    )
    small_model.record(tmp_path)
    small_model.MEASUREMENTS["other"] = lambda *_: 2
    small_model.record(tmp_path, "other")
    load(NotInstalledError("not there"))
    for name, result, date in (("pair", [7, "seven"], "01-01"), ("other", 2, "02-02")):
        shown = small_model.measured_or_recorded(name, tmp_path)
        assert shown.result == result and f"on 2026-{date} by" in shown.note


def test_a_damaged_model_is_not_passed_over(load, tmp_path):
    small_model.record(tmp_path)
    load(RealModelError("another SHA-256"))
    with pytest.raises(RealModelError, match="another SHA-256"):
        small_model.measured_or_recorded("pair", tmp_path)


def test_the_committed_record_has_every_measurement():
    path = "book/data/small_model.json"
    recorded = json.loads((Path(__file__).parents[2] / path).read_text())
    others = {"circumstances", "later"}
    assert set(recorded) - others == set(small_model.MEASUREMENTS)
