"""pytest plugin: tests that import CDKTF run with fast synthesis, in pytest-xdist's workers too.

pyproject.toml loads it; `python -m pytest -p no:fast_synth.pytest_plugin` runs the tests with stock CDKTF.
"""

import pytest

from fast_synth import import_hook


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Install the import hook before any conftest.py is imported."""
    import_hook.install(early_config.rootpath)
