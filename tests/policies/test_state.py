"""Policies for state: one per stack, two locks, one account that it can be applied to, and tags."""

from collections.abc import Iterator, Mapping

import pytest

from tests.policies.policy import Policy, findings
from tests.synthesised import Args, Synthesised


def the_state_has_both_locks(stack: Synthesised) -> Iterator[str]:
    if stack.state.get("use_lockfile") is not True or not stack.state.get("dynamodb_table"):
        yield f"{stack.state}"


def the_state_is_encrypted(stack: Synthesised) -> Iterator[str]:
    if stack.state.get("encrypt") is not True:
        yield f"{stack.state}"


def one_account_is_accepted(stack: Synthesised) -> Iterator[str]:
    (account,) = stack.provider.get("allowed_account_ids") or [None]
    if account is None or stack.state.get("allowed_account_ids") != [account]:
        yield f"provider {account}, state {stack.state.get('allowed_account_ids')}"
    elif account not in stack.state["bucket"]:
        yield f"the state is in {stack.state['bucket']}"


def everything_is_tagged(stack: Synthesised) -> Iterator[str]:
    of_project = stack.name.endswith(("-infrastructure", "-workflows"))
    wanted = {"Environment", "Module", "Owner", "ManagedBy"} | ({"Project"} if of_project else set())
    if missing := {key for key in wanted if not stack.tags.get(key)}:
        yield f"without {sorted(missing)}"
    if not stack.name.startswith("backend-") and not stack.name.endswith(f"-{stack.tags.get('Module')}"):
        yield f"Module is {stack.tags.get('Module')}"


def terraform_knows_write_only_arguments(stack: Synthesised) -> Iterator[str]:
    if stack.document["terraform"].get("required_version") != ">= 1.11.0":
        yield f"{stack.document['terraform'].get('required_version')}"


def the_provider_is_pinned(stack: Synthesised) -> Iterator[str]:
    for name, provider in stack.document["terraform"]["required_providers"].items():
        if not provider["version"].replace(".", "").isdigit():
            yield f"{name} {provider['version']}"


POLICIES: list[Policy] = [
    the_state_has_both_locks,
    the_state_is_encrypted,
    one_account_is_accepted,
    everything_is_tagged,
    terraform_knows_write_only_arguments,
    the_provider_is_pinned,
]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


def test_no_two_stacks_share_a_state(stacks: Mapping[str, Synthesised]) -> None:
    states = [(stack.state["bucket"], stack.state["key"]) for stack in stacks.values()]
    assert len(set(states)) == len(states)


def stack(state: Args, provider: Args, terraform: Args) -> Synthesised:
    good_state = {
        "bucket": "airflow-state-1-r", "key": "dev/platform.tfstate", "encrypt": True, "use_lockfile": True,
        "dynamodb_table": "lock", "allowed_account_ids": ["1"],
    }  # fmt: skip
    tags = {"Environment": "dev", "Module": "platform", "Owner": "me", "ManagedBy": "cdktf"}
    good_provider = {"allowed_account_ids": ["1"], "default_tags": [{"tags": tags}]}
    good_terraform = {"required_version": ">= 1.11.0", "required_providers": {"aws": {"version": "5.100.0"}}}
    document = {
        "provider": {"aws": [good_provider | provider]},
        "terraform": {"backend": {"s3": good_state | state}} | good_terraform | terraform,
    }
    return Synthesised("dev-platform", document)


@pytest.mark.parametrize(
    ("policy", "state", "provider", "terraform"),
    [
        (the_state_has_both_locks, {"use_lockfile": None}, {}, {}),
        (the_state_has_both_locks, {"dynamodb_table": None}, {}, {}),
        (the_state_is_encrypted, {"encrypt": False}, {}, {}),
        (one_account_is_accepted, {"allowed_account_ids": ["2"]}, {}, {}),
        (one_account_is_accepted, {}, {"allowed_account_ids": []}, {}),
        (one_account_is_accepted, {"bucket": "airflow-state-2-r"}, {}, {}),
        (everything_is_tagged, {}, {"default_tags": [{"tags": {"Module": "platform"}}]}, {}),
        (terraform_knows_write_only_arguments, {}, {}, {"required_version": ">= 1.5"}),
        (the_provider_is_pinned, {}, {}, {"required_providers": {"aws": {"version": "~> 5.0"}}}),
    ],
)
def test_the_policy_finds_what_is_wrong(policy: Policy, state: Args, provider: Args, terraform: Args) -> None:
    assert not list(policy(stack({}, {}, {})))
    assert list(policy(stack(state, provider, terraform)))
