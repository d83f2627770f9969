"""SecureString parameters of SSM as secrets of a container.

AWS: ECS decrypts them.
ministack 1.5.33: passes them in the encoded form in which it stores them.
In a container: the password is wrong.
Remove when `_resolve_container_secrets` in services/ecs.py of ministack passes `decrypt`.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Pass decrypted values."""
    from ministack.services import ecs, ssm

    @replace(ecs, "_resolve_container_secrets", "cdef")
    def resolve(original: Function, cdef: dict[str, Any]) -> dict[str, str]:
        resolved: dict[str, str] = original(cdef)
        for secret in cdef.get("secrets", []):
            if secret["name"] in resolved and "secretsmanager" not in secret["valueFrom"]:
                resolved[secret["name"]] = str(ssm.resolve_parameter_value(secret["valueFrom"], decrypt=True))
        return resolved
