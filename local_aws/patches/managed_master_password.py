"""`manage_master_user_password` of database instances.

AWS: RDS generates the password, stores it in a secret, returns that as MasterUserSecret, and deletes it with the instance.
ministack 1.5.33: does so for clusters. For instances it ignores the flag, and the password is "password".
In Terraform: `master_user_secret` is empty, so an expression that reads it fails with "Invalid index".
Remove when `_create_db_instance` in services/rds.py of ministack reads ManageMasterUserPassword.
"""

import json
import uuid
from typing import Any

from local_aws.patches.replace import Function, replace

KEY = "MasterUserSecret"


def apply() -> None:
    """Create the secret on create or modify, return it with the instance, and delete both together."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import rds, secretsmanager

    def with_new_password(original: Function, p: dict[str, Any]) -> Any:
        password = rds._generate_master_user_password()
        response = original(p | {"MasterUserPassword": [password]})
        if response[0] == 200:
            name = rds._p(p, "DBInstanceIdentifier")
            instance = rds._instances[name]
            instance[KEY] = new_secret(p, name, instance["MasterUsername"], password)
        return response

    def new_secret(p: dict[str, Any], name: str, user: str, password: str) -> dict[str, str]:
        arn = secretsmanager.create_secret_in_process(
            f"rds!db-{uuid.uuid4()}",
            json.dumps({"username": user, "password": password}),
            description=f"Secret managed by RDS for DB instance {name}",
        )
        default_key = f"arn:aws:kms:{get_region()}:{get_account_id()}:key/aws-secretsmanager-default"
        key = rds._p(p, "MasterUserSecretKmsKeyId") or default_key
        return {"SecretArn": arn, "SecretStatus": "active", "KmsKeyId": key}

    def delete_secret(instance: dict[str, Any]) -> None:
        if secret := instance.pop(KEY, None):
            secretsmanager.delete_secret_in_process(secret["SecretArn"])

    @replace(rds, "_create_db_instance", "p")
    def create(original: Function, p: dict[str, Any]) -> Any:
        if rds._p(p, "ManageMasterUserPassword") != "true":
            return original(p)
        if rds._p(p, "MasterUserPassword"):
            message = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
            return rds._error("InvalidParameterCombination", message, 400)
        return with_new_password(original, p)

    @replace(rds, "_modify_db_instance", "p")
    def modify(original: Function, p: dict[str, Any]) -> Any:
        instance = rds._instances.get(rds._p(p, "DBInstanceIdentifier")) or {}
        manage = rds._p(p, "ManageMasterUserPassword")
        if manage != "true" or KEY in instance:
            response = original(p)
            if response[0] == 200 and manage == "false":
                delete_secret(instance)
            return response
        return with_new_password(original, p)

    @replace(rds, "_delete_db_instance", "p")
    def delete(original: Function, p: dict[str, Any]) -> Any:
        instance = rds._instances.get(rds._p(p, "DBInstanceIdentifier")) or {}
        response = original(p)
        if response[0] == 200:
            delete_secret(instance)
        return response

    @replace(rds, "_instance_xml", "i")
    def xml(original: Function, i: dict[str, Any]) -> str:
        text: str = original(i)
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in i.get(KEY, {}).items())
        return text + (f"<{KEY}>{inner}</{KEY}>" if inner else "")
