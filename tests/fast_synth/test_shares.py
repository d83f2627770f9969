"""A synthesis that is shared out among processes writes what one process writes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from configuration import Selection
from fast_synth import shares
from tests.fast_synth.conftest import copy_what_is_read


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("checkout")
    copy_what_is_read(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAST_SYNTH_CACHE", str(folder / "cache"))
        patch.setenv("AIRFLOW_ON_AWS_STACKS", "dev-* prod-*")
        patch.delenv("FAST_SYNTH", raising=False)
        yield folder


def written(output: Path) -> dict[str, bytes]:
    return {str(file.relative_to(output)): file.read_bytes() for file in output.rglob("*") if file.is_file()}


def test_shares_put_together_are_the_whole_beside_what_terraform_left(checkout: Path) -> None:
    main, lock = checkout / "main.py", "stacks/dev-platform/.terraform.lock.hcl"
    assert shares.synthesise(main, checkout / "one", 1) == 0
    whole = written(checkout / "one")
    assert {"stacks/dev-platform/cdk.tf.json", "stacks/prod-platform/cdk.tf.json"} < set(whole)
    shutil.rmtree(checkout / "cache/stacks")
    for output in (checkout / "made", checkout / "kept"):
        (output / lock).parent.mkdir(parents=True)
        (output / lock).write_text("left")
        assert shares.synthesise(main, output, 2) == 0
        assert written(output) == whole | {lock: b"left"}


def test_what_is_wrong_is_told_once_and_nothing_is_written(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("platform.tfvars", "\nzones = 3\n"), ("projects/weather.tfvars", "\ncolour = 1\n")):
        file = checkout / "environments/dev" / name
        file.write_text(file.read_text() + text)
    assert shares.synthesise(checkout / "main.py", checkout / "wrong", 2) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == len(set(said)) == 2
    assert any("platform.tfvars" in line and "zones" in line for line in said)
    assert any("weather.tfvars" in line and "colour" in line for line in said)
    assert written(checkout / "wrong") == {}


def test_every_stack_is_in_one_share_and_those_of_a_project_in_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, list[str]] = {}
    for number in range(4):
        monkeypatch.setenv(shares.VARIABLE, f"{number}/4")
        share = shares.Share(Selection(["dev-*"]))
        assert not share.whole
        for project in range(100):
            kinds = [kind for kind in ("infrastructure", "workflows") if f"dev-p{project}-{kind}" in share]
            found.setdefault(f"p{project}", []).extend(kinds)
            assert len(kinds) in (0, 2)
        assert "prod-platform" not in share
    assert len(found) == 100
    assert all(kinds == ["infrastructure", "workflows"] for kinds in found.values())


@pytest.mark.parametrize(
    ("projects", "cores", "environment", "processes"),
    [
        (1, 8, {}, 1),
        (39, 8, {}, 1),
        (40, 8, {}, 2),
        (1000, 8, {}, 8),
        (1000, 1, {}, 1),
        (1000, 8, {"FAST_SYNTH": "off"}, 1),
        (1000, 8, {shares.VARIABLE: "0/2"}, 1),
    ],
)
def test_as_many_processes_as_there_are_cores_and_enough_to_do(
    projects: int, cores: int, environment: dict[str, str], processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAST_SYNTH", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(cores)), raising=False)
    assert shares.processes(projects) == processes


def test_a_program_that_fails_gives_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "main.py"
    program.write_text("import sys; sys.exit('no')")
    assert shares.synthesise(program, tmp_path / "output", 2) == 1
    assert capsys.readouterr().err == "no\n"
