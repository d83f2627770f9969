"""Terraform, and where it gets the AWS provider from."""

import fcntl
import json
import os
import platform
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modules.terraform import TERRAFORM_VERSION
from ops.errors import OpsError
from ops.paths import CACHE

MIRROR_VARIABLE = "AIRFLOW_ON_AWS_PROVIDER_MIRROR"
REGISTRY = "registry.terraform.io"
PROVIDER = f"{REGISTRY}/hashicorp/aws"
PROVIDER_VERSION = "5.100.0"
_OLDEST = tuple(int(part) for part in re.findall(r"\d+", TERRAFORM_VERSION))
_ADD_ONS = Path("/opt")  # https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03s13.html


def check_version() -> str:
    """The version of the Terraform on the PATH; raises OpsError where there is none or it is too old."""
    wanted = ".".join(str(part) for part in _OLDEST)
    found = shutil.which("terraform")
    if not found:
        raise OpsError(
            f"terraform is not on the PATH: install {wanted} or newer, https://developer.hashicorp.com/terraform/install"
        )
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    answer = subprocess.run([found, "version", "-json"], capture_output=True, text=True, env=environment, check=False)
    try:
        version = str(json.loads(answer.stdout)["terraform_version"])
    except (ValueError, KeyError, TypeError):
        raise OpsError(f"{found} does not answer `terraform version`: install {wanted} or newer") from None
    if tuple(int(part) for part in re.findall(r"\d+", version)[:3]) < _OLDEST:
        raise OpsError(
            f"terraform {version} at {found} is too old: install {wanted} or newer (secrets stay out of the state since then)"
        )
    return version


def provider_settings() -> dict[str, str]:
    """Return the environment variables with which Terraform finds the provider.

    A mirror is searched in the folder named by AIRFLOW_ON_AWS_PROVIDER_MIRROR, in the folders that Terraform itself
    implies, and in ``registry.terraform.io`` folders below /opt. Without one Terraform downloads from its registry. A
    provider that has to be unpacked is kept in a plugin cache, once for all stacks.
    Raises OpsError where the provider is available nowhere.
    """
    own_config = os.environ.get("TF_CLI_CONFIG_FILE") or os.environ.get("TERRAFORM_CONFIG")
    if own_config and Path(own_config).is_file() and MIRROR_VARIABLE not in os.environ:
        return {} if "provider_installation" in Path(own_config).read_text(errors="replace") else _plugin_cache()
    mirror = find_mirror()
    if mirror:
        unpacked = (mirror / PROVIDER / PROVIDER_VERSION / _machine()).is_dir()
        return {"TF_CLI_CONFIG_FILE": str(_write_config(mirror)), **({} if unpacked else _plugin_cache())}
    check_registry()
    return _plugin_cache()


def find_mirror() -> Path | None:
    """The folder of a filesystem mirror that has the provider for this machine."""
    named = os.environ.get(MIRROR_VARIABLE)
    if named:
        if not _holds_provider(Path(named)):
            raise OpsError(
                f"{MIRROR_VARIABLE}={named} has no {PROVIDER}/{PROVIDER_VERSION} for {_machine()}: fill it with `terraform providers mirror`, or unset it"
            )
        return Path(named)
    return next((folder for folder in (*_implied_mirrors(), *_add_on_mirrors()) if _holds_provider(folder)), None)


def check_registry() -> None:
    """Raises OpsError where Terraform's registry cannot be reached."""
    try:
        urllib.request.urlopen(f"https://{REGISTRY}/.well-known/terraform.json", timeout=10).close()
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise OpsError(
            f"the provider hashicorp/aws {PROVIDER_VERSION} is in no local mirror and {REGISTRY} cannot be reached ({reason}): "
            f"connect to the network, or set {MIRROR_VARIABLE} to a folder made by `terraform providers mirror`"
        ) from None


def _implied_mirrors() -> Iterator[Path]:
    # https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    yield Path("terraform.d/plugins")
    yield Path.home() / ".terraform.d/plugins"
    for data in (os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share", "/usr/local/share", "/usr/share"):
        yield Path(data) / "terraform/plugins"


def _add_on_mirrors() -> Iterator[Path]:
    for pattern in (REGISTRY, f"*/{REGISTRY}", f"*/*/{REGISTRY}"):
        yield from (folder.parent for folder in sorted(_ADD_ONS.glob(pattern)))


def _holds_provider(mirror: Path) -> bool:
    provider = mirror / PROVIDER
    unpacked = provider / PROVIDER_VERSION / _machine()
    packed = provider / f"terraform-provider-aws_{PROVIDER_VERSION}_{_machine()}.zip"
    return unpacked.is_dir() or packed.is_file()


def _machine() -> str:
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{architecture}"


def _write_config(mirror: Path) -> Path:
    file = CACHE / "terraform.tfrc"
    file.parent.mkdir(exist_ok=True)
    path = json.dumps(str(mirror.resolve()))
    aside = file.with_suffix(f".{os.getpid()}")
    aside.write_text(
        "# Written by ops/terraform/install.py.\n"
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = {path}\n    include = ["{PROVIDER}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{PROVIDER}"]\n  }}\n'
        "}\n"
    )
    aside.replace(file)
    return file


def _plugin_cache() -> dict[str, str]:
    folder = Path(os.environ.get("TF_PLUGIN_CACHE_DIR") or CACHE / "plugins")
    folder.mkdir(parents=True, exist_ok=True)
    # Without it Terraform trusts the cache only where a lock file has the provider, and a new stack has none.
    return {"TF_PLUGIN_CACHE_DIR": str(folder), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true"}


@contextmanager
def plugin_cache_lock() -> Iterator[None]:
    """Lets one `terraform init` at a time write to the plugin cache, over all commands of this checkout."""
    with (CACHE / "plugins.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
