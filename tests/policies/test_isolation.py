"""Isolation of projects and environments: every role and policy of two environments, evaluated on all their resources."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from configuration.environment import Environment
from configuration.load import EVERY_STACK
from configuration.stacks import add_stacks
from tests.policies.access import OF_OTHERS, OF_PLATFORMS, OF_PROJECTS, Owner, things
from tests.policies.deployed import Deployed
from tests.policies.simulator import Question, answers
from tests.synthesised import synthesise
from tests.variants import PLATFORM, platform_config, project_config

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "security.md"
ACCOUNT, REGION = PLATFORM["account_id"], PLATFORM["region"]
# Names of environments and projects that begin with each other.
ENVIRONMENTS, PROJECTS = ("dev", "dev-2"), ("weather", "weather-2", "air-quality")
OTHERS = Owner(None, None, ACCOUNT, REGION)
EVERYBODY = [
    *(Owner(environment, project, ACCOUNT, REGION) for environment in ENVIRONMENTS for project in (*PROJECTS, None)),
    OTHERS,
]
# Settings that change rights: the executor, whether the platform has bundles, and the `access` of projects.
Choice = tuple[str, bool, str]
ACCESS: Mapping[str, Any] = {
    "": {},
    "named": {
        "s3_read": ["reference/weather/"],
        "dynamodb_write": ["stations"],
        "secrets_read": ["shared/weather-api"],
    },
    "everything": {
        **{name: ["*"] for name in ("s3_read", "s3_write", "dynamodb_read", "dynamodb_write", "secrets_read", "kms")},
        "allow_any": "to see what that is",
    },
}
# Rows of the page: the choice in which they exist, and the name of the role or policy.
PLAIN: Choice = ("ecs", False, "")
OF_A_PROJECT = {
    "a project's task": (PLAIN, "airflow-dev-{}-task"),
    "a project's task with `access` to all by wildcards": (("ecs", False, "everything"), "airflow-dev-{}-task"),
    "a project's workflow on GitHub": (PLAIN, "airflow-dev-{}-ci"),
    "a project's developers": (PLAIN, "airflow-dev-{}-state"),
}
OF_THE_PLATFORM = {
    "api-server": (PLAIN, "airflow-dev-api-server"),
    "scheduler": (PLAIN, "airflow-dev-scheduler"),
    "scheduler with `local`": (("local", False, ""), "airflow-dev-scheduler"),
    "scheduler with `local` and `bundles`": (("local", True, ""), "airflow-dev-scheduler"),
    "worker": (("celery,ecs", False, ""), "airflow-dev-worker"),
    "worker with `bundles`": (("celery,ecs", True, ""), "airflow-dev-worker"),
    "worker with `celery` alone": (("celery", False, ""), "airflow-dev-worker"),
    "Flower": (("celery", False, ""), "airflow-dev-flower"),
    "dag-processor": (PLAIN, "airflow-dev-dag-processor"),
    "dag-processor with `bundles`": (("ecs", True, ""), "airflow-dev-dag-processor"),
    "triggerer": (PLAIN, "airflow-dev-triggerer"),
    "a task without a project": (PLAIN, "airflow-dev-task"),
    "a task of an admin DAG": (PLAIN, "airflow-dev-admin-task"),
}
# (owner, thing): verbs
Access = Mapping[tuple[Owner, str], frozenset[str]]


@cache
def deployed(choice: Choice = PLAIN) -> Deployed:
    executor, with_bundles, access = choice
    project = project_config(
        repository={"url": "git@github.com:example/weather.git", "deploy_key": True, "github_actions": True},
        variables={"station": "KSTL"},
        access=ACCESS[access],
    )

    def bundles(environment: str) -> Any:
        git = {"url": "https://github.com/example/weather.git", "private": True}
        s3 = {"bucket": f"example-{environment}-dags", "prefix": "dags/"}
        return {**{name: {"git": git} for name in PROJECTS}, "sales": {"s3": s3}} if with_bundles else {}

    made = {
        name: Environment(
            name,
            platform_config(airflow={"executor": executor}, bundles=bundles(name)),
            PROJECTS,
            dict.fromkeys(PROJECTS, project),
        )
        for name in ENVIRONMENTS
    }
    return Deployed(synthesise(lambda app: add_stacks(app, made, EVERY_STACK)), account=ACCOUNT, region=REGION)


def access(policies: Iterable[Any]) -> Access:
    """Return the verbs that these policies allow, on the resources of all owners."""
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
def access_of(choice: Choice, name: str) -> Access:
    return access(deployed(choice).policies()[name])


def access_of_a(who: str, project: str = "weather") -> Access:
    choice, pattern = OF_A_PROJECT[who]
    return access_of(choice, pattern.format(project))


def of(access: Access, owner: Owner) -> dict[str, frozenset[str]]:
    return {thing: verbs for (whose, thing), verbs in access.items() if whose == owner}


def everything_else(access: Access, *owners: Owner) -> list[str]:
    return [
        f"{whose.environment or 'elsewhere'}, {whose.project or 'platform'}: {verb} {thing}"
        for (whose, thing), verbs in access.items()
        if whose not in owners
        for verb in verbs
    ]


def owner(project: str | None, environment: str = "dev") -> Owner:
    return Owner(environment, project, ACCOUNT, REGION)


def cells(name: str, things: Iterable[str], found: Mapping[str, frozenset[str]]) -> str:
    texts = (", ".join(sorted(found.get(thing, ()))) or "-" for thing in things)
    return f"| {name} | {' | '.join(texts)} |"


def test_the_page_has_the_rights_on_the_resources_of_a_project() -> None:
    own = {who: of(access_of_a(who), owner("weather")) for who in OF_A_PROJECT}
    rest = {name: of(access_of(*role), owner("weather")) for name, role in OF_THE_PLATFORM.items()}
    rows = [cells(name, OF_PROJECTS, found) for name, found in {**own, **rest}.items()]
    assert table_of_the_page("work files") == rows, "\n".join(["it should say:", *rows])


def test_the_page_has_the_rights_on_the_resources_of_a_platform() -> None:
    own = {who: of(access_of_a(who), owner(None)) for who in OF_A_PROJECT}
    rest = {name: of(access_of(*role), owner(None)) for name, role in OF_THE_PLATFORM.items()}
    rows = [cells(name, OF_PLATFORMS, found) for name, found in {**own, **rest}.items()]
    assert table_of_the_page("keys") == rows, "\n".join(["it should say:", *rows])


def table_of_the_page(first_column: str) -> list[str]:
    lines = iter(PAGE.read_text().splitlines())
    next(line for line in lines if line.startswith(f"| who | {first_column} |"))
    next(lines)
    return list(iter(lambda: next(lines), ""))


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("who", [who for who, (choice, _) in OF_A_PROJECT.items() if choice == PLAIN])
def test_a_project_can_access_only_its_own_resources(who: str, project: str) -> None:
    found = access_of_a(who, project)
    for mine, weathers in ((owner(project), owner("weather")), (owner(None), owner(None))):
        assert of(found, mine) == of(access_of_a(who), weathers)
    assert everything_else(found, owner(project), owner(None)) == []


def test_access_grants_rights_only_on_the_named_resources() -> None:
    named = access_of(("ecs", False, "named"), "airflow-dev-weather-task")
    assert of(named, OTHERS) == {
        "bucket": frozenset({"list", "read"}),
        "table": frozenset({"write"}),
        "secret": frozenset({"read"}),
    }
    assert {key: verbs for key, verbs in named.items() if key[0] != OTHERS} == access_of_a("a project's task")


def test_wildcards_grant_rights_on_everything_but_the_state() -> None:
    found = access_of_a("a project's task with `access` to all by wildcards")
    things = {thing for (_, thing), verbs in found.items() if verbs}
    assert things >= {"work files", "deploy key", "keys", "S3 bundle", *OF_OTHERS}
    assert "state" not in things


@pytest.mark.parametrize("who", OF_THE_PLATFORM)
def test_the_platform_has_the_same_rights_on_all_projects_and_none_on_other_environments(who: str) -> None:
    found = access_of(*OF_THE_PLATFORM[who])
    assert of(found, owner("weather")) == of(found, owner("weather-2")) == of(found, owner("air-quality"))
    assert everything_else(found, *(owner(project) for project in (*PROJECTS, None))) == []


@pytest.mark.parametrize("executor", ["ecs", "celery", "celery,ecs", "local"])
def test_execution_roles_have_no_rights_on_projects(executor: str) -> None:
    choice = (executor, False, "")
    names = [name for name in deployed(choice).policies() if name.endswith("-execution")]
    roles = [name for name in names if not name.startswith("airflow-dev-2-")]
    assert len(roles) == len(names) // 2 >= 5
    for role in roles:
        assert everything_else(access_of(choice, role), owner(None)) == []


def test_a_projects_bucket_denies_plain_http() -> None:
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
        ("ci", "ReadWebhookSecret", {"Resource": [f"{SECRETS}/*"]}, "dev, weather-2: read bundle's token"),
        ("state", "LockOwnState", {"Condition": {}}, "dev, weather-2: lock some state"),
        ("state", "FindOwnState", {"Condition": {"StringLike": {"s3:prefix": ["dev*"]}}}, "dev-2, platform: list state"),
    ],
)  # fmt: skip
def test_a_policy_that_is_too_wide_is_found(name: str, sid: str, changes: Any, leak: str) -> None:
    found = access(changed(f"airflow-dev-weather-{name}", sid, **changes))
    assert leak in everything_else(found, owner("weather"), owner(None))
