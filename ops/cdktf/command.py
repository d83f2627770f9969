"""The verbs of cdktf, with its words, flags and exit codes, run by the engine of ops/terraform.

Every other verb is passed to cdktf-cli. For each environment the account that it is in is used, so that one command can
deploy to the local AWS and to an account of AWS.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ops.cdktf.flags import Flags, options
from ops.entry import run_command
from ops.errors import OpsError
from ops.paths import ROOT
from ops.terminal import console, error, print_text

if TYPE_CHECKING:
    from ops.stacks.selection import StackRef
    from ops.terraform.result import Result, Verb

CLI = ROOT / "node_modules" / ".bin" / "cdktf"
ALIASES = {"apply": "deploy", "plan": "diff", "synthesize": "synth", "ls": "list", "outputs": "output"}


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Aliases: apply, plan, synthesize, ls, outputs. Other verbs (init, get, convert, watch, provider, …) are passed to cdktf-cli.",
)
def app() -> None:
    """CDK for Terraform: synthesise, compare, deploy and destroy stacks."""


def verb(*flags: str) -> Callable[[Callable[[Flags], None]], Callable[[Flags], None]]:
    """Add a command with these groups of flags."""

    def add(command: Callable[[Flags], None]) -> Callable[[Flags], None]:
        def callback(**given: Any) -> None:
            command(Flags(**given))

        name = command.__name__.removesuffix("_stacks")
        app.add_command(click.Command(name, callback=callback, params=options(flags), help=command.__doc__))
        return command

    return add


@verb("app", "output", "json")
def list_stacks(flags: Flags) -> None:
    """List the stacks."""
    from ops.stacks import selection
    from ops.stacks.synthesis import output_folder

    folder = os.path.relpath(output_folder(flags.output), ROOT)
    rows = [(stack.name, f"{folder}/stacks/{stack.name}") for stack in selection.all_stacks(selection.environments())]
    if flags.json:
        click.echo(json.dumps([{"name": name, "path": path} for name, path in rows], indent=2))
        return
    width = max(len("Stack name"), *(len(name) for name, _ in rows)) + 2
    for name, path in [("Stack name", "Path"), *rows]:
        print_text(console(), f"{name:{width}}{path}")


@verb("app", "output", "check_code_maker_output", "hcl")
def synth(flags: Flags) -> None:
    """Synthesise every stack into the output folder; other files in it stay."""
    from ops.stacks import selection
    from ops.stacks.synthesis import output_folder, publish, synthesise
    from ops.terraform.working_folder import WorkingFolder

    if flags.hcl:
        raise OpsError(
            "--hcl is not supported: stacks are written as JSON, which Terraform reads as well; leave it out"
        )
    selection.environments()
    with WorkingFolder.create() as folder:
        names = list(synthesise([], folder.synthesised, console(stderr=True), flags.app))
        publish(folder.synthesised, output_folder(flags.output))
    click.echo(f"Generated Terraform code for the stacks: {', '.join(names)}")


@verb("stacks", "app", "output", "refresh_only", "terraform", "skip_synth")
def diff(flags: Flags) -> None:
    """Show the plans of stacks: what a deploy would change."""
    _run("diff", flags)


@verb(
    "stacks", "app", "output", "auto_approve", "outputs_file", "parallelism", "refresh_only", "terraform", "skip_synth"
)
def deploy(flags: Flags) -> None:
    """Deploy stacks, bases first. A stack that fails stops only what builds on it."""
    _run("deploy", flags)


@verb("stacks", "app", "output", "auto_approve", "parallelism", "terraform", "skip_synth")
def destroy(flags: Flags) -> None:
    """Destroy stacks, bases last."""
    _run("destroy", flags)


@verb("stacks", "app", "output", "outputs_file", "skip_synth", "json")
def output(flags: Flags) -> None:
    """Print the outputs of stacks, as they were deployed last."""
    from ops.stacks.states import deployable_accounts, read_states

    chosen = _chosen(flags.stacks)
    accounts = deployable_accounts(chosen)
    states = {
        (bucket, state.key): state
        for bucket, account in accounts.items()
        for state in read_states(account, [stack.state_key for stack in chosen if stack.bucket == bucket])
    }
    outputs = {}
    for stack in chosen:
        state = states.get((stack.bucket, stack.state_key))
        outputs[stack.name] = (
            {name: {"value": value, "sensitive": name in state.sensitive} for name, value in state.outputs.items()}
            if state
            else {}
        )
    _report_outputs(outputs, flags)


def main() -> NoReturn:
    """Run one `cdktf` command and exit."""
    words = sys.argv[1:]
    first = next((word for word in words if not word.startswith("-")), "")
    known = ALIASES.get(first, first)
    if words and known not in app.commands and not (not first and {"-h", "--help"} & set(words)):
        run_command(lambda: _pass_on(words))
    if first:
        words[words.index(first)] = known
    run_command(lambda: app.main(words, prog_name="cdktf"))


def _pass_on(words: Sequence[str]) -> None:
    """Replace this process by cdktf-cli; raise OpsError if it is missing."""
    from ops.stacks.synthesis import check_node
    from ops.terraform.environment import environment_of
    from ops.terraform.install import provider_settings

    check_node()
    if not CLI.exists():
        raise OpsError("cdktf-cli is missing from node_modules: run `make install`")
    os.chdir(ROOT)
    os.execve(CLI, [str(CLI), *words], environment_of(provider_settings()))  # noqa: S606 - arguments are a list


def _chosen(patterns: Sequence[str]) -> "list[StackRef]":
    """Return the stacks that the patterns match; raise OpsError if there are several and no pattern."""
    from ops.stacks import selection

    known = selection.all_stacks(selection.environments(patterns))
    if not patterns and len(known) > 1:
        names = ", ".join(stack.name for stack in known)
        raise OpsError(
            f"Found more than one stack, please specify a target stack: {names}; or a pattern such as 'dev-*'"
        )
    return selection.matching(patterns or ["*"], known)


def _run(verb: "Verb", flags: Flags) -> None:
    from ops.stacks.states import deployable_accounts
    from ops.stacks.synthesis import output_folder, synthesise, take_over
    from ops.terraform.approval import ask, check_terminal
    from ops.terraform.engine import PARALLELISM, Engine
    from ops.terraform.install import check_version
    from ops.terraform.working_folder import WorkingFolder

    chosen = _chosen(flags.stacks)
    check_version()
    accounts = deployable_accounts(chosen)
    if not (flags.auto_approve or verb == "diff"):
        check_terminal()
    out = console(colour=not flags.no_color)
    names = [stack.name for stack in chosen]
    with WorkingFolder.create() as folder:
        if flags.skip_synth:
            folders = take_over(names, output_folder(flags.output), folder.synthesised)
        else:
            folders = synthesise(names, folder.synthesised, out, flags.app)
        engine = Engine(folder, folders, accounts, out, flags.terraform_options(colour=out.color_system is not None))
        engine.parallelism = flags.parallelism if flags.parallelism > 0 else PARALLELISM
        engine.approval = None if flags.auto_approve else ask
        engine.as_cdktf = True
        results = engine.run(verb, chosen)
    if verb == "deploy":
        _report_outputs({name: one.outputs for name, one in results.items() if one.complete}, flags)
    _report_failures(results)
    sys.exit(engine.exit_code)


def _report_outputs(outputs: Mapping[str, Mapping[str, Any]], flags: Flags) -> None:
    """Write outputs by stack to the file of the flags, and print them; each has a ``value`` and is ``sensitive`` or not."""

    def values(sensitive: bool) -> dict[str, dict[str, Any]]:
        return {
            stack: {name: one["value"] for name, one in found.items() if sensitive or not one["sensitive"]}
            for stack, found in outputs.items()
        }

    if flags.outputs_file:
        flags.outputs_file.write_text(json.dumps(values(flags.sensitive), indent=2) + "\n")
    if flags.json:
        click.echo(json.dumps(values(sensitive=False), indent=2))
        return
    for stack, found in outputs.items():
        lines = [f"{name} = {_text(one)}" for name, one in sorted(found.items())]
        for line in [stack, *(f"  {line}" for line in lines or ["No outputs found."])]:
            print_text(console(), line)


def _text(output: Mapping[str, Any]) -> str:
    if output["sensitive"]:
        return "<sensitive>"
    value = output["value"]
    return value if isinstance(value, str) else json.dumps(value)


def _report_failures(results: "Mapping[str, Result]") -> None:
    def named(outcome: str) -> Iterable[str]:
        found = [name for name, result in results.items() if result.outcome == outcome]
        return [f"{outcome}: {', '.join(found)}"] if found else []

    if lines := [*named("failed"), *named("skipped"), *named("interrupted")]:
        error(f"error: {'; '.join(lines)}")
