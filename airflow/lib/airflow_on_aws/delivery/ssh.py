"""How git reaches a private repository: with the project's deploy key, and only a server whose key is known."""

import contextlib
import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

KNOWN_HOSTS = Path(__file__).parents[3] / "config" / "known_hosts"
MEMORY = Path("/dev/shm")  # noqa: S108 - a key is never written to a disk


@contextlib.contextmanager
def command(deploy_key: str, host_keys: Sequence[str]) -> Iterator[str]:
    """The value of GIT_SSH_COMMAND while it is entered; `deploy_key` names a secret. Raises SecretError.

    The key is in a file that nobody else may read, in memory, and gone afterwards: in no argument and no variable.
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
            from airflow_on_aws.secrets import secrets_manager

            # ssh refuses a key without a line end after it, which copying loses easily.
            text = secrets_manager.read(deploy_key).strip().replace("\r\n", "\n") + "\n"
            file = Path(folder) / "key"
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as key:
                key.write(text)
            options |= {"IdentityFile": str(file), "IdentitiesOnly": "yes", "IdentityAgent": "none"}
        # What is said here comes before what a person's own ~/.ssh/config says.
        yield shlex.join(["ssh", *(f"-o{name}={value}" for name, value in options.items())])
