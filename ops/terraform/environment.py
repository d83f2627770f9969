"""Environment variables of Terraform and of the synthesis."""

import os
from collections.abc import Mapping
from pathlib import Path

from ops.paths import ROOT

BIN = ROOT / ".venv" / "bin"
# These would make runs share a working folder, or change the state keys.
_OURS = ("TF_DATA_DIR", "TF_WORKSPACE")


def environment_of(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child process: the operator's variables, updated by ``variables``."""
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    if "AWS_ENDPOINT_URL" in variables:
        # No setting of a real account may reach a command for the local AWS.
        kept = {name: value for name, value in kept.items() if not name.startswith("AWS_")}
    if not Path(kept.get("TF_CLI_CONFIG_FILE", os.devnull)).exists():
        del kept["TF_CLI_CONFIG_FILE"]  # Terraform would warn of it at every step
    # Without it the first `init` of any stack takes the provider out of a shared plugin cache and installs it again, while
    # other processes run it: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    kept.setdefault("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1")
    path = os.pathsep.join([str(BIN), kept.get("PATH", os.defpath)])
    return {**kept, **variables, "PATH": path, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
