"""Names of environments and projects, and physical names, ``<prefix>-<id>``, validated against the limits of AWS.

They are validated when the configuration is read, because AWS rejects an invalid name only twenty minutes into a deploy.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

# No underscore: in connection and DAG ids it ends the project's name.
_NAME = re.compile(r"[a-z](-?[a-z0-9])*")
# Words that are used in stack names and paths, prefixes of the platform's DAG ids, and databases that exist on every
# PostgreSQL server.
_RESERVED = {
    *("backend", "platform", "infrastructure", "workflows", "projects", "connections", "variables", "tasks", "state"),
    *("admin", "tutorial"),
    *("postgres", "rdsadmin", "template0", "template1"),
}


def refusal(name: str, kind: str) -> str | None:
    """Return why ``name`` is invalid for ``kind``, such as "a project", or None."""
    if not _NAME.fullmatch(name):
        rule = "lower-case letters, digits and single hyphens, beginning with a letter"
        return f"{name!r} is not a valid name for {kind}: {rule}; rename it"
    if name in _RESERVED:
        return f"{name!r} is reserved and cannot name {kind}; rename it"
    return None


def _of_a_project(name: str) -> str:
    if refused := refusal(name, "a project"):
        raise ValueError(refused)
    return name


ProjectName = Annotated[str, AfterValidator(_of_a_project)]


def _limit(what: str, longest: int, pattern: str, rule: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(name: str) -> str:
        if len(name) > longest:
            raise ValueError(
                f"{what} {name!r} has {len(name)} characters, AWS allows {longest}: "
                f"shorten the environment or project name by {len(name) - longest}"
            )
        if not compiled.fullmatch(name):
            raise ValueError(f"{what} {name!r} is not a name that AWS accepts: {rule}")
        return name

    return AfterValidator(check)


_WORD = "letters, digits and single hyphens, beginning with a letter"

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
LoadBalancerName = Annotated[
    str, _limit("load balancer", 32, r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", "letters, digits, hyphens")
]
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
TargetGroupName = Annotated[
    str, _limit("target group", 32, r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", "letters, digits, hyphens")
]
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
DatabaseIdentifier = Annotated[str, _limit("database", 63, r"[a-z](-?[a-z0-9])*", _WORD + ", lower case")]
# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
ReplicationGroupId = Annotated[str, _limit("ElastiCache replication group", 40, r"[a-z](-?[a-z0-9])*", _WORD)]
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[
    str,
    _limit(
        "bucket",
        63,
        r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?<!-s3alias)(?<!--ol-s3)(?<!--x-s3)(?<!--table-s3)",
        "lower-case letters, digits and hyphens, no reserved beginning or ending",
    ),
]
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
RoleName = Annotated[str, _limit("IAM role", 64, r"[\w+=,.@-]+", "letters, digits and +=,.@-_")]
PolicyName = Annotated[str, _limit("IAM policy", 128, r"[\w+=,.@-]+", "letters, digits and +=,.@-_")]
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
RepositoryName = Annotated[str, _limit("ECR repository", 256, r"[a-z0-9]+([._/-][a-z0-9]+)*", "lower-case words")]
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html (services and families too)
EcsName = Annotated[str, _limit("ECS name", 255, r"[A-Za-z0-9_-]+", "letters, digits, hyphens, underscores")]
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
SecretName = Annotated[str, _limit("secret", 512, r"[A-Za-z0-9/_+=.@-]+", "letters, digits and /_+=.@-")]
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
ParameterName = Annotated[
    str, _limit("SSM parameter", 1011, r"/(?!aws|ssm)[A-Za-z0-9_./-]+", "letters, digits and _.-/, not /aws or /ssm")
]
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
LogGroupName = Annotated[str, _limit("log group", 512, r"[\w/.#-]+", "letters, digits and _./#-")]
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
SecurityGroupName = Annotated[
    str, _limit("security group", 255, r"(?!sg-)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+", "not sg-")
]
