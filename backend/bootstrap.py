"""Create the empty bucket and lock table, which a deploy of the backend stack then imports and configures.

So the backend's state is in its bucket from the start: there is no local state to migrate, and an interrupted step can be
repeated. Both create calls set the tags, which the policies of some organisations require.
"""

from collections.abc import Callable
from typing import Any

from modules.account import AccountConfig

Client = Any  # of boto3, by the name of the service


def create_bucket(s3: Client, account: AccountConfig, tags: dict[str, str]) -> bool:
    """Create the state bucket; return False if it exists. Raises ClientError if it belongs to another account."""
    try:
        s3.head_bucket(Bucket=account.state_bucket, ExpectedBucketOwner=account.account_id)
        return False
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
    configuration: dict[str, Any] = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    if account.region != "us-east-1":  # S3 rejects this region as a constraint
        configuration["LocationConstraint"] = account.region
    s3.create_bucket(Bucket=account.state_bucket, CreateBucketConfiguration=configuration)
    return True


def create_lock_table(dynamodb: Client, account: AccountConfig, tags: dict[str, str]) -> bool:
    """Create the lock table and wait until it is active, at most 60 s; return False if it exists."""
    made = True
    try:
        dynamodb.create_table(
            TableName=account.lock_table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
    except dynamodb.exceptions.ResourceInUseException:
        made = False
    dynamodb.get_waiter("table_exists").wait(TableName=account.lock_table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return made


def bootstrap(client: Callable[[str], Client], account: AccountConfig, tags: dict[str, str]) -> list[str]:
    """Create the bucket and the table if they are missing; return the names of those created."""
    made = {
        f"bucket {account.state_bucket}": create_bucket(client("s3"), account, tags),
        f"table {account.lock_table}": create_lock_table(client("dynamodb"), account, tags),
    }
    return [name for name, new in made.items() if new]
