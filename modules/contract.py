"""Contracts between stacks: JSON documents in SSM Parameter Store, each with the number of its version.

A project reads the platform's document with a data source and never reads the platform's state, so that projects can be
in other repositories and other people's hands. The meaning of a field does not change within a version; a reader rejects
a version that it does not know.
"""

import json
import re
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Self, TypedDict, get_type_hints

from cdktf import Postcondition, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter

from modules.resource_group import Scope
from modules.settings import dag_bundles

# SSM stores 4 KB, or 8 KB in an advanced parameter for a few cents a month. The margin is for references, whose values may
# be longer.
STANDARD_CHARACTERS = 3_500
REFERENCE_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class Document:
    """A published set of values, some of them known only after apply."""

    @classmethod
    def version(cls) -> int:
        """Return the version of the contract, which readers compare with the version that they support."""
        return 1

    def publish(self, scope: Scope, id: str, path: str, description: str | None = None) -> SsmParameter:
        """Write the document to ``path``, where read() finds it."""
        text = json.dumps({"version": self.version(), **asdict(self)})
        # The length of a token depends on its number.
        length = len(re.sub(r"\$\{[^}]*\}", "-" * REFERENCE_CHARACTERS, text))
        # insecure_value: the document has no secret, and a plan should show what changes.
        return SsmParameter(
            *scope.at(id),
            name=path,
            type="String",
            tier="Advanced" if length > STANDARD_CHARACTERS else None,
            insecure_value=text,
            description=description or type(self).__doc__,
        )

    @classmethod
    def read(cls, scope: Scope, id: str, path: str) -> Self:
        """Return the document at ``path``, as references that are resolved when the stack is applied.

        Each field must be a string or a list of strings. The apply fails with a message that names both versions if the
        document has another version than this code.
        """
        refused = (
            f"{path} has contract version ${{try(jsondecode(self.insecure_value).version, 0)}}, this project knows version "
            f"{cls.version()}: use the release of these modules that the platform was deployed with, or upgrade the platform."
        )
        _, address = scope.at(id)
        DataAwsSsmParameter(
            *scope.at(id),
            name=path,
            lifecycle=TerraformResourceLifecycle(
                postcondition=[
                    Postcondition(
                        condition=f"${{try(jsondecode(self.insecure_value).version, 0) == {cls.version()}}}",
                        error_message=refused,
                    )
                ]
            ),
        )
        # Not the resource's fqn: it is a token, and version_of() rejects tokens because their numbers are not stable.
        document = f"jsondecode(data.aws_ssm_parameter.{address}.insecure_value)"
        kinds, values = get_type_hints(cls), dict[str, Any]()
        for field in fields(cls):
            reference = f"{document}.{field.name}"
            if field.default is not MISSING:
                values[field.name] = _added(reference, field.default)
            elif kinds[field.name] == list[str]:
                values[field.name] = Token.as_list(f"${{{reference}}}")
            else:
                values[field.name] = f"${{{reference}}}"
        return cls(**values)


def _added(reference: str, default: str) -> str:
    """Return an expression for a text field that was added to version 1; documents without it have the default.

    The default is written as it appears inside a JSON text, because it contains quotes and the expression cannot.
    """
    quoted = f"jsonencode({reference})"
    return f"%{{ if can({reference}) }}${{substr({quoted}, 1, length({quoted}) - 2)}}%{{ else }}{default}%{{ endif }}"


@dataclass(frozen=True, kw_only=True)
class PlatformContract(Document):
    """The platform of an Airflow environment, for its projects."""

    airflow_version: str
    url: str
    executor: str
    image: str
    vpc_id: str
    private_subnet_ids: list[str]
    task_subnet_ids: list[str]
    assign_public_ip: str
    task_security_group_id: str
    cluster_arn: str
    task_execution_role_arn: str
    execution_api_url: str
    log_bucket: str
    log_group: str
    file_system_id: str
    access_point_id: str
    dag_bundles: str = dag_bundles()
    """Airflow's dag_bundle_config_list, which a project's tasks need too: each task fetches its DAG."""

    @staticmethod
    def path(prefix: str) -> str:
        """Return the parameter in which the platform of ``airflow-<env>`` publishes it."""
        return f"/{prefix}/platform"


@dataclass(frozen=True, kw_only=True)
class InfrastructureContract(Document):
    """A project's bucket and target database, for its workflows."""

    bucket: str
    target_host: str
    target_port: str
    target_database: str
    target_user: str
    target_password_secret: str
    task_security_group_id: str

    @staticmethod
    def path(prefix: str, project: str) -> str:
        """Return the parameter in which the project's infrastructure publishes it."""
        return f"/{prefix}/infrastructure/{project}"


@dataclass(frozen=True, kw_only=True)
class RepositoryEntry:
    """Source of a project's DAGs."""

    url: str
    branch: str
    dags: str
    """Folder of the repository that Airflow reads."""
    host_keys: list[str]
    deploy_key: str | None
    """Name of the secret with the repository's key."""


class ExecutorConfig(TypedDict):
    """Task definition, security groups and capacity of a project's tasks, as Airflow's ECS executor reads them."""

    taskDefinition: str
    networkConfiguration: dict[str, dict[str, list[str]]]
    capacityProviderStrategy: list[dict[str, str | int]]


@dataclass(frozen=True, kw_only=True)
class RegistryEntry(Document):
    """A project, for Airflow: airflow/lib/airflow_on_aws/delivery/registry.py reads it."""

    project: str
    owner: str
    repository: RepositoryEntry
    dag_id_prefix: str
    log_prefix: str
    executor_config: ExecutorConfig

    @staticmethod
    def path(prefix: str, project: str) -> str:
        """Return the parameter of the project in the registry of ``airflow-<env>``."""
        return f"/{prefix}/projects/{project}"
