import pytest

from modules.project import ProjectNames, identifier


@pytest.mark.parametrize(("project", "name"), [("weather", "weather"), ("ocean-weather-2", "ocean_weather_2")])
def test_a_project_is_an_identifier_with_underscores(project: str, name: str) -> None:
    assert identifier(project) == name


def test_a_projects_names_begin_with_its_environments() -> None:
    names = ProjectNames.of("dev", "weather", "111111111111")
    assert names.role == "airflow-dev-weather-task"
    assert names.files_bucket == "airflow-dev-weather-files-111111111111"
    assert names.target == "airflow-dev-weather-target"
    assert names.state_policy == "airflow-dev-weather-state"
