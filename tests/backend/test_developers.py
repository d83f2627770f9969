"""Developers of a project deploy with our `cdktf` and with Terraform, although the policy for its state is their only right there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.bootstrap import bootstrap
from backend.stack import StateBackend
from local_aws.state import ACCOUNT, LocalAws
from modules.account import AccountConfig
from modules.stack_id import StackId
from modules.workflows.workflows import Workflows
from ops.account import Account
from ops.errors import OpsError
from ops.stacks import states
from ops.stacks.selection import StackRef
from tests.module_export.roots import Root
from tests.policies.guard import guarded
from tests.synthesised import synthesise
from tests.variants import project_config

pytest_plugins = ["tests.local_aws_fixture"]
CONFIG = AccountConfig(account_id=ACCOUNT, region="us-east-1", owner="me", local_aws=True)
OWN, OTHERS = (StackId("developed", "workflows", project) for project in ("weather", "weather-2"))


@pytest.fixture(scope="module")
def bootstrapped(local_aws: LocalAws) -> LocalAws:
    account = Account(CONFIG, local_aws.environment())
    bootstrap(account.client, CONFIG, {})
    return local_aws


@pytest.fixture
def developer(bootstrapped: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LocalAws, list[str]]]:
    """Return the AWS account as a developer of weather sees it, and the list of requests that it denies."""
    (stack,) = synthesise(lambda app: StateBackend(app, CONFIG, projects=[OWN, OTHERS])).values()
    policy = json.loads(stack.resources("aws_iam_policy")["developers__developed_weather"]["policy"])
    with guarded(bootstrapped, ACCOUNT, [policy]) as (url, refused):
        variables = {**bootstrapped.environment(), "AWS_ENDPOINT_URL": url}
        monkeypatch.setattr(states, "account_of", lambda config: Account(config, variables))
        yield replace(bootstrapped, endpoint_url=url), refused


def test_a_developer_deploys_the_projects_stacks(developer: tuple[LocalAws, list[str]], tmp_path: Path) -> None:
    aws, refused = developer
    states.deployable_accounts([StackRef.of(OWN, CONFIG)])
    (stack,) = synthesise(lambda app: Workflows(app, OWN, project_config(), account=CONFIG)).values()
    backend = {"terraform": {"backend": stack.document["terraform"]["backend"]}}
    (tmp_path / "backend.tf.json").write_text(json.dumps(backend))
    root = Root(tmp_path, aws, 'resource "terraform_data" "some" {}\n')
    root.run("apply", "-auto-approve")
    assert "No changes" in root.run("plan")
    states.deployable_accounts([StackRef.of(OWN, CONFIG)])
    # Each Terraform command lists workspaces; a denial means to it that there are none.
    assert set(refused) == {f"s3:ListBucket arn:aws:s3:::{CONFIG.state_bucket} env:/"}


def test_deploying_another_project_fails_with_a_message_that_names_it(developer: tuple[LocalAws, list[str]]) -> None:
    with pytest.raises(OpsError, match=r"the role lacks s3:ListBucket for developed/weather-2/workflows\.tfstate$"):
        states.deployable_accounts([StackRef.of(OTHERS, CONFIG)])


def test_without_a_remote_state_the_message_names_bootstrap(developer: tuple[LocalAws, list[str]]) -> None:
    elsewhere = CONFIG.model_copy(update={"region": "eu-west-1"})
    with pytest.raises(OpsError, match=r"of account 0+ in eu-west-1 does not exist yet: run `pipenv run ops bootstrap"):
        states.deployable_accounts([StackRef.of(OWN, elsewhere)])
