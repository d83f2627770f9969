"""Creates the empty bucket and lock table, which an ordinary deploy of the backend stack then imports and configures.

The state of the backend is in its bucket from the first byte: there is no local state to move, and an interrupted step
can be repeated. Both create calls have the tags, because some organisations require them there.
"""

from collections.abc import Callable
from typing import Any

from modules.account import AccountConfig

Client = Any  # of boto3, by the name of the service


def create_bucket(s3: Client, account: AccountConfig, tags: dict[str, str]) -> bool:
    """Create the state bucket; return False if it exists. Raises ClientError if another account owns it."""
    try:
        s3.head_bucket(Bucket=account.state_bucket, ExpectedBucketOwner=account.account_id)
        return False
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
    configuration: dict[str, Any] = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    if account.region != "us-east-1":  # which S3 wants to be left out
        configuration["LocationConstraint"] = account.region
    s3.create_bucket(Bucket=account.state_bucket, CreateBucketConfiguration=configuration)
    return True


def create_lock_table(dynamodb: Client, account: AccountConfig, tags: dict[str, str]) -> bool:
    """Create the lock table and wait until it is active; return False if it exists."""
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
    """Create what is missing, and return its names; a second run creates nothing."""
    made = {
        f"bucket {account.state_bucket}": create_bucket(client("s3"), account, tags),
        f"table {account.lock_table}": create_lock_table(client("dynamodb"), account, tags),
    }
    return [name for name, new in made.items() if new]
