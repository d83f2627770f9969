"""Infrastructure of a project: a bucket for work files and a target database, for this project's tasks only."""

from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from modules import moved
from modules.account import PREFIX, AccountConfig
from modules.bucket import Bucket
from modules.contract import InfrastructureContract, PlatformContract
from modules.firewall import Firewall, allow, tcp
from modules.infrastructure.target import target
from modules.platform.executors import shared_container_condition
from modules.postgres import PORT, USER, DatabaseContext
from modules.project import ProjectConfig, ProjectNames, identifier
from modules.stack import Stack
from modules.stack_id import StackId


class Infrastructure(Stack):
    """A bucket and a PostgreSQL target, published to the project's workflows."""

    moved = moved.INFRASTRUCTURE

    def __init__(self, scope: Construct, id: StackId, config: ProjectConfig, *, account: AccountConfig) -> None:
        super().__init__(scope, id, account.model_copy(update={"owner": config.owner}))
        project = str(id.project)
        environment = f"{PREFIX}-{id.environment}"
        names = ProjectNames.of(id.environment, project, account.account_id)
        platform = PlatformContract.read(self, "platform", PlatformContract.path(environment))
        self.files = Bucket(
            self,
            "files",
            name=names.files_bucket,
            partition=account.partition,
            protected=config.protected,
            noncurrent_days=config.files.noncurrent_days,
            expire_days=config.files.expire_days,
        )
        self.tasks = Firewall(self, "tasks", prefix=names.prefix, component="tasks", vpc_id=platform.vpc_id)
        self.target = target(
            self,
            "target",
            config.target,
            context=DatabaseContext(
                prefix=names.prefix,
                component="target",
                database=identifier(project),
                password_name=f"{environment}/infrastructure/{project}/target-password",
                protected=config.protected,
                subnets=platform,
            ),
        )
        allow(self.tasks, self.target.firewall, PORT)
        # A container that runs tasks of all projects cannot be attached to the security group of each.
        from_shared = VpcSecurityGroupIngressRule(
            *self.target.firewall.at(f"from_shared_tasks_{PORT}"),
            security_group_id=self.target.firewall.group_id,
            referenced_security_group_id=platform.task_security_group_id,
            **tcp(PORT),
            description=f"Shared tasks to {names.target}",
        )
        to_target = VpcSecurityGroupEgressRule(
            *self.at(f"shared_tasks_to_target_{PORT}"),
            security_group_id=platform.task_security_group_id,
            referenced_security_group_id=self.target.firewall.group_id,
            **tcp(PORT),
            description=f"Shared tasks to {names.target}",
        )
        # The executor is known only after apply, and cdktf's count accepts only values that are known during synthesis.
        for rule in (from_shared, to_target):
            rule.add_override("count", f"${{{shared_container_condition(platform.executor)} ? 1 : 0}}")
        published = InfrastructureContract(
            bucket=self.files.name,
            target_host=self.target.host,
            target_port=str(PORT),
            target_database=self.target.database,
            target_user=USER,
            target_password_secret=self.target.password.arn,
            task_security_group_id=self.tasks.group_id,
        ).publish(self, "published_contract", InfrastructureContract.path(environment, project))
        self.output(
            bucket=(self.files.name, "Work files"),
            database_host=(self.target.host, "Target PostgreSQL"),
            contract=(published.name, "What the project's workflows read"),
        )
