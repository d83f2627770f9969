"""`make demo` and `make down`: the environment ``local``, from nothing and back."""

import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from rich.console import Console

from configuration.environment import Environment
from configuration.image import delete_image
from local_aws import server
from ops.account import Account, account_of
from ops.airflow.api import HEALTH_COMPONENTS, POLL_SECONDS, Api
from ops.airflow.sign_in import environment_api
from ops.errors import OpsError
from ops.image import BASE_VARIABLE
from ops.image.builder import Builder
from ops.image.content import Content
from ops.image.push import Built, build_image, push_image
from ops.image.repository import Repository
from ops.paths import ENVIRONMENTS, LOCAL, ROOT
from ops.progress import ProgressDisplay
from ops.remote_state.bootstrap import prepare
from ops.remote_state.teardown import teardown
from ops.stacks import selection
from ops.stacks.show import deployed_stacks, print_table, runtime
from ops.stacks.synthesis import check_node
from ops.terminal import print_text
from ops.terraform import install
from ops.terraform.deployment import Deployment, run_stacks

Result = TypeVar("Result")
ENVIRONMENT = "local"
HEALTHY_WITHIN = 300.0  # seconds, from the end of the deploy
UNCHECKED = (
    "not shown by this: the local AWS enforces no IAM policy and no security group, and its load balancer's health checks "
    "are a patch of ours (docs/decisions/0004-local-aws.md)"
)
# Under which start of the emulator something was deployed; the emulator forgets everything when it stops.
_DEPLOYED = LOCAL / "deployed.json"


def demo(console: Console) -> None:
    """Deploys everything of ``local`` and shows it; a second run changes nothing and says so.

    With a container engine our image is built, pushed and run; without one there is the control plane only.
    """
    started = time.monotonic()
    delete_image(ENVIRONMENTS / ENVIRONMENT)  # the push records it again
    environment = _check()
    account = _stage(console, "local AWS", lambda: _start(environment, console))
    running = server.running(ROOT)
    image = _Image(environment, console) if running and running.containers else None
    _stage(console, "remote state", lambda: prepare(environment, account, console))
    if image:
        _stage(console, "image", lambda: image.push(account))
    # The backend stack only configures what is there already: the others need not wait for it.
    chosen = [selection.backend_ref(environment.platform), *selection.stacks_of(environment)]
    outcome = _stage(console, "deploy", lambda: run_stacks("deploy", chosen, console, only_changed=True))
    _remember()
    if image:
        _stage(console, "Airflow", lambda: _until_healthy(environment_api(environment, account), console))
    _stage(console, "what is there", lambda: print_table(environment, account, console))
    seconds = time.monotonic() - started
    print_text(
        console,
        f"{'Deployed' if outcome.changed else 'Nothing changed: everything was there already'} ({seconds:.0f} s).",
    )


def down(console: Console) -> None:
    """Destroys what demo() deployed, stops the local AWS, and removes the images that were built for it.

    The base image stays in the engine, and so does what the engine keeps to build faster.
    """
    delete_image(ENVIRONMENTS / ENVIRONMENT)
    environment = selection.environment(ENVIRONMENT)
    if server.running(ROOT) is None:
        _DEPLOYED.unlink(missing_ok=True)
        console.print("The local AWS is not running: nothing to take down.")
        return
    account = account_of(environment.platform)
    repository = Repository.find(environment, account)
    images = repository.tags() if repository else []
    if stacks := deployed_stacks(environment, account):
        names = ", ".join(stack.name for stack in stacks)
        _stage(console, f"destroying {names}", lambda: run_stacks("destroy", stacks, console))
    _stage(console, "destroying the remote state", lambda: teardown(environment, account, console))
    server.stop(ROOT)
    if images:
        _stage(console, "removing the image", lambda: Builder.connect().remove_images(images))
    _DEPLOYED.unlink(missing_ok=True)
    console.print("Everything is destroyed, and the local AWS is stopped.")


def _check() -> Environment:
    """Everything that can be missing, before anything is started."""
    check_node()
    install.check_version()
    install.provider_settings()
    return selection.environment(ENVIRONMENT)


def _until_healthy(api: Api, console: Console) -> None:
    """Waits until Airflow says so of every component; raises OpsError if it has not within HEALTHY_WITHIN."""
    until = time.monotonic() + HEALTHY_WITHIN
    with ProgressDisplay(console) as display:
        row = display.row("Airflow")
        while unwell := _unwell(api):
            if time.monotonic() > until:
                raise OpsError(
                    f"Airflow is deployed, but not well within {HEALTHY_WITHIN:.0f} s ({unwell}): look at "
                    f"`pipenv run ops explain {ENVIRONMENT}`, then run `make demo` again"
                )
            row.show(unwell)
            time.sleep(POLL_SECONDS)
    print_text(console, f"  healthy, says Airflow of itself: {', '.join(HEALTH_COMPONENTS)}")
    print_text(console, f"  {UNCHECKED}")


def _unwell(api: Api) -> str:
    """Return the components that are not healthy yet; empty if all are."""
    try:
        states = api.health()
    except OpsError as error:  # the load balancer has no target yet
        return str(error)
    return ", ".join(f"{name} {state}" for name, state in states.items() if state != "healthy")


def _start(environment: Environment, console: Console) -> Account:
    account = account_of(environment.platform, start=True)
    running = server.running(ROOT)
    if running and _remembered() not in (None, running.run_id):
        console.print("  The local AWS was restarted since the last deploy and has forgotten it: building it again.")
    if running:
        print_text(console, f"  {running.endpoint_url}, log in {LOCAL / 'aws' / 'emulator.log'}")
        print_text(console, f"  {runtime(environment)}")
    return account


def _remembered() -> str | None:
    try:
        return str(json.loads(_DEPLOYED.read_text())["run_id"])
    except (OSError, ValueError, KeyError):
        return None


def _remember() -> None:
    if running := server.running(ROOT):
        _DEPLOYED.write_text(json.dumps({"run_id": running.run_id}))


class _Image:
    """Image that is built while the first stages run: building needs no AWS."""

    def __init__(self, environment: Environment, console: Console) -> None:
        self._environment = environment
        self._content = Content.of(environment, os.environ.get(BASE_VARIABLE))
        self._console = console
        self._display = ProgressDisplay(console)
        self._row = self._display.row("image")
        self._built: Future[Built] = Future()
        # An interrupted demo does not wait for it, and the engine stops building when we are gone.
        threading.Thread(target=self._build, daemon=True).start()

    def _build(self) -> None:
        try:
            self._built.set_result(build_image(self._content, self._row))
        except BaseException as error:
            self._built.set_exception(error)

    def push(self, account: Account) -> None:
        """Pushes it once it is built, and makes its repository meanwhile."""
        with self._display:
            pushed = push_image(self._environment, account, self._content, self._row, self._built.result)
        print_text(self._console, f"  {pushed}")


def _stage(console: Console, title: str, work: Callable[[], Result]) -> Result:
    """Says what is being done, and then how long it took."""
    console.print(f"[bold]{title}[/bold]", highlight=False)
    started = time.monotonic()
    result = work()
    took = result if isinstance(result, Deployment) else f"{time.monotonic() - started:.0f} s"
    print_text(console, f"  {took}")
    return result
