"""What the platform promises to projects: one JSON document in SSM Parameter Store.

A project reads it with a data source and never sees the platform's state, so projects may live in other repositories
and in other people's hands. What a field means does not change within a version; a new version is a new number, and a
project refuses a number that it does not know.
"""

import json
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Self, get_type_hints

from cdktf import Postcondition, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter

from modules.resource_group import Scope
from modules.settings import dag_bundles

# SSM takes 4 KB, or 8 as an advanced parameter, for a few cents a month. References may become somewhat longer.
STANDARD_CHARACTERS = 3_500


@dataclass(frozen=True, kw_only=True)
class Document:
    """A published set of values; each is a string or a list of strings, known now or only when applied."""

    @classmethod
    def version(cls) -> int:
        """The number that tells readers whether they understand the document."""
        return 1

    def publish(self, scope: Scope, id: str, path: str) -> SsmParameter:
        """Writes the document to ``path``, where read() finds it."""
        text = json.dumps({"version": self.version(), **asdict(self)})
        # insecure_value: nothing in here is secret, and a plan should show what changes.
        return SsmParameter(
            *scope.at(id),
            name=path,
            type="String",
            tier="Advanced" if len(text) > STANDARD_CHARACTERS else None,
            insecure_value=text,
            description=type(self).__doc__,
        )

    @classmethod
    def read(cls, scope: Scope, id: str, path: str) -> Self:
        """The document at ``path``, as references that are resolved when the stack is applied.

        The apply ends with a clear message where the document's version is not the one that this code knows.
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
        # Not the resource's fqn, which is a token: what is made of these values must not depend on a token's number.
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
    """A text that was added to version 1: of a document without it, the default.

    As it stands inside of a JSON text, since this one has quotes; the expressions themselves can have none there.
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
    """Airflow's setting, which a project's tasks have too: each fetches its own DAG."""

    @staticmethod
    def path(prefix: str) -> str:
        """Where the platform of ``airflow-<env>`` publishes it."""
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
        """Where the project's infrastructure publishes it."""
        return f"/{prefix}/infrastructure/{project}"
