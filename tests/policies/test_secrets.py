"""Policies for secrets: no clear text in the state, in a plan or in a container's environment."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.policies.policy import Policy, each, each_container, findings, made_of
from tests.synthesised import Args, Synthesised, environment_of, secrets_of

# Arguments whose values Terraform stores in the state.
STORED = {"secret_string", "secret_binary", "password", "master_password", "auth_token", "secret", "value"}
NAMES_A_SECRET = re.compile(r"(?i)password|passwd|secret(?!s__)|token|fernet|private_key|sql_alchemy_conn|credential")
# Variables that have such a name but hold no secret.
HARMLESS = {"AIRFLOW__SECRETS__BACKEND", "AIRFLOW__SECRETS__BACKEND_KWARGS"}


def arguments(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield path, name and value of every argument at any depth."""
    for key, item in value.items() if isinstance(value, dict) else ():
        yield f"{path}.{key}", key, item
        yield from arguments(item, f"{path}.{key}")
    for index, item in enumerate(value) if isinstance(value, list) else ():
        yield from arguments(item, f"{path}[{index}]")


def no_secret_is_stored_in_the_state(stack: Synthesised) -> Iterator[str]:
    for kind, id, args in stack.every_resource():
        for where, name, value in arguments(args):
            plain = kind.endswith("_parameter_group") or kind in ("aws_ecs_cluster", "aws_autoscaling_group")
            if name in STORED and isinstance(value, str) and not (name == "value" and plain):
                yield f"{kind}.{id}{where}"


def ephemeral_values_go_to_write_only_arguments_only(stack: Synthesised) -> Iterator[str]:
    sections = {**stack.document.get("resource", {}), "output": stack.document.get("output", {})}
    for where, name, value in arguments(sections):
        if isinstance(value, str) and "ephemeral." in value and not name.endswith("_wo"):
            yield where


def a_write_only_argument_has_a_version(stack: Synthesised) -> Iterator[str]:
    for kind, id, args in stack.every_resource():
        for name in args:
            if name.endswith("_wo") and not isinstance(args.get(f"{name}_version"), int):
                yield f"{kind}.{id}.{name}"


def secrets_are_not_read_into_the_state(stack: Synthesised) -> Iterator[str]:
    for kind in stack.document.get("data", {}):
        if "secret" in kind or kind == "aws_db_instance":
            yield f"data.{kind}"


def parameters_hold_no_secrets(stack: Synthesised) -> Iterator[str]:
    for address, parameter in each(stack, "aws_ssm_parameter"):
        if parameter["type"] != "String":
            yield f"{address} is a {parameter['type']}"


# ARN of a secret that a task reads with its own role.
SECRET_ARN = re.compile(r"\$\{aws_secretsmanager_secret_version\.\w+\.arn\}")


def containers_have_no_secret_in_their_environment(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        for variable, value in environment_of(container).items():
            names_one = NAMES_A_SECRET.search(variable) and not SECRET_ARN.fullmatch(value)
            if variable not in HARMLESS and names_one:
                yield f"{where} {variable}"
            if re.search(r"://[^/\s:@]+:[^/\s@]+@", value):
                yield f"{where} {variable} is a URL with a password"


def injected_secrets_are_in_secrets_manager(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        for name, source in secrets_of(container).items():
            if "aws_secretsmanager_secret" not in source:
                yield f"{where} {name} is {source}"


def secrets_are_random(stack: Synthesised) -> Iterator[str]:
    for id, args in stack.document.get("ephemeral", {}).get("aws_secretsmanager_random_password", {}).items():
        if args["password_length"] < 24:
            yield f"{id} has {args['password_length']} characters"


POLICIES: list[Policy] = [
    no_secret_is_stored_in_the_state,
    ephemeral_values_go_to_write_only_arguments_only,
    a_write_only_argument_has_a_version,
    secrets_are_not_read_into_the_state,
    parameters_hold_no_secrets,
    containers_have_no_secret_in_their_environment,
    injected_secrets_are_in_secrets_manager,
    secrets_are_random,
]


def task(**container: Any) -> Args:
    return {"container_definitions": json.dumps([{"name": "x", "environment": [], "secrets": [], **container}])}


EPHEMERAL = "${ephemeral.aws_secretsmanager_random_password.x.random_password}"
BAD: list[tuple[Policy, str, Args]] = [
    (no_secret_is_stored_in_the_state, "aws_secretsmanager_secret_version", {"secret_string": "x"}),
    (no_secret_is_stored_in_the_state, "aws_db_instance", {"password": "x"}),
    (no_secret_is_stored_in_the_state, "aws_rds_cluster", {"master_password": "x"}),
    (no_secret_is_stored_in_the_state, "aws_ssm_parameter", {"value": "x"}),
    (no_secret_is_stored_in_the_state, "aws_lb_listener", {"default_action": [{"oidc": {"secret": "x"}}]}),
    (ephemeral_values_go_to_write_only_arguments_only, "aws_ssm_parameter", {"insecure_value": EPHEMERAL}),
    (a_write_only_argument_has_a_version, "aws_db_instance", {"password_wo": EPHEMERAL}),
    (parameters_hold_no_secrets, "aws_ssm_parameter", {"type": "SecureString"}),
    (containers_have_no_secret_in_their_environment, "aws_ecs_task_definition", task(environment=[{"name": "DB_PASSWORD", "value": "x"}])),
    (containers_have_no_secret_in_their_environment, "aws_ecs_task_definition", task(environment=[{"name": "URL", "value": "http://a:b@c"}])),
    (injected_secrets_are_in_secrets_manager, "aws_ecs_task_definition", task(secrets=[{"name": "X", "valueFrom": "x"}])),
]  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "kind", "args"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, kind: str, args: Args) -> None:
    assert list(policy(made_of((kind, args))))


def test_a_secret_that_is_read_or_too_short_is_found() -> None:
    assert list(secrets_are_not_read_into_the_state(made_of(data={"aws_secretsmanager_secret_version": {}})))
    short = {"aws_secretsmanager_random_password": {"x": {"password_length": 8}}}
    assert list(secrets_are_random(made_of(ephemeral=short)))
