"""A cached stack is not built again, and the output is the same."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cdktf import App

from configuration.load import load
from configuration.stacks import add_stacks
from fast_synth.stack_cache import StackCache
from fast_synth.workers import Share
from tests.fast_synth.conftest import copy_project

Synthesise = Callable[[], tuple[int, dict[str, bytes]]]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy_project(tmp_path)
    monkeypatch.setenv("FAST_SYNTH_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def synthesise(checkout: Path) -> Synthesise:
    """Synthesise dev: the number of stacks that were built, and every file in the output."""

    def run() -> tuple[int, dict[str, bytes]]:
        output = checkout / "output"
        shutil.rmtree(output, ignore_errors=True)
        app, cache = App(outdir=str(output)), StackCache(["dev-*"], checkout, Share())
        add_stacks(app, load(checkout / "environments", cache), cache)
        built = len(app.node.children)
        app.synth()
        cache.complete(output)
        return built, {str(file.relative_to(output)): file.read_bytes() for file in output.rglob("*") if file.is_file()}

    return run


def test_cached_stacks_are_not_built_and_the_output_is_the_same(synthesise: Synthesise) -> None:
    built, written = synthesise()
    assert built == 3
    assert synthesise() == (0, written)


def test_changed_configuration_rebuilds_its_stacks(checkout: Path, synthesise: Synthesise) -> None:
    _, before = synthesise()
    file = checkout / "environments/dev/projects/weather.tfvars"
    file.write_text(file.read_text().replace('"KSTL"', '"KSUS"'))
    built, written = synthesise()
    assert built == 2
    differing = {name for name in written if written[name] != before[name]}
    assert differing == {"stacks/dev-weather-workflows/cdk.tf.json"}
    assert set(written) == set(before)


@pytest.mark.parametrize("code", ["modules/bucket.py", "airflow/config/aws.env", "main.py", "cdktf.json"])
def test_changed_code_rebuilds_every_stack(code: str, checkout: Path, synthesise: Synthesise) -> None:
    synthesise()
    with (checkout / code).open("a") as file:
        file.write("\n")
    assert synthesise()[0] == 3


@pytest.mark.parametrize("damage", [lambda text: text[:-9], lambda text: b""])
def test_a_stack_with_a_damaged_file_is_rebuilt(
    damage: Callable[[bytes], bytes], checkout: Path, synthesise: Synthesise
) -> None:
    _, written = synthesise()
    file = checkout / "cache/stacks/dev-platform"
    file.write_bytes(damage(file.read_bytes()))
    assert synthesise() == (1, written)
