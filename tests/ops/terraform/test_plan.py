"""Texts of Terraform, as they are shown."""

import getpass
import socket

import pytest

from ops.terraform.lock import describe_holder
from ops.terraform.plan import errors_in, number_of_changes, plan_text

OUTPUT = """\
Acquiring state lock. This may take a few moments...
data.aws_ssm_parameter.platform: Reading...
ephemeral.aws_secretsmanager_random_password.key: Opening...
ephemeral.aws_secretsmanager_random_password.key: Opening complete after 0s
data.aws_ssm_parameter.platform: Read complete after 0s [id=/airflow-local/platform]
aws_vpc.network_vpc: Refreshing state... [id=vpc-1]
\x1b[0m\x1b[1maws_s3_bucket.logs: Refreshing state... [id=logs]\x1b[0m
ephemeral.aws_secretsmanager_random_password.key: Closing...
ephemeral.aws_secretsmanager_random_password.key: Closing complete after 0s

Terraform will perform the following actions:

  \x1b[1m# aws_s3_bucket.logs\x1b[0m will be updated in-place
  ~ resource "aws_s3_bucket" "logs" {
      + note = "aws_vpc.x: Reading..."
    }

\x1b[1mPlan:\x1b[0m 1 to import, 2 to add, 1 to change, 3 to destroy.

─────────────────────────────────────────────────────────────────────────────

Saved the plan to: tfplan

To perform exactly these actions, run the following command to apply:
    terraform apply "tfplan"
Releasing state lock. This may take a few moments...
"""
BOXES = """\
╷
│ Warning: Deprecated Parameter
│
│ use_lockfile is better
╵
╷
│ Error: Invalid provider
│
│   on cdk.tf.json line 3:
│ It is not there.
╵
╷
│ Error: Second
╵
"""  # fmt: skip


def test_a_plan_is_shown_without_refresh_ephemeral_values_and_the_saved_file() -> None:
    lines = plan_text(OUTPUT.splitlines()).splitlines()
    assert lines[0] == "Terraform will perform the following actions:"
    assert lines[-1].endswith("1 to import, 2 to add, 1 to change, 3 to destroy.")
    assert '      + note = "aws_vpc.x: Reading..."' in lines
    assert number_of_changes(OUTPUT.splitlines()) == 7


def test_errors_are_read_from_their_boxes_and_warnings_are_none() -> None:
    assert errors_in(BOXES.splitlines()) == ["Invalid provider\n\non cdk.tf.json line 3:\nIt is not there.", "Second"]


LOCKED = """\
Error acquiring the state lock: Error message: operation error S3: PutObject, https response error StatusCode: 412
Lock Info:
  ID:        30f0a5d3-0000-0000-0000-7c1e4f1d1a11
  Path:      airflow-state-1/dev/platform.tfstate
  Operation: {operation}
  Who:       {who}
  Version:   1.11.4
  Created:   2026-11-30 07:19:39.123456789 +0000 UTC
  Info:

Terraform acquires a state lock to protect the state.
"""  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "what"),
    [("OperationTypeApply", "an apply"), ("OperationTypePlan", "a plan"), ("OperationTypeNew", "another command")],
)
def test_a_held_lock_names_its_holder_since_when_and_what_for(operation: str, what: str) -> None:
    text = describe_holder(LOCKED.format(operation=operation, who="ann@elsewhere"), "dev-platform", None)
    assert text == (
        "Error acquiring the state lock of airflow-state-1/dev/platform.tfstate: ann@elsewhere holds it since "
        f"2026-11-30 07:19:39 +0000 UTC for {what}, lock 30f0a5d3-0000-0000-0000-7c1e4f1d1a11; wait until that has ended, "
        "or see docs/how-to/state.md if its process is gone"
    )


def test_a_holder_on_this_machine_that_is_gone_has_no_command() -> None:
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    text = describe_holder(LOCKED.format(operation="OperationTypeApply", who=who), "no-such-stack", None)
    assert " for an apply, lock " in text


def test_another_error_is_no_held_lock() -> None:
    assert describe_holder("Error: no credentials", "dev-platform", None) == ""
