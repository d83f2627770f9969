"""The flags of cdktf's verbs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ops.terraform.options import TerraformOptions

_NO_EFFECT = "Accepted as in cdktf; it has no effect here."


@dataclass(frozen=True)
class Flags:
    """The flags of one command; a verb has some of them."""

    stacks: Sequence[str] = ()
    app: str | None = None
    output: Path | None = None
    json: bool = False
    hcl: bool = False
    check_code_maker_output: bool = False
    auto_approve: bool = False
    outputs_file: Path | None = None
    sensitive: bool = False
    ignore_missing: bool = False
    parallelism: int = -1
    terraform_parallelism: int = -1
    refresh_only: bool = False
    migrate_state: bool = False
    var: Sequence[str] = ()
    var_file: Sequence[Path] = ()
    no_color: bool = False
    skip_synth: bool = False
    skip_provider_lock: bool = False

    def terraform_options(self, *, colour: bool) -> TerraformOptions:
        """Return the flags that are passed to Terraform."""
        files = [f"-var-file={path.absolute()}" for path in self.var_file]
        chosen = TerraformOptions(
            refresh_only=self.refresh_only,
            migrate_state=self.migrate_state,
            variables=[*(f"-var={one}" for one in self.var), *files],
            colour=colour,
        )
        return replace(chosen, parallelism=self.terraform_parallelism) if self.terraform_parallelism > 0 else chosen


def _flag(*names: str, text: str, hidden: bool = False) -> click.Option:
    return click.Option(names, is_flag=True, help=text, hidden=hidden)


def _number(name: str, text: str) -> click.Option:
    return click.Option([name], type=int, default=-1, help=text)


def _path(*names: str, text: str) -> click.Option:
    return click.Option(names, type=click.Path(path_type=Path), help=text)


_GROUPS: dict[str, Sequence[click.Parameter]] = {
    "stacks": [click.Argument(["stacks"], nargs=-1, metavar="[STACKS]...")],
    "app": [click.Option(["--app", "-a"], help="Command that runs the app; by default that of cdktf.json.")],
    "output": [_path("--output", "-o", text="Folder of the synthesised stacks; by default that of cdktf.json.")],
    "json": [_flag("--json", text="Print JSON.")],
    "hcl": [_flag("--hcl", text="Not supported.", hidden=True)],
    "check_code_maker_output": [_flag("--check-code-maker-output", text=_NO_EFFECT, hidden=True)],
    "auto_approve": [
        _flag("--auto-approve", text="Do not ask for approval."),
        _flag("--ignore-missing-stack-dependencies", "ignore_missing", text=_NO_EFFECT),
    ],
    "outputs_file": [
        _path("--outputs-file", text="Write the outputs to this file as JSON."),
        _flag(
            "--outputs-file-include-sensitive-outputs", "sensitive", text="Also write sensitive outputs to that file."
        ),
    ],
    "parallelism": [_number("--parallelism", "Stacks at a time; -1 (default): one for each processor.")],
    "refresh_only": [_flag("--refresh-only", text="Only compare the state with the resources that exist.")],
    "terraform": [
        _number("--terraform-parallelism", "Resources at a time in a stack; -1 (default): 30."),
        click.Option(["--var"], multiple=True, metavar="NAME=VALUE", help="An input variable; may be repeated."),
        click.Option(
            ["--var-file"],
            multiple=True,
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="A file with input variables; may be repeated.",
        ),
        _flag("--no-color", text="Print no colours."),
        _flag("--migrate-state", text="Migrate the state after its backend has changed."),
        _flag("--skip-provider-lock", text=_NO_EFFECT),
    ],
    "skip_synth": [_flag("--skip-synth", text="Use what the last `cdktf synth` has written.")],
}


def options(groups: Iterable[str]) -> list[click.Parameter]:
    """The parameters of a command with these groups of flags."""
    return [parameter for group in groups for parameter in _GROUPS[group]]
