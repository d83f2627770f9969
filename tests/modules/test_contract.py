import dataclasses
import json
import re
from collections.abc import Callable

import pytest
from cdktf import App, TerraformOutput

from modules.contract import Document, InfrastructureContract, PlatformContract
from modules.stack import Stack
from modules.stack_id import StackId
from tests.synthesised import Synthesised, synthesise
from tests.variants import infrastructure, platform, platform_config, workflows

KINDS = [PlatformContract, InfrastructureContract]


def names(kind: type[Document]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def read_back(kind: type[Document]) -> Synthesised:
    """Return a stack that reads a document and outputs each of its fields."""

    def build(app: App) -> None:
        stack = Stack(app, StackId("test", "platform"), platform_config())
        document = kind.read(stack, "theirs", "/airflow-test/x")
        for name in names(kind):
            TerraformOutput(stack, name, value=getattr(document, name))

    return synthesise(build)["test-platform"]


@pytest.mark.parametrize(("kind", "writer"), [(PlatformContract, platform), (InfrastructureContract, infrastructure)])
def test_read_has_the_fields_that_publish_wrote(kind: type[Document], writer: Callable[[], Synthesised]) -> None:
    parameters = [one["insecure_value"] for one in writer().resources("aws_ssm_parameter").values()]
    (written,) = [json.loads(text) for text in parameters if '"version"' in text]
    read = {name: output["value"] for name, output in read_back(kind).document["output"].items()}
    fields = names(kind)
    assert list(written) == ["version", *fields]
    added = {field.name for field in dataclasses.fields(kind) if field.default is not dataclasses.MISSING}
    assert {name: read[name] for name in fields if name not in added} == {
        name: f"${{jsondecode(data.aws_ssm_parameter.theirs.insecure_value).{name}}}"
        for name in fields
        if name not in added
    }
    assert [name for name in fields if not re.search(rf"insecure_value\)\.{name}\b", read[name])] == []


@pytest.mark.parametrize("kind", KINDS)
def test_another_version_is_refused_with_a_remedy(kind: type[Document]) -> None:
    parameter = read_back(kind).document["data"]["aws_ssm_parameter"]["theirs"]
    (postcondition,) = parameter["lifecycle"]["postcondition"]
    assert postcondition["condition"] == f"${{try(jsondecode(self.insecure_value).version, 0) == {kind.version()}}}"
    assert "upgrade the platform" in postcondition["error_message"]


def test_a_document_of_more_than_4_kib_is_an_advanced_parameter() -> None:
    git = {"git": {"url": "https://github.com/example/a-repository-of-dags.git"}}
    for count, tier in ((1, None), (15, "Advanced")):
        written = platform(bundles={f"project-{number}": git for number in range(count)}).only("aws_ssm_parameter")
        assert written.get("tier") == tier
        assert len(written["insecure_value"]) < (8192 if tier else 4096)


def test_nothing_secret_is_published() -> None:
    # The name of the secret, not its value.
    assert [name for kind in KINDS for name in names(kind) if "password" in name] == ["target_password_secret"]


@pytest.mark.parametrize(
    ("reader", "id", "path", "kind"),
    [
        (infrastructure, "platform", "/airflow-test/platform", PlatformContract),
        (workflows, "platform", "/airflow-test/platform", PlatformContract),
        (workflows, "infrastructure", "/airflow-test/infrastructure/weather", InfrastructureContract),
    ],
)
def test_a_project_reads_only_published_fields(
    reader: Callable[[], Synthesised], id: str, path: str, kind: type[Document]
) -> None:
    document = reader().document
    used = set(re.findall(rf"ssm_parameter\.{id}\.insecure_value\)\.(\w+)", json.dumps(document["resource"])))
    assert document["data"]["aws_ssm_parameter"][id]["name"] == path
    assert used
    assert used <= set(names(kind))


def test_no_stack_reads_anothers_state() -> None:
    stacks = (platform(), infrastructure(), workflows())
    assert {kind for stack in stacks for kind in stack.document.get("data", {})} == {"aws_ssm_parameter"}
