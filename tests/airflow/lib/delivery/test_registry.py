import json
from pathlib import Path
from typing import Any

import pytest
from airflow_on_aws.delivery.registry import Project, read_projects
from emulator import Aws

WEATHER = {
    "version": 1,
    "project": "weather",
    "repository": {"url": "https://github.com/example/weather.git", "branch": "main", "dags": "dags"},
}


def read_registry(tmp_path: Path, text: str = "", **environment: str) -> tuple[list[Project], list[str]]:
    table = tmp_path / "projects.csv"
    table.write_text(text)
    return read_projects({"AIRFLOW_ON_AWS_PROJECTS_CSV": str(table), **environment})


def test_projects_are_read_from_ssm_and_from_the_csv(aws: Aws, tmp_path: Path) -> None:
    ssm = aws.client("ssm")
    entries: dict[str, Any] = {"weather": WEATHER, "broken": {"version": 1}, "local": {**WEATHER, "project": "local"}}
    entries["sales"] = WEATHER  # an entry under the name of another project is refused
    entries["newer"] = {**WEATHER, "project": "newer", "version": 2}
    entries["local"]["repository"] = {"url": "file:///etc", "branch": "main", "dags": "dags"}
    for name, entry in entries.items():
        ssm.put_parameter(Name=f"/airflow-test/projects/{name}", Value=json.dumps(entry), Type="String")
    found, lines = read_registry(
        tmp_path, "sales,git@github.com:example/sales.git,main\n", AIRFLOW_ON_AWS_REGISTRY="/airflow-test/projects"
    )
    assert sorted(project.name for project in found) == ["sales", "weather"]
    assert sorted(line.split(":")[0] for line in lines) == [
        "/airflow-test/projects/broken",
        "/airflow-test/projects/local",
        "/airflow-test/projects/newer",
        "/airflow-test/projects/sales",
    ]


def test_projects_of_the_csv_are_used_while_ssm_is_unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"ENDPOINT_URL": "http://127.0.0.1:1", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", text)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    found, (line,) = read_registry(
        tmp_path, "sales,https://example.org/sales,main", AIRFLOW_ON_AWS_REGISTRY="/airflow-test/projects"
    )
    assert [project.name for project in found] == ["sales"]
    assert line.startswith("the registry /airflow-test/projects cannot be read: ")


def test_the_csv_may_have_a_header_comments_and_a_path(tmp_path: Path) -> None:
    text = "project,repository,branch,path\n# ours\n\nsales, https://example.org/sales.git, release/1, flows/dags\n"
    assert read_registry(tmp_path, text) == (
        [Project("sales", "https://example.org/sales.git", "release/1", "flows/dags")],
        [],
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("sales,https://example.org/sales", "has 2 columns"),
        ('"sales,https://example.org/sales,main', "is not valid CSV"),
        ("Sales_EU,https://example.org/sales,main", "'Sales_EU' is not a project name"),
        ("admin,https://example.org/sales,main", "'admin' is not a project name"),
        ("sales,--upload-pack=touch,main", "'--upload-pack=touch' is not a repository URL"),
        ("sales,ssh://-oProxyCommand=touch/x,main", "is not a repository URL"),
        ("sales,ext::sh -c touch,main", "is not a repository URL"),
        ("sales,http://example.org/sales,main", "is not a repository URL"),
        ("sales,https://me:secret@example.org/sales,main", "'https://…@example.org/sales' is not a repository URL"),
        ("sales,https://example.org/sales,--all", "'--all' is not a branch"),
        ("sales,https://example.org/sales,main,../weather", "'../weather' is not a folder"),
        ("weather,https://example.org/other,main", "weather: is defined twice"),
    ],
)
def test_an_invalid_line_is_reported_and_does_not_affect_others(tmp_path: Path, row: str, why: str) -> None:
    found, (line,) = read_registry(
        tmp_path, f"weather,https://example.org/weather,main\n{row}\nstock,https://example.org/stock,main\n"
    )
    assert [project.name for project in found] == ["weather", "stock"]
    assert why in line
    assert line.startswith(("projects.csv, line 2: ", "weather: is defined twice"))


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("https://github.com/Example/weather", True),
        ("git@github.com:example/weather.git", True),
        ("ssh://git@github.com/example/weather.git", True),
        ("example/weather", True),
        ("https://github.com/example/weather-2.git", False),
        ("ample/weather", False),
        ("weather", False),
    ],
)
def test_a_repository_is_recognised_in_every_form_of_its_url(written: str, same: bool) -> None:
    assert Project("weather", "https://github.com/example/weather.git").uses(written) is same
