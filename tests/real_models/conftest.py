"""The two published models, read once; and what was measured with them."""

import pytest

from heedful.interop import RealModelError, load_minilm, load_smollm2


@pytest.fixture(scope="session")
def smollm2(unchecked):
    """SmolLM2's model and tokenizer, or the test is skipped."""
    return _installed(load_smollm2, unchecked)


@pytest.fixture(scope="session")
def minilm(unchecked):
    return _installed(load_minilm, unchecked)


def _installed(load, unchecked):
    try:
        with unchecked():
            return load()
    except RealModelError as error:
        pytest.skip(str(error))


def pytest_terminal_summary(terminalreporter):
    """What the tests measured: they hand it over with `record_property`."""
    measured = [
        f"  {name}: {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
    ]
    if measured:
        terminalreporter.write_line("\n".join(["Measured:", *measured]))
