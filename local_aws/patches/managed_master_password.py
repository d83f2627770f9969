"""`manage_master_user_password` of database instances.

AWS: RDS makes the password, keeps it in a secret, names that as MasterUserSecret, deletes it with the instance.
ministack 1.5.33: does so for clusters; for instances the flag is ignored and the password is "password".
In Terraform: `master_user_secret` is empty, and whatever reads it fails with an invalid index.
Remove when `_create_db_instance` in services/rds.py of ministack reads ManageMasterUserPassword.
"""

import json
import uuid
from typing import Any

from local_aws.patches.replace import Function, replace

KEY = "MasterUserSecret"


def apply() -> None:
    """Make the secret on create or modify, describe it, delete it with the instance."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import rds, secretsmanager

    def new_secret(p: dict[str, Any], user: str, password: str) -> dict[str, str]:
        name = rds._p(p, "DBInstanceIdentifier")
        arn = secretsmanager.create_secret_in_process(
            f"rds!db-{uuid.uuid4()}",
            json.dumps({"username": user, "password": password}),
            description=f"Secret managed by RDS for DB instance {name}",
        )
        default_key = f"arn:aws:kms:{get_region()}:{get_account_id()}:key/aws-secretsmanager-default"
        key = rds._p(p, "MasterUserSecretKmsKeyId") or default_key
        return {"SecretArn": arn, "SecretStatus": "active", "KmsKeyId": key}

    def forget(instance: dict[str, Any]) -> None:
        if secret := instance.pop(KEY, None):
            secretsmanager.delete_secret_in_process(secret["SecretArn"])

    def wrap_create(original: Function) -> Function:
        def create(p: dict[str, Any]) -> Any:
            if rds._p(p, "ManageMasterUserPassword") != "true":
                return original(p)
            if rds._p(p, "MasterUserPassword"):
                why = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
                return rds._error("InvalidParameterCombination", why, 400)
            password = rds._generate_master_user_password()
            response = original(p | {"MasterUserPassword": [password]})
            if response[0] == 200:
                instance = rds._instances[rds._p(p, "DBInstanceIdentifier")]
                instance[KEY] = new_secret(p, instance["MasterUsername"], password)
            return response

        return create

    def wrap_modify(original: Function) -> Function:
        def modify(p: dict[str, Any]) -> Any:
            instance = rds._instances.get(rds._p(p, "DBInstanceIdentifier")) or {}
            manage = rds._p(p, "ManageMasterUserPassword")
            if manage != "true" or KEY in instance:
                response = original(p)
                if response[0] == 200 and manage == "false":
                    forget(instance)
                return response
            password = rds._generate_master_user_password()
            response = original(p | {"MasterUserPassword": [password]})
            if response[0] == 200:
                instance[KEY] = new_secret(p, instance["MasterUsername"], password)
            return response

        return modify

    def wrap_delete(original: Function) -> Function:
        def delete(p: dict[str, Any]) -> Any:
            instance = rds._instances.get(rds._p(p, "DBInstanceIdentifier")) or {}
            response = original(p)
            if response[0] == 200:
                forget(instance)
            return response

        return delete

    def wrap_xml(original: Function) -> Function:
        def xml(i: dict[str, Any]) -> str:
            text: str = original(i)
            inner = "".join(f"<{name}>{value}</{name}>" for name, value in i.get(KEY, {}).items())
            return text + (f"<{KEY}>{inner}</{KEY}>" if inner else "")

        return xml

    replace(rds, "_create_db_instance", "p", wrap_create)
    replace(rds, "_modify_db_instance", "p", wrap_modify)
    replace(rds, "_delete_db_instance", "p", wrap_delete)
    replace(rds, "_instance_xml", "i", wrap_xml)
