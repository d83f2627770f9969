"""The configuration of a platform in which every value occurs nowhere else; placeholders.py maps them to templates."""

from ipaddress import IPv4Network
from typing import Any

from module_export.project import ACCOUNT
from modules.config import Config, TaskSize
from modules.platform import components
from modules.platform.celery import CeleryConfig, WorkersConfig
from modules.platform.cluster import LogsConfig
from modules.platform.config import AirflowConfig, PlatformConfig
from modules.platform.database import DatabaseConfig
from modules.platform.entry import EntryConfig
from modules.platform.network import ExistingVpcConfig, NetworkConfig, OwnVpcConfig
from modules.platform.registry import ImageConfig
from modules.platform.sign_in import SignInConfig
from modules.settings import variable


def _unchecked(kind: type[Config], **values: Any) -> Any:
    # Placeholders are values that validation refuses, such as sizes that Fargate does not offer.
    return kind.model_construct(**values)


CIDR, OUTSIDE = IPv4Network("10.233.0.0/16"), IPv4Network("10.99.0.0/24")
# One zone and one subnet of a kind: what each of them gets is repeated in the module.
OWN_VPC = _unchecked(
    OwnVpcConfig,
    cidr=CIDR,
    zones=(f"{ACCOUNT.region}z",),
    public_subnets=(IPv4Network("10.233.1.0/24"),),
    private_subnets=(IPv4Network("10.233.11.0/24"),),
)
EXISTING_VPC = _unchecked(
    ExistingVpcConfig,
    vpc_id="vpc-0fade",
    cidr=CIDR,
    public_subnet_ids=("subnet-0f1",),
    private_subnet_ids=("subnet-0e1",),
)
SIGN_IN = _unchecked(
    SignInConfig,
    provider="qzprovider",
    client_id="qzclient",
    client_secret_arn="qzsecret",  # noqa: S106 - an ARN's place
    issuer="qzissuer",
    allowed_domains=("qzdomain",),
    default_role="qzrole",
    groups_claim="qzclaim",
    group_roles={"qzgroup": ("qzrole",)},
)
CERTIFICATE = "qzcertificate"
DIGEST = f"sha256:{'7' * 64}"
SETTING = ("qzsection", "qzkey", "qzsetting")
SETTING_VARIABLE = variable(*SETTING[:2])


def _numbers(kind: type[Config], first: int, fields: tuple[str, ...]) -> Any:
    return _unchecked(kind, **{field: first + at for at, field in enumerate(fields)})


_SIZE, _COUNTED = ("cpu", "memory"), ("cpu", "memory", "count")
_SCALED = (*_SIZE, "min_count", "max_count", "cpu_target")
_WORKED = (*_SIZE, "concurrency", "min_count", "max_count", "idle_seconds")
# By the prefix of their variables.
SIZES: dict[str, Any] = {
    "api_server": _numbers(components.ApiServerConfig, 770100, _SCALED),
    "scheduler": _numbers(components.SchedulerConfig, 770200, _COUNTED),
    "dag_processor": _numbers(components.DagProcessorConfig, 770300, _COUNTED),
    "triggerer": _numbers(components.ComponentConfig, 770400, _COUNTED),
    "worker": _numbers(WorkersConfig, 770500, _WORKED),
    "task": _numbers(TaskSize, 770600, _SIZE),
}
CONFIG: PlatformConfig = _unchecked(
    PlatformConfig,
    **dict(ACCOUNT),
    network=_unchecked(NetworkConfig, vpc=OWN_VPC),
    entry=_unchecked(EntryConfig, allowed_cidrs=(OUTSIDE,), certificate_arn=CERTIFICATE, domain="qz.example.org"),
    database=_unchecked(
        DatabaseConfig,
        engine_version="15.55",
        instance_class="db.qz.mark",
        storage_gb=770701,
        max_storage_gb=770702,
        multi_az=False,
        backup_retention_days=770703,
        performance_insights=False,
    ),
    image=_unchecked(ImageConfig, version="3.77.77", digest=DIGEST, keep=770801),
    airflow=_unchecked(
        AirflowConfig, executor="celery,ecs", task=SIZES["task"], settings={SETTING[0]: {SETTING[1]: SETTING[2]}}
    ),
    celery=_unchecked(CeleryConfig, node_type="cache.qz.mark", nodes=770901, workers=SIZES["worker"]),
    components=_unchecked(
        components.ComponentsConfig,
        **{name: size for name, size in SIZES.items() if name in components.ComponentsConfig.model_fields},
    ),
    logs=_unchecked(LogsConfig, component_days=770802, task_days=770803),
    protected=False,
)
