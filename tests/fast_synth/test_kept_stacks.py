"""A stack that was synthesised before is not made again, and what is written is the same."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cdktf import App

from configuration import Selection, load
from fast_synth.kept_stacks import KeptStacks
from main import build
from tests.fast_synth.conftest import copy_what_is_read

Synthesise = Callable[[], tuple[int, dict[str, bytes]]]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy_what_is_read(tmp_path)
    monkeypatch.setenv("FAST_SYNTH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FAST_SYNTH", raising=False)
    return tmp_path


@pytest.fixture
def synthesise(checkout: Path) -> Synthesise:
    """Synthesises dev: how many stacks were made, and every file that was written."""

    def run() -> tuple[int, dict[str, bytes]]:
        output = checkout / "output"
        shutil.rmtree(output, ignore_errors=True)
        app, kept, wanted = App(outdir=str(output)), KeptStacks(checkout), Selection(["dev-*"])
        build(app, load(checkout / "environments", wanted), wanted, kept)
        made = len(app.node.children)
        app.synth()
        kept.complete(output)
        return made, {str(file.relative_to(output)): file.read_bytes() for file in output.rglob("*") if file.is_file()}

    return run


def test_what_is_kept_is_not_made_again_and_the_same_is_written(synthesise: Synthesise) -> None:
    made, written = synthesise()
    assert made == 3
    assert synthesise() == (0, written)


def test_a_changed_configuration_makes_its_stacks_again(checkout: Path, synthesise: Synthesise) -> None:
    _, before = synthesise()
    file = checkout / "environments/dev/projects/weather.tfvars"
    file.write_text(file.read_text().replace('"KSTL"', '"KSUS"'))
    made, written = synthesise()
    assert made == 2
    differing = {name for name in written if written[name] != before[name]}
    assert differing == {"stacks/dev-weather-workflows/cdk.tf.json"}
    assert set(written) == set(before)


@pytest.mark.parametrize("code", ["modules/bucket.py", "airflow/config/aws.env", "main.py", "cdktf.json"])
def test_changed_code_makes_every_stack_again(code: str, checkout: Path, synthesise: Synthesise) -> None:
    synthesise()
    with (checkout / code).open("a") as file:
        file.write("\n")
    assert synthesise()[0] == 3


@pytest.mark.parametrize("damage", [lambda text: text[:-9], lambda text: b""])
def test_a_damaged_file_is_made_again(damage: Callable[[bytes], bytes], checkout: Path, synthesise: Synthesise) -> None:
    _, written = synthesise()
    file = checkout / "cache/stacks/dev-platform"
    file.write_bytes(damage(file.read_bytes()))
    assert synthesise() == (1, written)


def test_nothing_is_kept_where_it_is_switched_off(
    synthesise: Synthesise, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAST_SYNTH", "off")
    assert [synthesise()[0], synthesise()[0]] == [3, 3]
    assert not (checkout / "cache").exists()
