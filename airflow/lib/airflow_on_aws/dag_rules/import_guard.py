"""Refuses what a DAG file must not do at import: use the network or databases, start programs, write files."""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Self

NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.spawn"}
FILES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Functions without audit event: they work in C, or call Airflow's API.
CALLS = (
    ("psycopg2", "connect", "connects to a database"),
    ("airflow.sdk", "Variable.get", "reads an Airflow variable"),
    ("airflow.sdk", "Connection.get", "reads an Airflow connection"),
    ("airflow.models", "Variable.get", "reads an Airflow variable"),
)


class RefusedError(RuntimeError):
    """Raised inside the file that is imported."""


class ImportGuard:
    """Context manager that refuses such operations and records them in `refused` as (line, what). Usable once per process."""

    def __init__(self, file: str, *, project_folder: Path) -> None:
        self.file, self.project_folder = file, str(project_folder)
        self.refused: list[tuple[int, str]] = []
        self.enabled = False

    def __enter__(self) -> Self:
        for module, name, what in CALLS:
            with contextlib.suppress(ImportError):
                self._replace(importlib.import_module(module), name, what)
        sys.addaudithook(self._audit)  # Python offers no way to remove it
        self.enabled = True
        return self

    def __exit__(self, *error: object) -> None:
        self.enabled = False

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.enabled:
            return
        if event in NETWORK:
            self._refuse("uses the network", None)
        elif event == "sqlite3.connect":
            self._refuse("connects to a database", None)
        elif event in PROGRAMS:
            self._refuse("starts a program", sys._getframe(1))
        elif event in FILES or (event == "open" and _opens_for_writing(*arguments)):
            self._refuse(f"writes {arguments[0]}", sys._getframe(1))

    def _refuse(self, what: str, frame: FrameType | None) -> None:
        """Record the operation and raise RefusedError if the file is responsible for it.

        `frame` is set for operations that a library may do when the file imports it; they are allowed.
        """
        line = self._responsible_line(frame)
        if line is None:
            return
        self.enabled = False  # the next lines may cause events too
        if (line, what) not in self.refused:
            self.refused.append((line, what))
        self.enabled = True
        raise RefusedError(f"{what} at import")

    def _responsible_line(self, lenient_from: FrameType | None) -> int | None:
        """Return the file's line on the call stack; None if there is none, or if a library does it at import."""
        frame, lenient, in_project = lenient_from or sys._getframe(1), lenient_from is not None, False
        while frame:
            name = frame.f_code.co_filename
            in_project = in_project or (name.startswith(self.project_folder) and "site-packages" not in name)
            if lenient and not in_project and name.startswith("<frozen importlib"):
                return None
            if name == self.file:
                return frame.f_lineno
            if frame.f_back is None:
                return None
            frame = frame.f_back
        return None

    def _replace(self, module: Any, name: str, what: str) -> None:
        holder, _, attribute = name.rpartition(".")
        owner = getattr(module, holder) if holder else module
        original = getattr(owner, attribute)
        setattr(owner, attribute, self._guarded(original, what))

    def _guarded(self, original: Callable[..., Any], what: str) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            if self.enabled:
                self._refuse(what, None)
            return original(*arguments, **keywords)

        return call


def _opens_for_writing(path: Any, mode: Any, flags: Any) -> bool:
    return path != os.devnull and isinstance(flags, int) and bool(flags & WRITE_FLAGS)
