"""A Redis server on this machine."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from runs import eventually

from tests.programs import program


@dataclass
class Broker:
    """A Redis whose data survive a restart, as with replication."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, **options: Any) -> Any:
        return redis.Redis(port=self.port, **options)

    def start(self) -> None:
        server = program("redis-server", "redis-server")
        where = ["--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "", "--appendonly", "yes"]
        port = [] if "--tls-port" in self.options else ["--port", str(self.port)]
        with (self.folder / "redis.log").open("ab") as output:
            self.process = subprocess.Popen([server, *port, *where, *self.options], stdout=output, stderr=output)

        def ready() -> bool | None:
            return b"Ready to accept connections" in (self.folder / "redis.log").read_bytes() or None

        eventually(ready, "Redis", 10)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        (self.folder / "redis.log").unlink(missing_ok=True)
