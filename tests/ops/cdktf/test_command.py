"""The verbs of cdktf, as far as nothing is deployed."""

import json
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tests.ops.test_missing import only_line


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.make(tmp_path_factory.mktemp("verbs"))


def test_list_prints_names_and_paths_as_cdktf_does(checkout: Checkout) -> None:
    lines = checkout.cdktf("list").stdout.splitlines()
    assert lines[0].split() == ["Stack", "name", "Path"]
    assert ["dev-platform", "cdktf.out/stacks/dev-platform"] in [line.split() for line in lines]
    assert len({line.index("cdktf.out") for line in lines[1:]}) == 1
    found = json.loads(checkout.cdktf("ls", "--json").stdout)
    assert [one["name"] for one in found] == [line.split()[0] for line in lines[1:]]


def test_synth_writes_every_stack_and_leaves_other_files_alone(checkout: Checkout) -> None:
    errored = checkout.path / "cdktf.out/stacks/dev-platform/errored.tfstate"
    errored.parent.mkdir(parents=True)
    errored.write_text("{}")
    done = checkout.cdktf("synth")
    names = [one["name"] for one in json.loads(checkout.cdktf("list", "--json").stdout)]
    assert done.stdout.startswith("Generated Terraform code for the stacks: ")
    assert sorted(done.stdout.strip().partition(": ")[2].split(", ")) == sorted(names)
    assert len(names) == 12
    for name in names:
        assert (checkout.path / "cdktf.out/stacks" / name / "cdk.tf.json").is_file()
    assert errored.exists()
    checkout.cdktf("synthesize", "--output", "other")
    assert (checkout.path / "other/stacks/dev-platform/cdk.tf.json").is_file()


def test_several_stacks_and_none_named_is_an_error_that_lists_them(checkout: Checkout) -> None:
    for verb in ("diff", "plan", "deploy", "apply", "destroy", "output", "outputs"):
        line = only_line(checkout.cdktf(verb, code=1).stderr)
        assert "Found more than one stack, please specify a target stack: dev-platform, " in line


def test_a_flag_that_cdktf_does_not_have_is_a_usage_error(checkout: Checkout) -> None:
    refused = checkout.cdktf("deploy", "dev-platform", "--auto-aprove", code=2)
    assert "No such option '--auto-aprove'. Did you mean '--auto-approve'?" in refused.stderr


def test_hcl_is_refused_with_the_reason(checkout: Checkout) -> None:
    assert "--hcl is not supported" in only_line(checkout.cdktf("synth", "--hcl", code=1).stderr)


def test_skip_synth_needs_a_synthesis(checkout: Checkout) -> None:
    from ops.errors import OpsError
    from ops.stacks.synthesis import take_over

    with pytest.raises(
        OpsError, match=r"--skip-synth: .*dev-platform has no cdk\.tf\.json; run `pipenv run cdktf synth`"
    ):
        take_over(["dev-platform"], checkout.path / "nothing", checkout.path / "working")


def test_an_app_that_fails_is_one_line_with_its_reason(checkout: Checkout, tmp_path: Path) -> None:
    app = f"sh -c 'echo first >&2; echo the reason >&2; exit 3' {tmp_path}"
    line = only_line(checkout.cdktf("synth", "--app", app, code=1).stderr)
    assert line == "error: the stacks could not be synthesised: the reason"


def test_other_verbs_are_those_of_cdktf_cli(checkout: Checkout) -> None:
    assert "0.21.0" in checkout.cdktf("--version").stdout
    assert "cdktf convert" in checkout.cdktf("convert", "--help").stdout
    help_text = checkout.cdktf("--help").stdout
    for verb in ("deploy", "destroy", "diff", "list", "output", "synth"):
        assert f"\n  {verb} " in help_text


@pytest.mark.slow
def test_npx_cdktf_still_lists_and_synthesises(checkout: Checkout, tmp_path: Path) -> None:
    listed = checkout.run("node_modules/.bin/cdktf", "list", CI="true").stdout
    assert "dev-weather-infrastructure" in listed
    checkout.run("node_modules/.bin/cdktf", "synth", "--output", "npx.out", CI="true")
    checkout.cdktf("synth", "--output", "ours.out")
    for name in ("local-platform", "dev-weather-workflows"):
        files = [checkout.path / folder / "stacks" / name / "cdk.tf.json" for folder in ("npx.out", "ours.out")]
        assert files[0].read_bytes() == files[1].read_bytes()
