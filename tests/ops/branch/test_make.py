from datetime import date
from ipaddress import IPv4Network
from pathlib import Path
from typing import get_args

import pytest

from configuration.problems import ConfigError
from configuration.tfvars import read
from modules.platform.config import PlatformConfig
from ops.branch import Engine, make
from ops.errors import OpsError
from ops.stacks import selection
from tests.configuration.files import PLATFORM, moved, write

DAY = date(2027, 1, 31)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(selection, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(make, "ENVIRONMENTS", tmp_path)
    write(tmp_path, {"dev/platform.tfvars": PLATFORM})
    return tmp_path


def made(root: Path, more: str = "", engine: Engine = "postgres") -> PlatformConfig:
    write(root, {"dev/platform.tfvars": PLATFORM + more})
    return make.create_branch("one", "dev", engine, DAY).platform


@pytest.mark.parametrize("engine", get_args(Engine))
def test_a_branch_is_small_has_no_nat_and_is_not_protected(root: Path, engine: Engine) -> None:
    platform = made(root, engine=engine)
    assert platform.expires == DAY
    assert platform.protected is False
    assert platform.network.vpc
    assert (platform.network.vpc.nat, len(platform.network.vpc.zones)) == ("none", 2)
    assert platform.database.container
    assert platform.database.container.engine == engine
    sizes = platform.components
    counts = (sizes.api_server.min_count, sizes.scheduler.count, sizes.dag_processor.count, sizes.triggerer.count)
    assert counts == (1, 1, 1, 1)


def test_account_specific_values_are_copied_from_the_source(root: Path) -> None:
    more = 'tags = { CostCenter = "47 \\"11\\"" }\naws_profile = "dev-admin"\nimage = { version = "3.3.1" }\n'
    platform, source = made(root, more), selection.environment("dev").platform
    for field in ("account_id", "region", "owner", "tags", "aws_profile", "local_aws"):
        assert getattr(platform, field) == getattr(source, field)
    assert platform.entry.allowed_cidrs == source.entry.allowed_cidrs
    assert platform.image.version == "3.3.1"


def test_a_branch_of_an_environment_in_an_existing_vpc_has_a_new_vpc(root: Path) -> None:
    vpc = """existing_vpc = {
    vpc_id = "vpc-0a"
    cidr   = "10.20.0.0/16"
    public_subnet_ids  = ["subnet-0a", "subnet-0b"]
    private_subnet_ids = ["subnet-0c", "subnet-0d"]
  }
}"""
    head, _, rest = PLATFORM.partition("vpc = {")
    write(root, {"dev/platform.tfvars": head + vpc + rest.partition("}\n}")[2]})
    network = make.create_branch("one", "dev", "postgres", DAY).platform.network
    assert network.vpc
    assert network.vpc.zones == ("us-east-1a", "us-east-1b")


def test_each_branch_has_a_different_address_range(root: Path) -> None:
    ranges = [
        make.create_branch(name, "dev", "postgres", DAY).platform.network.cidr for name in ("one", "two", "three")
    ]
    assert ranges == [IPv4Network(f"10.64.{third}.0/20") for third in (0, 16, 32)]


def test_an_account_without_a_free_range_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"all/platform.tfvars": PLATFORM.replace("10.20.0.0/16", "10.64.0.0/16")})
    environments = selection.environments()
    taken = [environments["dev"], environments["all"]]
    assert make.free_range(environments["dev"], taken) == IPv4Network("10.65.0.0/20")
    monkeypatch.setattr(make, "ADDRESS_POOL", IPv4Network("10.64.0.0/18"))
    with pytest.raises(OpsError, match=r"leave no range in 10\.64\.0\.0/18 free"):
        make.free_range(environments["dev"], taken)


def test_another_account_may_have_the_same_range(root: Path) -> None:
    write(root, {"far/platform.tfvars": moved(PLATFORM, 64, "333333333333")})
    assert made(root).network.cidr == IPv4Network("10.64.0.0/20")


@pytest.mark.parametrize("name", ["One", "a_b", "-a", "../dev", ""])
def test_an_illegal_name_is_refused_and_nothing_is_left(root: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is not a valid name for an environment"):
        make.create_branch(name, "dev", "postgres", DAY)
    assert [path.name for path in root.iterdir()] == ["dev"]


@pytest.mark.parametrize(("length", "allowed"), [(11, True), (12, False)])
def test_a_name_over_the_limits_of_aws_is_refused_and_nothing_is_left(root: Path, length: int, allowed: bool) -> None:
    name = "a" * length
    if allowed:
        make.create_branch(name, "dev", "postgres", DAY)
    else:
        with pytest.raises(OpsError, match=r"branch 'a+': load balancer .* AWS allows 32: shorten .* by 1$"):
            make.create_branch(name, "dev", "postgres", DAY)
    assert (root / f"branch-{name}").exists() is allowed


def test_a_taken_name_is_refused_and_its_folder_is_not_changed(root: Path) -> None:
    make.create_branch("one", "dev", "postgres", DAY)
    with pytest.raises(OpsError, match="already exists: choose another name"):
        make.create_branch("one", "dev", "mysql", DAY)
    platform, _ = read(root / "branch-one/platform.tfvars", PlatformConfig)
    assert platform.database.container
    assert platform.database.container.engine == "postgres"
