"""IAM statements of the platform; docs/architecture.md has the table of which role has which.

Statements about any bucket are in modules/bucket.py, those about any secret in modules/secret.py.
"""

from collections.abc import Mapping, Sequence

from modules.account import AccountConfig
from modules.bucket import list_objects, read_objects
from modules.iam import Statement
from modules.platform.bundles import BundleConfig, connection_id
from modules.secret import read_secrets
from modules.settings import deploy_key_name, secrets_path


def log_in_to_registry() -> Statement:
    """Get the registry's log-in token."""
    # No narrower resource exists:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    return Statement("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"])


def pull_images(repository_arn: str) -> Statement:
    """Pull images from one repository."""
    actions = ["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"]
    return Statement("PullImages", [f"ecr:{action}" for action in actions], [repository_arn])


def write_container_logs(log_group_arn: str) -> Statement:
    """Write the output of containers to CloudWatch."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return Statement("WriteContainerLogs", actions, [f"{log_group_arn}:log-stream:*"])


def read_logs(log_bucket_arn: str) -> list[Statement]:
    """Read the logs of every task."""
    return [read_objects(log_bucket_arn, sid="ReadLogs"), list_objects(log_bucket_arn, sid="ListLogs")]


def read_lookups(account: AccountConfig, prefix: str) -> Statement:
    """Read the connections and variables of every project: for a process that runs the tasks of all of them."""
    paths = [secrets_path(prefix, kind) for kind in ("connections", "variables")]
    return read_secrets(*(account.arn("secretsmanager", f"secret:{path}/*") for path in paths), sid="ReadLookups")


def mount_files(file_system_arn: str, access_point_arn: str) -> Statement:
    """Mount the file system through one access point, to read."""
    return _through_access_point("MountFiles", "ClientMount", file_system_arn, access_point_arn)


def write_folder(file_system_arn: str, access_point_arn: str) -> Statement:
    """Write through one access point."""
    return _through_access_point("WriteFolder", "ClientWrite", file_system_arn, access_point_arn)


def _through_access_point(sid: str, action: str, file_system_arn: str, access_point_arn: str) -> Statement:
    conditions = {"StringEquals": {"elasticfilesystem:AccessPointArn": access_point_arn}}
    return Statement(sid, [f"elasticfilesystem:{action}"], [file_system_arn], conditions=conditions)


def run_tasks(account: AccountConfig, prefix: str, cluster_arn: str) -> list[Statement]:
    """Run, watch and stop the tasks of this environment on its cluster, with the roles of this environment only."""
    families = account.arn("ecs", f"task-definition/{prefix}-*task:*")
    tasks = account.arn("ecs", f"task/{prefix}/*")
    return [
        Statement("RunTasks", ["ecs:RunTask"], [families], conditions={"ArnEquals": {"ecs:cluster": cluster_arn}}),
        # At its start, the executor also stops a task that does not exist, to test the permission.
        Statement("WatchTasks", ["ecs:DescribeTasks", "ecs:StopTask"], [tasks]),
    ]


def pass_roles(role_arns: Sequence[str]) -> Statement:
    """Pass these roles to ECS tasks, and to no other service."""
    return Statement(
        "PassRoles",
        ["iam:PassRole"],
        role_arns,
        conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )


def scale_workers(service_arn: str) -> Statement:
    """Set the number of workers."""
    return Statement("ScaleWorkers", ["ecs:DescribeServices", "ecs:UpdateService"], [service_arn])


def protect_workers(account: AccountConfig, prefix: str, service_arn: str) -> list[Statement]:
    """Protect a busy worker, and detect that a deployment replaces it: airflow/lib/airflow_on_aws/celery/config.py."""
    tasks = account.arn("ecs", f"task/{prefix}/*")
    return [
        Statement("ProtectWorkers", ["ecs:UpdateTaskProtection"], [tasks]),
        Statement("SeeDeployments", ["ecs:DescribeServices"], [service_arn]),
    ]


def connect_to_broker(cache_arn: str, user_arn: str) -> Statement:
    """Sign in to ElastiCache as an IAM user of the cache."""
    return Statement("ConnectToBroker", ["elasticache:Connect"], [cache_arn, user_arn])


def read_bundle_objects(bundles: Mapping[str, BundleConfig], partition: str) -> list[Statement]:
    """Download the S3 bundles.

    Listing covers the whole bucket: Airflow calls HeadBucket, to which no condition on a prefix applies.
    """
    statements = []
    for number, bundle in enumerate((one.s3 for one in bundles.values() if one.s3), 1):
        arn = f"arn:{partition}:s3:::{bundle.bucket}"
        statements += [
            read_objects(arn, bundle.prefix, sid=f"ReadBundle{number}"),
            list_objects(arn, sid=f"ListBundle{number}"),
        ]
    return statements


def read_bundle_tokens(bundles: Mapping[str, BundleConfig], account: AccountConfig, prefix: str) -> list[Statement]:
    """Read the tokens of the private repositories, and no other connection."""
    connections = account.arn("secretsmanager", f"secret:{secrets_path(prefix, 'connections')}")
    # Secrets Manager appends six characters to every ARN.
    arns = [
        f"{connections}/{connection_id(project)}-??????"
        for project, one in bundles.items()
        if one.git and one.git.private
    ]
    return [read_secrets(*arns, sid="ReadBundleTokens")] if arns else []


def administer(account: AccountConfig, prefix: str, service_account: str, write_projects: Statement) -> list[Statement]:
    """Do what the admin DAGs do: read the registry, deliver DAGs, call Airflow's API, store passwords."""
    projects = account.arn("ssm", f"parameter/{prefix}/projects")
    secrets = account.arn("secretsmanager", "secret")
    accounts = f"{secrets}:{prefix}/accounts/*"
    return [
        Statement("ReadRegistry", ["ssm:GetParametersByPath"], [projects, f"{projects}/*"]),
        write_projects,
        read_secrets(service_account, sid="ReadServiceAccount"),
        # The passwords whose names CreateConnections and CreateUsers get as parameters.
        read_secrets(accounts, sid="ReadAccounts"),
        read_secrets(f"{secrets}:{deploy_key_name(prefix, '*')}", sid="ReadDeployKeys"),
        Statement("MakeAccounts", ["secretsmanager:CreateSecret"], [accounts]),
    ]


