"""Workflows of a project: its registry entry, connections and variables, and the role of its tasks."""

import json

from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from constructs import Construct

from modules import moved
from modules.account import PREFIX, AccountConfig
from modules.bucket import list_objects, read_objects, write_objects
from modules.container import Container, TaskContext
from modules.contract import InfrastructureContract, PlatformContract, RegistryEntry, RepositoryEntry
from modules.iam import Role
from modules.platform.executors import TASK_CONTAINER
from modules.platform.files import projects_volume
from modules.platform.permissions import mount_files
from modules.project import ProjectConfig, ProjectNames
from modules.secret import RECOVERY_DAYS, Secret, read_secrets, stored_value, version_of
from modules.settings import deploy_key_name, secrets_path
from modules.stack import Stack
from modules.stack_id import StackId
from modules.task import Task, task_settings
from modules.workflows.ci import CiRole

# Name of the secret below airflow-<env>/ in which an operator stores the webhook's secret.
WEBHOOK_SECRET = "webhook-secret"  # noqa: S105 - a name, not a secret


class Workflows(Stack):
    """Registry entry, connections, variables, task role and task definition of a project."""

    moved = moved.WORKFLOWS

    def __init__(self, scope: Construct, id: StackId, config: ProjectConfig, *, account: AccountConfig) -> None:
        super().__init__(scope, id, account.model_copy(update={"owner": config.owner}))
        self.project = project = str(id.project)
        self.environment = environment = f"{PREFIX}-{id.environment}"
        self.config = config
        names = ProjectNames.of(id.environment, project, account.account_id)
        partition, region = account.partition, account.region
        platform = PlatformContract.read(self, "platform", PlatformContract.path(environment))
        infrastructure = InfrastructureContract.read(
            self, "infrastructure", InfrastructureContract.path(environment, project)
        )
        self._connections(infrastructure, region)
        for name, value in config.variables.items():
            self._lookup("variables", name, value, f"Airflow variable {project}_{name}")

        # Keys of task logs begin with the DAG id, and a project's DAG ids begin with its name.
        self.dag_id_prefix = f"{project}__"
        log_prefix = f"dag_id={self.dag_id_prefix}"
        log_bucket = f"arn:{partition}:s3:::{platform.log_bucket}"
        files_bucket = f"arn:{partition}:s3:::{infrastructure.bucket}"
        located = f"{region}:{account.account_id}"
        secrets = f"arn:{partition}:secretsmanager:{located}:secret:{environment}"
        file_systems = f"arn:{partition}:elasticfilesystem:{located}"
        role = Role(
            self,
            "task_role",
            name=names.role,
            path=f"/{environment}/",
            account=account,
            statements=[
                read_objects(files_bucket, sid="ReadFiles"),
                write_objects(files_bucket, sid="WriteFiles"),
                list_objects(files_bucket, sid="ListFiles"),
                read_objects(log_bucket, log_prefix, sid="ReadLogs"),
                write_objects(log_bucket, log_prefix, sid="WriteLogs"),
                list_objects(log_bucket, log_prefix, sid="ListLogs"),
                # Project names have no underscore, so the pattern cannot match the secrets of another project.
                read_secrets(*(f"{secrets}/{kind}/{project}_*" for kind in ("connections", "variables"))),
                mount_files(
                    f"{file_systems}:file-system/{platform.file_system_id}",
                    f"{file_systems}:access-point/{platform.access_point_id}",
                ),
                *config.access.statements(account),
            ],
            description=f"Beyond what is its own: {config.access.allow_any}" if config.access.allow_any else None,
        )
        task = Task(
            self,
            "task",
            config.task,
            family=names.task_family,
            containers=[Container(TASK_CONTAINER, [], task_settings(environment, region, platform))],
            context=TaskContext(
                image=platform.image,
                region=region,
                volume=projects_volume(platform.file_system_id, platform.access_point_id),
            ),
            log_group=platform.log_group,
            stream_prefix=project,
            task_role_arn=role.arn,
            execution_role_arn=platform.task_execution_role_arn,
        )
        if config.repository.deploy_key:
            # Without a version: an operator stores the key, so that it is in no state.
            key = SecretsmanagerSecret(
                *self.at("deploy_key"),
                name=deploy_key_name(environment, project),
                description=f"Key of the repository of {project}",
                recovery_window_in_days=RECOVERY_DAYS if config.protected else 0,
            )
            self.output(deploy_key_secret=(key.name, "Where to put the key of the repository"))
        groups = [platform.task_security_group_id, infrastructure.task_security_group_id]
        repository = config.repository
        registered = RegistryEntry(
            project=project,
            owner=config.owner,
            repository=RepositoryEntry(
                **repository.model_dump(include={"url", "branch", "dags", "host_keys"}),
                deploy_key=deploy_key_name(environment, project) if repository.deploy_key else None,
            ),
            dag_id_prefix=self.dag_id_prefix,
            log_prefix=log_prefix,
            # A cluster policy in the dag-processor sets it on every task of the project; a DAG cannot override it.
            executor_config={
                "taskDefinition": task.family,
                "networkConfiguration": {"awsvpcConfiguration": {"securityGroups": groups}},
                "capacityProviderStrategy": [
                    {"capacityProvider": "FARGATE_SPOT" if config.task.spot else "FARGATE", "weight": 1}
                ],
            },
        ).publish(
            self,
            "registry_entry",
            RegistryEntry.path(environment, project),
            description=f"Project {project} of {id.environment}",
        )
        if config.repository.github_actions:
            ci = CiRole(
                self,
                "ci",
                config.repository,
                name=names.ci_role,
                path=f"/{environment}/",
                # Secrets Manager appends six random characters to the ARN.
                webhook_secret_arn=f"{secrets}/{WEBHOOK_SECRET}-??????",
            )
            self.output(github_role_arn=(ci.arn, "The role of the repository's workflow on GitHub"))
        self.output(
            registration=(registered.name, "Entry in the registry of projects"),
            repository=(config.repository.url, "Where the DAGs come from"),
            task_role_arn=(role.arn, "The role of the project's tasks"),
            task_definition=(task.family, "The task definition of the project's tasks"),
        )

    def _connections(self, infrastructure: InfrastructureContract, region: str) -> None:
        files = {
            "conn_type": "aws",
            "description": f"Work files of {self.project}",
            "extra": {"region_name": region, "service_config": {"s3": {"bucket_name": infrastructure.bucket}}},
        }
        self._lookup("connections", "files", json.dumps(files), f"Airflow connection {self.project}_files")
        password = stored_value(self, "target_password", infrastructure.target_password_secret)
        target = {
            "conn_type": "postgres",
            "description": f"Target database of {self.project}",
            "host": infrastructure.target_host,
            "port": 5432,
            "schema": infrastructure.target_database,
            "login": infrastructure.target_user,
            # The password has letters and digits only, so it needs no escaping in JSON.
            "password": password,
            "extra": {"sslmode": "require"},
        }
        self._lookup("connections", "target", json.dumps(target), f"Airflow connection {self.project}_target")

    def _lookup(self, kind: str, name: str, text: str, description: str) -> None:
        """Create the secret of a connection or variable, under the name that Airflow's secrets backend looks up."""
        Secret(
            self,
            kind,
            key=name,
            name=f"{secrets_path(self.environment, kind)}/{self.project}_{name}",
            text=text,
            protected=self.config.protected,
            version=version_of(text),
            description=description,
        )
