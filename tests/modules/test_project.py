import importlib

import pytest

from modules.project import PATH, URL, ProjectNames, identifier
from tests.checkout import ROOT


@pytest.mark.parametrize(("project", "name"), [("weather", "weather"), ("ocean-weather-2", "ocean_weather_2")])
def test_a_project_is_an_identifier_with_underscores(project: str, name: str) -> None:
    assert identifier(project) == name


def test_a_projects_names_begin_with_the_environments_prefix() -> None:
    names = ProjectNames.of("dev", "weather", "111111111111")
    assert names.role == "airflow-dev-weather-task"
    assert names.files_bucket == "airflow-dev-weather-files-111111111111"
    assert names.target == "airflow-dev-weather-target"
    assert names.state_policy == "airflow-dev-weather-state"


def test_configuration_and_import_accept_the_same_repositories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "airflow" / "lib")
    registry = importlib.import_module("airflow_on_aws.delivery.registry")
    assert (registry._URL.pattern, registry._BRANCH.pattern) == (URL, PATH)
    for wrong in ({"branch": "a..b"}, {"dags": "a/../b"}):
        with pytest.raises(ValueError, match="is no"):
            registry.Project("weather", "https://github.com/example/weather", **wrong)
