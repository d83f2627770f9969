"""Base class of every configuration model, and the field types that several modules use.

The package ``configuration`` reads the values from tfvars files. Validation needs no network and no credentials.
"""

from ipaddress import IPv4Network
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Config(BaseModel):
    """Immutable configuration. Unknown keys are errors, and values of another type are not converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is listed twice; list each once")
    return values


def _network(value: IPv4Network) -> IPv4Network:
    if value.is_loopback or value.is_multicast or value.is_link_local:
        raise ValueError('not a range that AWS accepts; use a private one, such as "10.20.0.0/16"')
    return value


def _no_secret_tags(tags: dict[str, str]) -> dict[str, str]:
    for key, value in tags.items():
        # https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise ValueError(
                f"tag {key[:40]!r}: AWS allows keys of 1 to 128 and values of up to 256 characters; shorten it"
            )
        if key.lower().startswith("aws:"):
            raise ValueError(f'tag {key!r}: AWS reserves the prefix "aws:"; choose another key')
    return tags


Cidr = Annotated[IPv4Network, AfterValidator(_network), Field(examples=["10.20.0.0/16"])]
AccountId = Annotated[str, Field(pattern=r"^\d{12}$", examples=["111111111111"])]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+){1,2}-\d$", examples=["us-east-1"])]
Zones = Annotated[
    tuple[str, ...], Field(min_length=2, max_length=3, examples=[["us-east-1a", "us-east-1b"]]), AfterValidator(_unique)
]
Tags = Annotated[dict[str, str], Field(max_length=40), AfterValidator(_no_secret_tags)]
InstanceClass = Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$", examples=["db.t4g.medium"])]
Owner = Annotated[str, Field(min_length=1, max_length=256, examples=["data-team@example.org"])]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
Cpu = Literal[256, 512, 1024, 2048, 4096, 8192, 16384]

# CPU units: (minimum, maximum, step) of memory in MiB.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
FARGATE_MEMORY: dict[int, tuple[int, int, int]] = {
    256: (512, 2048, 512),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
assert set(FARGATE_MEMORY) == set(get_args(Cpu))  # noqa: S101 - two spellings of one table


class TaskSize(Config):
    """Size of a Fargate task: ``cpu`` in units of 1/1024 vCPU, ``memory`` in MiB."""

    cpu: Cpu = 512
    memory: int = 1024
    spot: bool = False
    """Run on Fargate Spot: about a third of the price, but AWS may stop the task with two minutes' notice."""

    @model_validator(mode="after")
    def _fargate_offers_it(self) -> "TaskSize":
        least, most, step = FARGATE_MEMORY[self.cpu]
        # 256 units are offered with 512, 1024 and 2048 MiB, not with 1536.
        allowed = [512, 1024, 2048] if self.cpu == 256 else list(range(least, most + 1, step))
        if self.memory not in allowed:
            raise ValueError(
                f"Fargate has no {self.cpu} CPU units with {self.memory} MiB; "
                f"memory must be {least} to {most} in steps of {step}" + (" (not 1536)" if self.cpu == 256 else "")
            )
        return self
