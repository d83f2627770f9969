"""The commands: build our image, and put it where an environment runs it from."""

import json
from typing import Annotated

import typer

from ops.image import BASE_VARIABLE
from ops.terminal import console

app = typer.Typer(
    no_args_is_help=True,
    help="The image that every component and task runs: Airflow with our packages, settings, plugins and DAGs, from airflow/. "
    "For a new environment: ops bootstrap ENV, ops image push ENV, cdktf deploy ENV-platform.",
)
Name = Annotated[str, typer.Argument(metavar="ENV", help="A folder of environments/, such as dev.")]
Base = Annotated[
    str | None,
    typer.Option(
        envvar=BASE_VARIABLE, metavar="NAME", help="Where Airflow's official image is pulled from, such as a mirror."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For programs; what is going on goes to standard error.")]


@app.command()
def build(environment: Name, base_image: Base = None, as_json: Json = False) -> None:
    """Build the image of ENV's `image.version`, and leave it in the container engine of this machine.

    Its tag is Airflow's version and a hash of all that goes into it, so nothing is built that is there already. Needs no
    AWS; `push` builds by itself. --json gives "tag" and "image". Exit code 0: the image is there. 1: it is not, and why.
    """
    from ops.image import push as images
    from ops.image.content import Content
    from ops.image.display import Display
    from ops.stacks import selection

    out = console(stderr=as_json)
    content = Content.of(selection.environment(environment, outdated_images=True), base_image)
    with Display(out) as display:
        built = images.build_image(content, display)
    if as_json:
        typer.echo(json.dumps({"tag": built.tag, "image": built.name}))
    else:
        out.print(str(built), highlight=False, soft_wrap=True)


@app.command()
def push(environment: Name, base_image: Base = None, as_json: Json = False) -> None:
    """Put the image of ENV into its ECR repository, and record digest, version and architecture in environments/ENV/image.tfvars.

    Builds it if need be, and makes the repository if it is not there: before the first deploy only `ops bootstrap ENV` is
    needed. What the repository has already is neither built nor pushed. Commit the file; the next `cdktf deploy` runs the
    image. --json gives "repository", "tag" and "digest". Exit code 0: the repository has the image. 1: it does not, and why.
    """
    from ops.account import account_of
    from ops.image import push as images
    from ops.image.content import Content
    from ops.image.display import Display
    from ops.stacks import selection

    out = console(stderr=as_json)
    chosen = selection.environment(environment, outdated_images=True)
    content = Content.of(chosen, base_image)
    account = account_of(chosen.platform)
    with Display(out) as display:
        pushed = images.push_image(chosen, account, content, display)
    if as_json:
        found = {"repository": pushed.repository, "tag": pushed.tag, "digest": pushed.digest}
        typer.echo(json.dumps(found))
        return
    out.print(str(pushed), highlight=False, soft_wrap=True)
    if pushed.recorded:
        out.print(
            f"environments/{environment}/image.tfvars: {pushed.digest}\n"
            f"Run it: commit that file, then pipenv run cdktf deploy {chosen.platform_id.name}",
            highlight=False,
            soft_wrap=True,
        )
