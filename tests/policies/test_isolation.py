"""Who may do what, asked of IAM's rules: every role and policy of two environments, against everything that they have."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from environments.load import EVERY_STACK, Environment
from main import build
from tests.policies.access import OF_PLATFORMS, OF_PROJECTS, Owner, things
from tests.policies.deployed import Deployed
from tests.policies.simulator import Question, answers
from tests.synthesised import synthesise
from tests.variants import PLATFORM, platform_config, project_config

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "security.md"
ACCOUNT, REGION = PLATFORM["account_id"], PLATFORM["region"]
# Names that begin like one another, of environments and of projects.
ENVIRONMENTS, PROJECTS = ("dev", "dev-2"), ("weather", "weather-2", "air-quality")
EVERYBODY = [
    Owner(environment, project, ACCOUNT, REGION) for environment in ENVIRONMENTS for project in (*PROJECTS, None)
]
# As the page calls them: the name of the role or policy, and the executor with which there is one.
OF_A_PROJECT = {"a project's task": "airflow-dev-{}-task", "a project's developers": "airflow-dev-{}-state"}
OF_THE_PLATFORM = {
    "api-server": ("ecs", "airflow-dev-api-server"),
    "scheduler": ("ecs", "airflow-dev-scheduler"),
    "scheduler with `local`": ("local", "airflow-dev-scheduler"),
    "worker": ("celery,ecs", "airflow-dev-worker"),
    "worker with `celery` alone": ("celery", "airflow-dev-worker"),
    "Flower": ("celery", "airflow-dev-flower"),
    "dag-processor": ("ecs", "airflow-dev-dag-processor"),
    "triggerer": ("ecs", "airflow-dev-triggerer"),
    "a task without a project": ("ecs", "airflow-dev-task"),
    "a task of an admin DAG": ("ecs", "airflow-dev-admin-task"),
}
# (owner, thing): verbs
Access = Mapping[tuple[Owner, str], frozenset[str]]


@cache
def deployed(executor: str = "ecs") -> Deployed:
    project = project_config(variables={"station": "KSTL"})
    made = {
        name: Environment(
            name, platform_config(airflow={"executor": executor}), PROJECTS, dict.fromkeys(PROJECTS, project)
        )
        for name in ENVIRONMENTS
    }
    return Deployed(synthesise(lambda app: build(app, made, EVERY_STACK)), account=ACCOUNT, region=REGION)


def access(policies: Iterable[Any]) -> Access:
    """What whoever has these policies may do, with everything that there is."""
    asked = [(owner, *thing) for owner in EVERYBODY for thing in things(owner)]
    questions = [Question(list(policies), request) for *_, requests in asked for request in requests]
    allowed = iter(answers(questions))
    verbs: dict[tuple[Owner, str], set[str]] = defaultdict(set)
    for owner, thing, verb, requests in asked:
        count = sum(next(allowed) for _ in requests)
        if count:
            verbs[owner, thing].add(verb if count == len(requests) else f"{verb} some")
    return {key: frozenset(found) for key, found in verbs.items()}


@cache
def access_of(executor: str, name: str) -> Access:
    return access(deployed(executor).policies()[name])


def of(access: Access, owner: Owner) -> dict[str, frozenset[str]]:
    return {thing: verbs for (whose, thing), verbs in access.items() if whose == owner}


def everything_else(access: Access, *owners: Owner) -> list[str]:
    return [
        f"{whose.environment}, {whose.project or 'platform'}: {verb} {thing}"
        for (whose, thing), verbs in access.items()
        if whose not in owners
        for verb in verbs
    ]


def owner(project: str | None, environment: str = "dev") -> Owner:
    return Owner(environment, project, ACCOUNT, REGION)


def cells(name: str, things: Iterable[str], found: Mapping[str, frozenset[str]]) -> str:
    texts = (", ".join(sorted(found.get(thing, ()))) or "-" for thing in things)
    return f"| {name} | {' | '.join(texts)} |"


def test_the_page_says_who_may_do_what_to_what_is_a_projects() -> None:
    own = {
        name: of(access_of("ecs", pattern.format("weather")), owner("weather"))
        for name, pattern in OF_A_PROJECT.items()
    }
    rest = {name: of(access_of(*role), owner("weather")) for name, role in OF_THE_PLATFORM.items()}
    rows = [cells(name, OF_PROJECTS, found) for name, found in {**own, **rest}.items()]
    assert table_of_the_page("work files") == rows, "\n".join(["it should say:", *rows])


def test_the_page_says_who_may_do_what_to_what_is_the_platforms() -> None:
    own = {name: of(access_of("ecs", pattern.format("weather")), owner(None)) for name, pattern in OF_A_PROJECT.items()}
    rest = {name: of(access_of(*role), owner(None)) for name, role in OF_THE_PLATFORM.items()}
    rows = [cells(name, OF_PLATFORMS, found) for name, found in {**own, **rest}.items()]
    assert table_of_the_page("keys") == rows, "\n".join(["it should say:", *rows])


def table_of_the_page(first_column: str) -> list[str]:
    lines = iter(PAGE.read_text().splitlines())
    next(line for line in lines if line.startswith(f"| who | {first_column} |"))
    next(lines)
    return list(iter(lambda: next(lines), ""))


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("who", OF_A_PROJECT)
def test_a_project_reaches_what_is_its_own_and_nothing_of_any_other(who: str, project: str) -> None:
    found = access_of("ecs", OF_A_PROJECT[who].format(project))
    assert of(found, owner(project)) == of(access_of("ecs", OF_A_PROJECT[who].format("weather")), owner("weather"))
    assert everything_else(found, owner(project), owner(None)) == []


@pytest.mark.parametrize("who", OF_THE_PLATFORM)
def test_the_platform_treats_all_projects_alike_and_reaches_no_other_environment(who: str) -> None:
    found = access_of(*OF_THE_PLATFORM[who])
    assert of(found, owner("weather")) == of(found, owner("weather-2")) == of(found, owner("air-quality"))
    assert everything_else(found, *(owner(project) for project in (*PROJECTS, None))) == []


@pytest.mark.parametrize("executor", ["ecs", "celery", "celery,ecs", "local"])
def test_ecs_reaches_nothing_of_a_project_when_it_starts_a_container(executor: str) -> None:
    names = [name for name in deployed(executor).policies() if name.endswith("-execution")]
    roles = [name for name in names if not name.startswith("airflow-dev-2-")]
    assert len(roles) == len(names) // 2 >= 5
    for role in roles:
        assert everything_else(access_of(executor, role), owner(None)) == []


def test_nobody_reaches_a_projects_bucket_without_tls() -> None:
    name = f"airflow-dev-weather-files-{ACCOUNT}"
    policies, of_bucket = deployed().policies()["airflow-dev-weather-task"], deployed().bucket_policies()[name]
    request = owner("weather").ask("s3:GetObject", f"arn:aws:s3:::{name}/x")
    plain = owner("weather").ask("s3:GetObject", f"arn:aws:s3:::{name}/x", aws__SecureTransport="false")
    assert answers([Question(policies, one, of_bucket) for one in (request, plain)]) == [True, False]


def changed(name: str, sid: str, **changes: Any) -> list[Any]:
    policies = copy.deepcopy(deployed().policies()[name])
    (one,) = [one for document in policies for one in document["Statement"] if one["Sid"] == sid]
    one.update(changes)
    return policies


SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:airflow-dev"


@pytest.mark.parametrize(
    ("name", "sid", "changes", "leak"),
    [
        ("task", "ReadSecrets", {"Resource": [f"{SECRETS}/connections/weather*"]}, "dev, weather-2: read some connections, variables"),
        ("task", "ReadSecrets", {"Resource": [f"{SECRETS}*"]}, "dev-2, air-quality: read target's password"),
        ("task", "ListLogs", {"Condition": {}}, "dev, air-quality: list task logs"),
        ("task", "ListLogs", {"Condition": {"StringLike": {"s3:prefix": "dag_id=weather*"}}}, "dev, weather-2: list task logs"),
        ("task", "ReadFiles", {"Resource": ["arn:aws:s3:::airflow-dev-weather*"]}, "dev, weather-2: read work files"),
        ("state", "LockOwnState", {"Condition": {}}, "dev, weather-2: lock some state"),
        ("state", "FindOwnState", {"Condition": {"StringLike": {"s3:prefix": ["dev*"]}}}, "dev-2, platform: list state"),
    ],
)  # fmt: skip
def test_a_policy_that_is_too_wide_would_be_found(name: str, sid: str, changes: Any, leak: str) -> None:
    found = access(changed(f"airflow-dev-weather-{name}", sid, **changes))
    assert leak in everything_else(found, owner("weather"), owner(None))
