"""Refuses what a DAG file must not do while it is only imported: network, databases, programs, writing files."""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.spawn"}
FILES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What Python cannot see because it happens in C, and what asks Airflow's API.
CALLS = (
    ("psycopg2", "connect", "connects to a database"),
    ("airflow.sdk", "Variable.get", "reads an Airflow variable"),
    ("airflow.sdk", "Connection.get", "reads an Airflow connection"),
    ("airflow.models", "Variable.get", "reads an Airflow variable"),
)


class RefusedError(RuntimeError):
    """Raised in the file that is imported."""


class Guard:
    """While it is entered, what a file does is noted in `seen` as (line, what), and refused. Of use once in a process."""

    def __init__(self, file: str, *, own: Path) -> None:
        self.file, self.own = file, str(own)
        self.seen: list[tuple[int, str]] = []
        self.on = False

    def __enter__(self) -> Self:
        for module, name, what in CALLS:
            with contextlib.suppress(ImportError):
                self._replace(importlib.import_module(module), name, what)
        sys.addaudithook(self._hook)  # there is no way to take it away again
        self.on = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.on = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in NETWORK:
            self._refuse("asks the network", None)
        elif event == "sqlite3.connect":
            self._refuse("connects to a database", None)
        elif event in PROGRAMS:
            self._refuse("starts a program", sys._getframe(1))
        elif event in FILES or (event == "open" and _writes(*arguments)):
            self._refuse(f"writes {arguments[0]}", sys._getframe(1))

    def _refuse(self, what: str, frame: FrameType | None) -> None:
        """`frame`, where libraries may do the same while they are imported: they are not the file's fault."""
        line = self._line(frame)
        if line is None:
            return
        self.on = False  # to say so may write, too
        if (line, what) not in self.seen:
            self.seen.append((line, what))
        self.on = True
        raise RefusedError(f"{what} while it is imported")

    def _line(self, lenient_from: FrameType | None) -> int | None:
        """The line of the file that is at it, or None if it is not the file, or a library that it imports."""
        frame, lenient, mine = lenient_from or sys._getframe(1), lenient_from is not None, False
        while frame:
            name = frame.f_code.co_filename
            mine = mine or (name.startswith(self.own) and "site-packages" not in name)
            if lenient and not mine and name.startswith("<frozen importlib"):
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
        setattr(owner, attribute, self._refusing(original, what))

    def _refusing(self, original: Callable[..., Any], what: str) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            if self.on:
                self._refuse(what, None)
            return original(*arguments, **keywords)

        return call


def _writes(path: Any, mode: Any, flags: Any) -> bool:
    return path != os.devnull and isinstance(flags, int) and bool(flags & WRITING)