def open_shell() -> Statement:
    """Let ``aws ecs execute-command`` open a shell in the container."""
    # Session Manager's channels have no ARN:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsessionmanagermessagegatewayservice.html
    actions = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"]
    return Statement("OpenShell", [f"ssmmessages:{action}" for action in actions], ["*"])


def join_cluster(cluster_arn: str, instance_arns: str) -> list[Statement]:
    """Let the ECS agent of an instance join one cluster, learn which tasks to run, and report their state."""
    join = ["ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance"]
    work = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
    report = ["ecs:SubmitAttachmentStateChanges", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange"]
    return [
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        Statement("FindCluster", ["ecs:DiscoverPollEndpoint"], ["*"]),
        Statement("JoinCluster", join, [cluster_arn]),
        Statement("WorkForCluster", work, [instance_arns], conditions={"ArnEquals": {"ecs:cluster": cluster_arn}}),
        Statement("ReportTasks", report, [cluster_arn]),
    ]


def refuse_plain_nfs(file_system_arn: str) -> Statement:
    """Deny every connection to the file system without TLS."""
    actions = ["ClientMount", "ClientWrite", "ClientRootAccess"]
    return Statement(
        "TlsOnly",
        [f"elasticfilesystem:{action}" for action in actions],
        [file_system_arn],
        effect="Deny",
        principals="*",
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def receive_access_logs(bucket_arn: str, account_id: str) -> Statement:
    """Let load balancers of this account write their access logs."""
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    return Statement(
        "ReceiveAccessLogs",
        ["s3:PutObject"],
        [f"{bucket_arn}/load-balancer/AWSLogs/{account_id}/*"],
        principals={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    )


def receive_flow_logs(bucket_arn: str, account_id: str) -> list[Statement]:
    """Let the VPC of this account write its flow logs; log delivery checks first whether it can."""
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
    delivery = {"Service": "delivery.logs.amazonaws.com"}
    own = {"StringEquals": {"aws:SourceAccount": account_id}}
    objects = [f"{bucket_arn}/AWSLogs/{account_id}/*"]
    check = ["s3:GetBucketAcl", "s3:ListBucket"]
    return [
        Statement("ReceiveFlowLogs", ["s3:PutObject"], objects, principals=delivery, conditions=own),
        Statement("CheckFlowLogBucket", check, [bucket_arn], principals=delivery, conditions=own),
    ]
