"""Celery's broker: the queue between scheduler and workers."""

import json
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.elasticache_parameter_group import (
    ElasticacheParameterGroup,
    ElasticacheParameterGroupParameter,
)
from cdktf_cdktf_provider_aws.elasticache_replication_group import ElasticacheReplicationGroup
from cdktf_cdktf_provider_aws.elasticache_subnet_group import ElasticacheSubnetGroup
from cdktf_cdktf_provider_aws.elasticache_user import ElasticacheUser, ElasticacheUserAuthenticationMode
from cdktf_cdktf_provider_aws.elasticache_user_group import ElasticacheUserGroup

from modules.config import TaskSize
from modules.container import HealthCheck
from modules.firewall import Firewall
from modules.platform.components import Component
from modules.platform.network import Network
from modules.platform.permissions import connect_to_broker
from modules.platform.requirements import Requirements
from modules.platform.site import PlatformSite
from modules.platform.stateful import Server, StatefulService
from modules.resource_group import ResourceGroup, Scope
from modules.secret import Secret, version_of
from modules.settings import variable

PORT = 6379
# The image of a broker in a container: Redis 7 of the official images, from the registry that AWS mirrors them in.
IMAGE = "public.ecr.aws/docker/library/redis:7-alpine"
# The user and group redis of that image.
UID, GID = 999, 1000
DATA = "/data"
# A message that does not fit must be refused, not evict another message.
POLICY = ("maxmemory-policy", "noeviction")
# Commands that Celery uses, and none that administers the server.
ACCESS = "on ~* &* +@all -@admin -@dangerous +info"


@dataclass(frozen=True, kw_only=True)
class Broker:
    """The broker's security group, and what its clients need."""

    firewall: Firewall
    requirements: Requirements


# Its files are on EFS, so that queued tasks survive a restart. Settings and password are passed by standard input, so that
# no list of processes shows them.
BROKER = Component(
    "broker",
    (
        "sh",
        "-c",
        f"exec redis-server - <<END\nrequirepass $BROKER_PASSWORD\ndir {DATA}\nappendonly yes\n{' '.join(POLICY)}\nEND\n",
    ),
    HealthCheck('REDISCLI_AUTH="$BROKER_PASSWORD" redis-cli ping | grep -q PONG || exit 1', start_period=30),
    PORT,
    alone=True,
)
REDIS = Server(
    component=BROKER,
    image=IMAGE,
    uid=UID,
    gid=GID,
    folder=BROKER.name,
    data=DATA,
    password_variables=["BROKER_PASSWORD"],
)


class Cache(ResourceGroup):
    """A replication group of ElastiCache: over TLS, with a second node where wanted, and no password anywhere.

    Clients authenticate as an IAM user of the cache, with the role of the task: airflow/lib/airflow_on_aws/celery/elasticache.py.
    """

    def __init__(self, scope: Scope, id: str, *, prefix: str, node_type: str, nodes: int, network: Network) -> None:
        super().__init__(scope, id)
        firewall = Firewall(self, "firewall", prefix=prefix, component="broker", vpc_id=network.vpc_id)
        name, user = f"{prefix}-broker", f"{prefix}-celery"
        subnets = ElasticacheSubnetGroup(*self.at("subnets"), name=name, subnet_ids=network.private_subnet_ids)
        parameters = ElasticacheParameterGroup(
            *self.at("parameters"),
            name=name,
            family="valkey8",
            parameter=[ElasticacheParameterGroupParameter(name=POLICY[0], value=POLICY[1])],
        )
        celery = ElasticacheUser(
            *self.at("celery"),
            # With IAM both must be the same.
            user_id=user,
            user_name=user,
            engine="valkey",
            access_string=ACCESS,
            authentication_mode=ElasticacheUserAuthenticationMode(type="iam"),
        )
        users = ElasticacheUserGroup(
            *self.at("users"),
            user_group_id=user,
            engine="valkey",
            user_ids=[celery.user_id],
        )
        cache = ElasticacheReplicationGroup(
            *self.at(),
            replication_group_id=name,
            description=f"Celery's broker of {prefix}",
            engine="valkey",
            engine_version="8.0",
            node_type=node_type,
            num_cache_clusters=nodes,
            automatic_failover_enabled=nodes > 1,
            multi_az_enabled=nodes > 1,
            port=PORT,
            parameter_group_name=parameters.name,
            subnet_group_name=subnets.name,
            security_group_ids=[firewall.group_id],
            transit_encryption_enabled=True,
            at_rest_encryption_enabled="true",
            user_group_ids=[users.id],
            auto_minor_version_upgrade="true",
            apply_immediately=True,
        )
        host = cache.primary_endpoint_address
        url = f"rediss://{host}:{PORT}/0?ssl_cert_reqs=required&credential_provider=airflow_on_aws.celery.elasticache.IamToken"
        connect = connect_to_broker(
            cache.arn,
            celery.arn,
        )
        who = {"cache": name, "user": user}
        self.broker = Broker(
            firewall=firewall,
            requirements=Requirements(
                settings={**_urls(url), "AIRFLOW_ON_AWS_BROKER": json.dumps(who)}, statements=[connect]
            ),
        )


class Redis(ResourceGroup):
    """Redis as a service on ECS: with a password, without TLS, its files on EFS."""

    def __init__(self, scope: Scope, id: str, *, site: PlatformSite) -> None:
        super().__init__(scope, id)
        redis = StatefulService(
            scope, id, TaskSize(cpu=256, memory=512), server=REDIS, site=site, description="Of Celery's broker"
        )
        url = Secret(
            self,
            "url",
            name=f"{site.prefix}/broker-url",
            text=f"redis://:{redis.stored_password()}@{redis.host}:{PORT}/0",
            protected=site.protected,
            version=version_of(redis.host),
            description="Celery's broker, with its password",
        )
        self.broker = Broker(firewall=redis.firewall, requirements=Requirements(secrets=_urls(url.arn)))


def _urls(url: str) -> dict[str, str]:
    """Messages and results in one place: a worker then needs no metadata database."""
    return {variable("celery", key): url for key in ("broker_url", "result_backend")}
