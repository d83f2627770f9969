"""`cdktf` as everybody knows it, with what it needs checked first and set.

The verbs and flags are those of cdktf-cli, which does the work. Added are: one line for each thing that is missing,
before anything is started; the provider from a local mirror where there is one; for each environment the account it
is in, so that one command can deploy to the local AWS and to an account of AWS; after a deploy that failed, the last
words of the tasks that did.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from configuration.problems import ConfigError
from local_aws import disk
from local_aws.errors import LocalAwsError, report_error
from ops.account import Account, account_of
from ops.errors import OpsError
from ops.paths import ROOT, STACKS
from ops.stacks import selection
from ops.stacks.states import check_digests
from ops.terraform import install

BIN = ROOT / ".venv" / "bin"
CLI = ROOT / "node_modules" / ".bin" / "cdktf"
# What talks to AWS; `diff` and `plan` are the same verb, as are `deploy` and `apply`.
_CHANGING = {"deploy", "apply"}
DEPLOYING = {"deploy", "apply", "destroy", "diff", "plan", "output"}
SYNTHESISING = {"synth", "synthesize", "list", "ls"}
COLOURED = DEPLOYING - {"output"}
ONE_AT_A_TIME = {"diff", "plan"}
# Flags that take the word after them; every other word is the name of a stack.
_WITH_VALUE = {
    "--app", "-a", "--output", "-o", "--log-level", "--parallelism", "--terraform-parallelism", "--outputs-file",
    "--var", "--var-file",
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one `cdktf` command; its exit code is the command's."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return run(arguments)
    except (ConfigError, OpsError, LocalAwsError, OSError) as error:
        return report_error(error)
    except KeyboardInterrupt:
        return 130


def run(arguments: Sequence[str]) -> int:
    """Checks what the verb needs, then runs it; raises before anything is touched."""
    check_node()
    verb = next((word for word in arguments if not word.startswith("-")), "")
    if verb not in DEPLOYING | SYNTHESISING or {"--help", "-h"} & set(arguments):
        return _call(arguments, {})
    named = names(arguments)
    # What is synthesised is read whole, so that every mistake is told at once; a deploy reads what it deploys.
    known = selection.environments(named if verb in DEPLOYING else ())
    if verb in SYNTHESISING:
        return _call(arguments, {})
    chosen = selection.matching(named, selection.places(known))
    install.check_version()
    provider, mirrored = install.provider_settings()
    flags = [word for word in arguments if word not in named]
    if mirrored:
        # Its checksums for other machines are only in the registry.
        flags.append("--skip-provider-lock")
    if verb in COLOURED and plain() and "--no-color" not in flags:
        flags.append("--no-color")
    if not chosen:
        return _call(arguments, provider)
    groups: dict[tuple[str, str], list[selection.StackPlace]] = {}
    for stack in chosen:
        groups.setdefault((stack.account.account_id, stack.account.region), []).append(stack)
    accounts = {key: ready(group) for key, group in groups.items()}
    started = datetime.now(UTC)
    for key, group in groups.items():
        members = [stack.name for stack in group]
        # Only these are synthesised: cdktf-cli refuses to run a stack without all that it builds on, if it knows them.
        variables = {**provider, **accounts[key].variables, "AIRFLOW_ON_AWS_STACKS": " ".join(members)}
        for call in [[name] for name in members] if verb in ONE_AT_A_TIME else [members]:
            if code := _call([*flags, *call], variables):
                if disk.full():
                    raise OpsError(f"cdktf {verb} ended with {code}")
                if verb in _CHANGING:
                    clusters = [one.prefix for one in known.values() if one.platform_id.name in members]
                    _explain(accounts[key], clusters, started)
                return code
    return 0


def names(arguments: Sequence[str]) -> list[str]:
    """The stacks, or patterns of them, that a command line names."""
    found: list[str] = []
    verb_seen = value_follows = False
    for word in arguments:
        if value_follows or word.startswith("-"):
            value_follows = not value_follows and word in _WITH_VALUE
        elif not verb_seen:
            verb_seen = True
        else:
            found.append(word)
    return found


def plain() -> bool:
    """Whether the output is to have no escape sequences: it goes to no terminal, or the user wants none.

    NO_COLOR and FORCE_COLOR as https://no-color.org and https://force-color.org have them.
    """
    if os.environ.get("NO_COLOR"):
        return True
    return not sys.stdout.isatty() and not os.environ.get("FORCE_COLOR")


def check_node() -> None:
    """Raises OpsError unless Node and the pinned cdktf-cli are there."""
    if not (BIN / "node").exists() and not shutil.which("node"):
        raise OpsError("Node is missing: run `make install`, which brings it along, or install Node 22")
    if not CLI.exists():
        raise OpsError("cdktf-cli is missing from node_modules: run `make install`")


def environment_of(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment for cdktf-cli and what it starts."""
    kept = dict(os.environ)
    if "AWS_ENDPOINT_URL" in variables:
        # Nothing of a real account may reach a command that is meant for the local one.
        kept = {name: value for name, value in kept.items() if not name.startswith("AWS_")}
    if not Path(kept.get("TF_CLI_CONFIG_FILE", os.devnull)).exists():
        del kept["TF_CLI_CONFIG_FILE"]  # Terraform would warn of it at every step
    if not sys.stdout.isatty():
        kept["CI"] = "true"  # lines instead of pictures that move
    # The plugin cache that cdktf-cli shares between all projects of a person. Without this, the first `init` of any
    # stack takes the provider out of it and puts it in anew, while others run it:
    # https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    kept.setdefault("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1")
    path = os.pathsep.join([str(BIN), kept.get("PATH", os.defpath)])
    return {**kept, **variables, "PATH": path, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def ready(group: Sequence[selection.StackPlace]) -> Account:
    """The account of these stacks; raises OpsError unless they can be deployed there."""
    config = group[0].account
    account = account_of(config)
    account.check()
    if not account.has_state_bucket(group[0].state_key):
        raise OpsError(
            f"the remote state of account {config.account_id} in {config.region} does not exist yet: "
            "run `pipenv run ops bootstrap <environment>`"
        )
    check_digests(account, [stack.state_key for stack in group])
    return account


def _explain(account: Account, clusters: Sequence[str], since: datetime) -> None:
    from ops.stacks import explain  # only now: it prints with rich, which takes a while to import
    from ops.terminal import console

    for cluster in clusters:
        explain.after(account, cluster, since, console(stderr=True))


def _call(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    install.forget_half_written(STACKS)
    command = [str(CLI), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment_of(variables), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
