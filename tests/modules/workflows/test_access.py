"""Rights that `access` in a project's file grants to its tasks, evaluated with IAM's rules."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from modules.account import AccountConfig
from modules.workflows.access import AccessConfig
from tests.policies.simulator import Question, Request, answers
from tests.synthesised import statements_of
from tests.variants import workflows

ACCOUNT = "111111111111"
CONFIG = AccountConfig(account_id=ACCOUNT, region="us-east-1", owner="me")
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
OTHERS_KEY = f"arn:aws:kms:us-east-1:999999999999:key/{KEY}"
STATE = "arn:aws:s3:::airflow-state-111111111111-us-east-1"
# Default policy of a key: IAM policies decide.
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    ],
}
WHY = "archives what every team exports"


def allows(access: dict[str, Any], *asked: tuple[str, str] | tuple[str, str, dict[str, str]]) -> list[bool]:
    statements = AccessConfig.model_validate_json(json.dumps(access)).statements(CONFIG)
    document = {"Version": "2012-10-17", "Statement": [one.document() for one in statements]}
    requests = [Request(one[0], one[1], ACCOUNT, one[2] if len(one) > 2 else {}) for one in asked]
    of_resource = {"kms": KEY_POLICY}
    return answers([Question([document], one, of_resource.get(one.action.split(":")[0])) for one in requests])


def test_only_the_folder_of_a_bucket_can_be_read() -> None:
    bucket = "arn:aws:s3:::reference"
    assert allows(
        {"s3_read": ["reference/weather/"]},
        ("s3:GetObject", f"{bucket}/weather/x"),
        ("s3:ListBucket", bucket, {"s3:prefix": "weather/"}),
        ("s3:GetObject", f"{bucket}/weather-2/x"),
        ("s3:ListBucket", bucket, {"s3:prefix": ""}),
        ("s3:PutObject", f"{bucket}/weather/x"),
        ("s3:GetObject", "arn:aws:s3:::reference-2/weather/x"),
    ) == [True, True, False, False, False, False]


def test_a_bucket_can_be_written_and_not_read() -> None:
    assert allows(
        {"s3_write": ["arn:aws:s3:::exports"]},
        ("s3:PutObject", "arn:aws:s3:::exports/x"),
        ("s3:DeleteObject", "arn:aws:s3:::exports/x"),
        ("s3:GetObject", "arn:aws:s3:::exports/x"),
    ) == [True, True, False]


def test_tables_can_be_read_or_written_as_configured() -> None:
    assert allows(
        {"dynamodb_read": ["stations"], "dynamodb_write": [f"{TABLE}/readings"]},
        ("dynamodb:GetItem", f"{TABLE}/stations"),
        ("dynamodb:Query", f"{TABLE}/stations/index/by-city"),
        ("dynamodb:PutItem", f"{TABLE}/stations"),
        ("dynamodb:PutItem", f"{TABLE}/readings"),
        ("dynamodb:GetItem", f"{TABLE}/readings"),
        ("dynamodb:DeleteTable", f"{TABLE}/readings"),
    ) == [True, True, False, True, False, False]


def test_a_secret_can_be_read_but_not_one_with_a_longer_name() -> None:
    assert allows(
        {"secrets_read": ["shared/api"]},
        ("secretsmanager:GetSecretValue", f"{SECRET}:shared/api-a1B2c3"),
        ("secretsmanager:GetSecretValue", f"{SECRET}:shared/api-key-a1B2c3"),
        ("secretsmanager:PutSecretValue", f"{SECRET}:shared/api-a1B2c3"),
    ) == [True, False, False]


def test_a_key_can_decrypt_and_generate_data_keys() -> None:
    own = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY}"
    asked = [("kms:Decrypt", own), ("kms:GenerateDataKey", own), ("kms:ScheduleKeyDeletion", own)]
    assert allows({"kms": [KEY]}, *asked) == [True, True, False]


@pytest.mark.parametrize(
    "secret", [f"{SECRET}:shared/api", f"{SECRET}:shared/api-a1B2c3", f"{SECRET}:shared/api-a1B2??"]
)
def test_the_arn_of_a_secret_may_lack_the_suffix_of_aws(secret: str) -> None:
    assert allows(
        {"secrets_read": [secret], **({"allow_any": WHY} if "?" in secret else {})},
        ("secretsmanager:GetSecretValue", f"{SECRET}:shared/api-a1B2c3"),
        ("secretsmanager:GetSecretValue", f"{SECRET}:shared/api-key-a1B2c3"),
    ) == [True, False]


def test_a_name_of_a_secret_may_end_like_an_arn() -> None:
    asked = ("secretsmanager:GetSecretValue", f"{SECRET}:shared/my-secret-a1B2c3")
    assert allows({"secrets_read": ["shared/my-secret"]}, asked) == [True]


@pytest.mark.parametrize(
    ("account", "region"), [(ACCOUNT, "us-east-1"), (ACCOUNT, "eu-west-1"), ("2" * 12, "eu-west-1")]
)
def test_no_wildcard_reaches_the_state(account: str, region: str) -> None:
    bucket, tables = f"arn:aws:s3:::airflow-state-{account}-{region}", f"arn:aws:dynamodb:{region}:{account}:table"
    read, write = ["*", "airflow-*"], ["*", f"{tables}/*", f"{tables}/airflow-*"]
    assert allows(
        {"s3_read": read, "s3_write": read, "dynamodb_read": write, "dynamodb_write": write, "allow_any": WHY},
        ("s3:GetObject", "arn:aws:s3:::anything/x"),
        ("dynamodb:PutItem", f"{tables}/anything"),
        ("s3:GetObject", f"{bucket}/dev/platform.tfstate"),
        ("s3:PutObject", f"{bucket}/dev/platform.tfstate"),
        ("s3:ListBucket", bucket),
        ("dynamodb:GetItem", f"{tables}/airflow-state-lock"),
        ("dynamodb:PutItem", f"{tables}/airflow-state-lock"),
    ) == [True, True, False, False, False, False, False]


def test_the_role_has_the_rights_and_its_description_the_reason() -> None:
    stack = workflows(access={"s3_read": ["exports-*"], "kms": [OTHERS_KEY], "allow_any": WHY})
    statements = statements_of(stack.only("aws_iam_role_policy")["policy"])
    assert statements["ReadMore1"]["Resource"] == ["arn:aws:s3:::exports-*/*"]
    assert statements["UseKeys"]["Resource"] == [OTHERS_KEY]
    assert stack.only("aws_iam_role")["description"] == f"Beyond what is its own: {WHY}"


def test_without_access_the_role_has_only_the_projects_rights() -> None:
    sids = {"ReadFiles", "WriteFiles", "ListFiles", "ReadLogs", "WriteLogs", "ListLogs", "ReadSecrets", "MountFiles"}
    assert statements_of(workflows().only("aws_iam_role_policy")["policy"]).keys() == sids


REASON = 'name what is needed, or set allow_any = "<reason>"'


@pytest.mark.parametrize(
    ("access", "refusal"),
    [
        ({"s3_read": ["*"]}, f"s3_read has '*', a wildcard; {REASON}"),
        ({"s3_write": ["exports-?"]}, f"s3_write has 'exports-?', a wildcard; {REASON}"),
        ({"s3_read": ["exports/*/"]}, f"s3_read has 'exports/*/', a wildcard; {REASON}"),
        ({"dynamodb_read": ["stat*"]}, f"dynamodb_read has 'stat*', a wildcard; {REASON}"),
        ({"secrets_read": ["*"]}, f"secrets_read has '*', a wildcard; {REASON}"),
        ({"kms": ["*"]}, f"kms has '*', a wildcard; {REASON}"),
        ({"kms": [f"arn:aws:kms:*:{ACCOUNT}:key/{KEY}"]}, "is not the id of a KMS key; write its name or its ARN"),
        ({"s3_read": ["airflow-dev-sales-files-1"]}, f"a platform's or another project's (airflow-…); {REASON}"),
        ({"secrets_read": [f"{SECRET}:airflow-dev/fernet-key"]}, f"a platform's or another project's (airflow-…); {REASON}"),
        ({"s3_read": [STATE], "allow_any": WHY}, "which holds the state of every stack; delete it"),
        ({"dynamodb_read": ["airflow-state-lock"], "allow_any": WHY}, "which holds the state of every stack; delete it"),
        ({"s3_read": ["x-y"], "allow_any": WHY}, "allow_any is set, but nothing here needs it; delete it"),
        ({"s3_read": ["*"], "allow_any": "because"}, "should have at least 10 characters"),
        ({"s3_read": ["reference/weather"]}, """is not a bucket or a folder of a bucket, "bucket/folder/"; write its name"""),
        ({"s3_read": ["s3://reference/"]}, "is not a bucket"),
        ({"s3_read": ["arn:aws:s3:::${x}"]}, "is not a bucket"),
        ({"dynamodb_read": ["a/b"]}, "is not a table of DynamoDB; write its name or its ARN"),
        ({"kms": ["alias/mine"]}, "is not the id of a KMS key"),
        ({"sqs": ["x"]}, "Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_wildcards_foreign_resources_and_invalid_names_are_refused(access: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AccessConfig.model_validate_json(json.dumps(access))
    assert refusal in str(refused.value)
