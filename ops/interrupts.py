"""Signals that ask a command to stop, passed on to the Terraform processes that it runs."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

# Time in seconds that Terraform gets after the second signal to exit by itself, before it is killed.
KILL_AFTER = 5.0
STOPPING = (
    "Stopping: Terraform finishes the current resource, saves the state and releases the lock. A second Ctrl-C kills it; "
    "the state may then miss resources."
)
KILLING = "Killing Terraform: the state may miss resources, and its lock may stay (docs/how-to/state.md)."


class Interrupted(Exception):  # noqa: N818 - not an error
    """A signal asked the command to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.exit_code = 128 + number


class Interrupts:
    """Handler of SIGINT, SIGTERM, SIGHUP and of a closed output while a command runs.

    The first signal is forwarded once to every Terraform, which then finishes gracefully, and no more are started; the second
    signal kills them. Outside deferred() it also raises Interrupted in the main thread.
    """

    def __init__(self, report: Callable[[str], None] = lambda text: None) -> None:
        self.report = report
        """Prints a message to the operator."""
        self._running: set[subprocess.Popen[bytes]] = set()
        # A signal may arrive in the main thread while that holds the lock.
        self._guard = threading.RLock()
        self._deferred = False
        self.received: int | None = None
        self._second = False
        self._abort: Callable[[], None] = lambda: None

    @contextmanager
    def handled(self) -> Iterator["Interrupts"]:
        """Install the handlers; only the main thread may do that."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it on purpose
            numbers.append(signal.SIGHUP)

        def handle(number: int, _: FrameType | None) -> None:
            self.receive(number)

        before = {number: signal.signal(number, handle) for number in numbers}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Do not raise on a signal; the caller waits for the processes and checks `received`."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    @contextmanager
    def during_prompt(self, abort: Callable[[], None]) -> Iterator[None]:
        """Call ``abort`` on the first signal, so that a prompt ends."""
        self._abort = abort
        try:
            yield
        finally:
            self._abort = lambda: None

    def check(self) -> None:
        """Raise Interrupted after a signal."""
        if self.received is not None:
            raise Interrupted(self.received)

    def output_closed(self) -> None:
        """Stop as after a first signal: the reader of the output is gone, such as a closed terminal or `| head`."""
        with self._guard:
            if self.received is not None:
                return
            if self._deferred or threading.current_thread() is threading.main_thread():
                self._stop(signal.SIGPIPE)
            else:
                self.received = signal.SIGPIPE

    @contextmanager
    def process(
        self, command: Sequence[str], folder: os.PathLike[str], environment: Mapping[str, str], output: IO[bytes]
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a process that writes to a file, and wait for it at the end; raise Interrupted after a signal.

        The process has its own session, so neither Ctrl-C nor a hang-up of the terminal reaches it directly. It writes to a
        file, because a pipe would break if this process were killed.
        """
        with self._guard:
            self.check()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
        try:
            yield process
            process.wait()
        except BaseException:  # such as a full disk: let Terraform finish gracefully
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            process.wait()
            raise
        finally:
            with self._guard:
                self._running.discard(process)

    def receive(self, number: int) -> None:
        """Handle a signal, or a Ctrl-C that a prompt read as a key."""
        with self._guard:
            if self.received is None:
                self._stop(number)
            else:
                self._kill()

    def _stop(self, number: int) -> None:
        self.received = number
        for process in self._running:
            process.send_signal(signal.SIGINT)
        if self._running:
            self.report(STOPPING)
        self._abort()
        if not self._deferred:
            raise Interrupted(number)

    def _kill(self) -> None:
        if not self._second:
            self._second = True
            self.report(KILLING)
            for process in self._running:
                process.send_signal(signal.SIGINT)  # Terraform then exits at once, by its own means
            threading.Timer(KILL_AFTER, self._kill_groups).start()
        else:
            self._kill_groups()

    def _kill_groups(self) -> None:
        with self._guard:
            for process in self._running:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


INTERRUPTS = Interrupts()
"""The handler of this process."""
