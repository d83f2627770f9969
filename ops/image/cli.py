"""Commands for our image: build, push."""

import json
from typing import Annotated

import typer

from ops.image import BASE_VARIABLE
from ops.terminal import console, print_text

app = typer.Typer(
    no_args_is_help=True,
    help="The image of every component and task: Airflow with the packages, settings, plugins and DAGs of airflow/. "
    "For a new environment: ops bootstrap ENV, ops image push ENV, cdktf deploy ENV-platform.",
)
Name = Annotated[str, typer.Argument(metavar="ENV", help="A folder of environments/, such as dev.")]
Base = Annotated[
    str | None,
    typer.Option(
        envvar=BASE_VARIABLE, metavar="NAME", help="Name of Airflow's official image, for example in a mirror."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON; progress is printed to standard error.")]


@app.command()
def build(environment: Name, base_image: Base = None, as_json: Json = False) -> None:
    """Build the image of ENV in the container engine of this machine.

    Its tag consists of Airflow's version and a hash of the content, so an existing image is not built again. This needs no AWS;
    `push` builds the image if necessary. --json prints "tag" and "image".
    """
    from ops.image import push as images
    from ops.image.content import Content
    from ops.progress import ProgressDisplay
    from ops.stacks import selection

    out = console(stderr=as_json)
    content = Content.of(selection.environment(environment, outdated_images=True), base_image)
    with ProgressDisplay(out) as display:
        built = images.build_image(content, display.row("image"))
    if as_json:
        typer.echo(json.dumps({"tag": built.tag, "image": built.name}))
    else:
        print_text(out, str(built))


@app.command()
def push(environment: Name, base_image: Base = None, as_json: Json = False) -> None:
    """Push the image of ENV to its ECR repository, and record its digest in environments/ENV/image.tfvars.

    The image is built and the repository is created if necessary; before the first deploy only `ops bootstrap ENV` must have
    run. An existing image is neither built nor pushed. Commit the file; the next `cdktf deploy` runs the image. --json prints
    "repository", "tag" and "digest".
    """
    from ops.account import account_of
    from ops.image import push as images
    from ops.image.content import Content
    from ops.progress import ProgressDisplay
    from ops.stacks import selection

    out = console(stderr=as_json)
    chosen = selection.environment(environment, outdated_images=True)
    content = Content.of(chosen, base_image)
    account = account_of(chosen.platform)
    with ProgressDisplay(out) as display:
        pushed = images.push_image(chosen, account, content, display.row("image"))
    if as_json:
        found = {"repository": pushed.repository, "tag": pushed.tag, "digest": pushed.digest}
        typer.echo(json.dumps(found))
        return
    print_text(out, str(pushed))
    if pushed.recorded:
        print_text(
            out,
            f"environments/{environment}/image.tfvars: {pushed.digest}\n"
            f"Next: commit that file, then pipenv run cdktf deploy {chosen.platform_id.name}",
        )
