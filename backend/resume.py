"""Clean up after a bootstrap that was killed, so that the next bootstrap can continue.

A killed Terraform leaves its lock. It writes its state at most every 20 s, and may have written a state without its
digest. Only the lock of the backend's own state is released, and only if this user took it on this machine and its
Terraform has ended. All other locks are left to the operator (docs/how-to/state.md).
"""

import getpass
import hashlib
import json
import socket
from collections.abc import Callable
from typing import Any

from backend.processes import terraform_processes
from backend.stack_id import BackendId
from modules.account import PREFIX, AccountConfig

Client = Any  # of boto3, by the name of the service


def resume(client: Callable[[str], Client], account: AccountConfig, endpoint: str | None = None) -> list[str]:
    """Remove the obstacles to the next apply; return a message for each.

    ``endpoint`` is the AWS_ENDPOINT_URL of the AWS emulator, or None for AWS.
    """
    cleared = []
    if lock := _abandoned_lock(client, account, endpoint):
        cleared.append(f"released the lock of an interrupted run ({lock})")
        _release(client, account)
        _complete_digest(client, account)
    cleared += [f"deleted {arn}, which was in no state" for arn in _delete_unknown_policies(client, account)]
    return cleared


def _lock_id(account: AccountConfig) -> str:
    return f"{account.state_bucket}/{BackendId.of(account).state_key}"


def _lock_file(account: AccountConfig) -> str:
    return f"{BackendId.of(account).state_key}.tflock"


def _abandoned_lock(client: Callable[[str], Client], account: AccountConfig, endpoint: str | None) -> str | None:
    """Return the id of the lock if this user took it on this machine and its Terraform has ended."""
    row = client("dynamodb").get_item(TableName=account.lock_table, Key={"LockID": {"S": _lock_id(account)}})
    info = row.get("Item", {}).get("Info", {}).get("S") or _body(client, account, _lock_file(account))
    if not info:
        return None
    lock = json.loads(info)
    here = f"{getpass.getuser()}@{socket.gethostname()}"
    abandoned = lock.get("Who") == here and not any(terraform_processes(BackendId.of(account).name, endpoint))
    return str(lock["ID"]) if abandoned else None


def _release(client: Callable[[str], Client], account: AccountConfig) -> None:
    client("dynamodb").delete_item(TableName=account.lock_table, Key={"LockID": {"S": _lock_id(account)}})
    client("s3").delete_object(Bucket=account.state_bucket, Key=_lock_file(account))


def _complete_digest(client: Callable[[str], Client], account: AccountConfig) -> None:
    """Write the digest of the state that the interrupted run wrote last; its lock excluded other writers."""
    state = _body(client, account, BackendId.of(account).state_key)
    if state:
        digest = hashlib.md5(state.encode(), usedforsecurity=False).hexdigest()
        row = {"LockID": {"S": f"{_lock_id(account)}-md5"}, "Digest": {"S": digest}}
        client("dynamodb").put_item(TableName=account.lock_table, Item=row)


def _delete_unknown_policies(client: Callable[[str], Client], account: AccountConfig) -> list[str]:
    """Delete project policies that were created but are not in the state; an attached policy is not deleted."""
    state = json.loads(_body(client, account, BackendId.of(account).state_key) or "{}")
    known = {
        instance["attributes"]["arn"]
        for resource in state.get("resources", [])
        if resource["type"] == "aws_iam_policy"
        for instance in resource["instances"]
    }
    iam, deleted = client("iam"), []
    for page in iam.get_paginator("list_policies").paginate(Scope="Local", PathPrefix=f"/{PREFIX}-"):
        for policy in page["Policies"]:
            mine = policy["PolicyName"].startswith(f"{PREFIX}-") and policy["PolicyName"].endswith("-state")
            if mine and policy["Arn"] not in known and policy["AttachmentCount"] == 0 and _is_of(iam, policy, account):
                iam.delete_policy(PolicyArn=policy["Arn"])
                deleted.append(str(policy["Arn"]))
    return deleted


def _is_of(iam: Client, policy: dict[str, Any], account: AccountConfig) -> bool:
    """Return whether the policy is for this backend: other regions of the account have their own backends."""
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return account.state_bucket in json.dumps(version["Document"])


def _body(client: Callable[[str], Client], account: AccountConfig, key: str) -> str:
    s3 = client("s3")
    try:
        return str(s3.get_object(Bucket=account.state_bucket, Key=key)["Body"].read().decode())
    except s3.exceptions.NoSuchKey:
        return ""
