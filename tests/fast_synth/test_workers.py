"""A synthesis in several processes writes the same as in one process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from configuration.requested_stacks import VARIABLE
from fast_synth import workers
from fast_synth.stack_cache import StackCache
from tests.fast_synth.conftest import copy_project


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("checkout")
    copy_project(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAST_SYNTH_CACHE", str(folder / "cache"))
        patch.setenv(VARIABLE, "dev-* prod-*")
        patch.chdir(folder)
        yield folder


def written(output: Path) -> dict[str, bytes]:
    return {str(file.relative_to(output)): file.read_bytes() for file in output.rglob("*") if file.is_file()}


def test_two_processes_write_what_one_writes_and_keep_terraform_s_files(checkout: Path) -> None:
    lock = "stacks/dev-platform/.terraform.lock.hcl"
    assert workers.synthesise(["main.py"], checkout / "one", 1) == 0
    expected = written(checkout / "one")
    assert {"stacks/dev-platform/cdk.tf.json", "stacks/prod-platform/cdk.tf.json"} < set(expected)
    shutil.rmtree(checkout / "cache/stacks")
    for output in (checkout / "built", checkout / "cached"):
        (output / lock).parent.mkdir(parents=True)
        (output / lock).write_text("left")
        assert workers.synthesise(["main.py"], output, 2) == 0
        assert written(output) == expected | {lock: b"left"}


def test_an_error_is_printed_once_and_nothing_is_written(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("platform.tfvars", "\nzones = 3\n"), ("projects/weather.tfvars", "\ncolour = 1\n")):
        file = checkout / "environments/dev" / name
        file.write_text(file.read_text() + text)
    assert workers.synthesise(["main.py"], checkout / "wrong", 2) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == len(set(errors)) == 2
    assert any("platform.tfvars" in line and "zones" in line for line in errors)
    assert any("weather.tfvars" in line and "colour" in line for line in errors)
    assert written(checkout / "wrong") == {}


def test_every_stack_is_in_one_share_together_with_its_project_s_other_stack() -> None:
    found: dict[str, list[str]] = {}
    for number in range(4):
        share = workers.Share.parse(f"{number}/4")
        assert not share.is_whole
        for project in range(100):
            kinds = [kind for kind in ("infrastructure", "workflows") if share.includes(f"dev-p{project}-{kind}")]
            found.setdefault(f"p{project}", []).extend(kinds)
            assert len(kinds) in (0, 2)
    assert len(found) == 100
    assert all(kinds == ["infrastructure", "workflows"] for kinds in found.values())


def test_a_cache_with_a_share_has_the_requested_stacks_of_its_share(tmp_path: Path) -> None:
    for number in range(2):
        share = workers.Share(number, 2)
        cache = StackCache(["dev-*"], tmp_path, share)
        for name in ("dev-platform", "dev-a-workflows", "dev-b-workflows"):
            assert (name in cache) is cache.must_build(name, []) is share.includes(name)
        assert "prod-platform" not in cache
        assert not cache.must_build("prod-platform", [])


@pytest.mark.parametrize(
    ("projects", "cores", "words", "processes"),
    [
        (1, 8, "", 1),
        (39, 8, "", 1),
        (40, 8, "", 2),
        (1000, 8, "", 8),
        (1000, 1, "", 1),
        (1000, 8, "dev-*", 8),
        (1000, 8, "dev-p1-workflows dev-p2-workflows", 1),
    ],
)
def test_the_number_of_processes_depends_on_cores_and_requested_projects(
    projects: int, cores: int, words: str, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "environments/dev/projects"
    folder.mkdir(parents=True)
    for number in range(projects):
        (folder / f"p{number}.tfvars").touch()
    monkeypatch.setenv(VARIABLE, words)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(cores)), raising=False)
    assert workers.count(tmp_path) == processes


def test_a_program_that_fails_gives_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "main.py"
    program.write_text("import sys; sys.exit('no')")
    assert workers.synthesise([str(program)], tmp_path / "output", 2) == 1
    assert capsys.readouterr().err == "no\n"
