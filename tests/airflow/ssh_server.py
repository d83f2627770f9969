"""An SSH server on loopback that serves git repositories to holders of a key, as GitHub does."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from company import free_port


@dataclass(frozen=True)
class SshServer:
    """The server accepts `key` and rejects `other_key`."""

    port: int
    key: Path
    other_key: Path
    host_key: str
    user: str
    log: Path

    def url(self, repository: Path) -> str:
        """Return the URL for a registry."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}{repository}"


@contextmanager
def ssh_server(sshd: str, folder: Path) -> Iterator[SshServer]:
    """Run the server; `folder` is in /dev/shm or accessible to other users, because sshd checks its owner."""
    folder.chmod(0o755)
    keys = {name: folder / name for name in ("host", "deploy", "other")}
    for file in keys.values():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    (folder / "authorized").write_text(keys["deploy"].with_suffix(".pub").read_text())
    port, log = free_port(), folder / "log"
    settings = {
        "ListenAddress": "127.0.0.1", "Port": port, "HostKey": keys["host"], "PidFile": "none", "UsePAM": "no",
        "AuthorizedKeysFile": folder / "authorized", "PasswordAuthentication": "no", "StrictModes": "no",
        "PermitRootLogin": "prohibit-password",
    }  # fmt: skip
    (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.geteuid() == 0:  # privilege separation folder of sshd
        Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([sshd, "-D", "-f", folder / "config", "-E", log])
    try:
        until = time.monotonic() + 30
        while not (log.exists() and "Server listening" in log.read_text()):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, "sshd does not start"
            time.sleep(0.05)
        kind, public, *_ = keys["host"].with_suffix(".pub").read_text().split()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        yield SshServer(port, keys["deploy"], keys["other"], f"[127.0.0.1]:{port} {kind} {public}", user, log)
    finally:
        server.terminate()
        server.wait()
