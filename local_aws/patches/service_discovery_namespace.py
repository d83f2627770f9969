"""Namespace in the DnsConfig of a Cloud Map service.

AWS: also reads the deprecated field `DnsConfig.NamespaceId`, which the AWS provider sends.
ministack 1.5.33: reads the top-level `NamespaceId` only.
In Terraform: `aws_service_discovery_service` fails with "InvalidInput: NamespaceId is required".
Remove when `_create_service` in services/servicediscovery.py of ministack reads DnsConfig.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Copy the namespace to the top level."""
    from ministack.services import servicediscovery

    @replace(servicediscovery, "_create_service", "data")
    def create_service(original: Function, data: dict[str, Any]) -> Any:
        nested = (data.get("DnsConfig") or {}).get("NamespaceId")
        return original({"NamespaceId": nested} | data if nested else data)
