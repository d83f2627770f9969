"""SSH access to private repositories: with the project's deploy key, and only to servers with a known host key."""

import contextlib
import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

KNOWN_HOSTS = Path(__file__).parents[3] / "config" / "known_hosts"
MEMORY = Path("/dev/shm")  # noqa: S108 - a key is never written to a disk


@contextlib.contextmanager
def ssh_command(deploy_key: str, host_keys: Sequence[str]) -> Iterator[str]:
    """Provide the value of GIT_SSH_COMMAND; `deploy_key` names a secret. Raises SecretError.

    The key is in a file in memory with mode 0600, deleted at the end, and never in an argument or a variable.
    """
    with tempfile.TemporaryDirectory(prefix="git-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        hosts = Path(folder) / "known_hosts"
        hosts.write_text("\n".join([KNOWN_HOSTS.read_text(), *host_keys, ""]))
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "15",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": f"{hosts} ~/.ssh/known_hosts",
        }
        if deploy_key:
            from airflow_on_aws.secrets.secrets_manager import read_secret

            # ssh rejects a key without a newline at its end, which is easily lost when a key is copied.
            text = read_secret(deploy_key).strip().replace("\r\n", "\n") + "\n"
            file = Path(folder) / "key"
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as key:
                key.write(text)
            options |= {"IdentityFile": str(file), "IdentitiesOnly": "yes", "IdentityAgent": "none"}
        # Options of the command line take precedence over ~/.ssh/config.
        yield shlex.join(["ssh", *(f"-o{name}={value}" for name, value in options.items())])
