"""A command reads only the files of the requested stacks; names are validated for all stacks."""

from pathlib import Path

import pytest

from configuration.load import load
from configuration.problems import ConfigError
from configuration.requested_stacks import RequestedStacks
from tests.configuration.files import PLATFORM, PROJECT, relative, write

FILES = {
    "dev/platform.tfvars": PLATFORM,
    "dev/projects/rain.tfvars": PROJECT,
    "dev/projects/snow.tfvars": "this is not HCL",
}


@pytest.mark.parametrize("word", ["dev-rain-infrastructure", "dev-rain-*", "*-workflows-of-nobody"])
def test_a_project_that_is_not_requested_is_not_read(word: str, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    environment = load(tmp_path, RequestedStacks([word]))["dev"]
    assert list(environment.projects) == (["rain"] if "rain" in word else [])
    assert list(environment.project_names) == ["rain", "snow"]
    assert "dev-snow-workflows" in [id.name for id in environment.stack_ids()]


@pytest.mark.parametrize("words", [[], ["dev-*"], ["dev-snow-workflows"]])
def test_a_requested_project_is_read(words: list[str], tmp_path: Path) -> None:
    write(tmp_path, FILES)
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, RequestedStacks(words))
    assert [line.split(":")[0] for line in relative(refused.value, tmp_path)] == ["dev/projects/snow.tfvars"]


def test_the_names_of_unread_projects_are_validated(tmp_path: Path) -> None:
    write(tmp_path, FILES | {"dev/projects/Hail.tfvars": PROJECT})
    with pytest.raises(ConfigError, match="'Hail' is not a valid name for a project"):
        load(tmp_path, RequestedStacks(["dev-rain-workflows"]))


def test_a_clash_with_an_unread_project_is_found(tmp_path: Path) -> None:
    write(tmp_path, FILES | {"dev-snow/platform.tfvars": PLATFORM.replace("10.20.", "10.30.")})
    with pytest.raises(ConfigError, match="its AWS names begin with airflow-dev-snow"):
        load(tmp_path, RequestedStacks(["dev-rain-workflows"]))
