"""Checks of this machine and of the configuration."""

from collections.abc import Callable

from rich.console import Console

from configuration.problems import ConfigError
from ops.branch.lifetimes import configured_lifetimes
from ops.errors import OpsError
from ops.stacks import selection
from ops.stacks.synthesis import check_node
from ops.terraform import install


def _node() -> str:
    check_node()
    return "found"


def _provider() -> str:
    mirror = install.find_mirror()
    if mirror:
        return f"{install.PROVIDER_VERSION} in {mirror}"
    install.check_registry()
    return f"{install.PROVIDER_VERSION} from {install.REGISTRY}"


def _configuration() -> str:
    return f"environments {', '.join(selection.environments())}"


def _lifetimes() -> str:
    past = [one for one in configured_lifetimes(selection.environments()) if one.past]
    if past:
        raise OpsError("\n".join(f"{one.environment} should be gone since {one.expires}: {one.remedy}" for one in past))
    return "no environment is past its last day"


CHECKS: dict[str, Callable[[], str]] = {
    "Node": _node,
    "Terraform": install.check_version,
    "AWS provider": _provider,
    "configuration": _configuration,
    "lifetimes": _lifetimes,
}


def report(console: Console) -> bool:
    """Prints a line for each check, and more where it fails; whether all passed."""
    passed = True
    for name, check in CHECKS.items():
        try:
            console.print(f"[green]ok[/green]    {name}: {check()}", highlight=False, soft_wrap=True)
        except (OpsError, ConfigError) as error:
            passed = False
            for line in str(error).splitlines():
                console.print(f"[red]wrong[/red] {name}: {line}", highlight=False, soft_wrap=True)
    return passed
