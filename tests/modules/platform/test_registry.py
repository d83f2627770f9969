import json

import pytest

from tests.variants import platform

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("image", "runs"),
    [
        ({"digest": DIGEST}, "${aws_ecr_repository.registry.repository_url}@" + DIGEST),
        ({"version": "3.1.0"}, "docker.io/apache/airflow:3.1.0"),
    ],
)
def test_without_a_digest_the_official_image_runs(image: dict[str, str], runs: str) -> None:
    stack = platform(image=image)
    containers = [one for task in stack.containers.values() for one in task.values()]
    assert {one["image"] for one in containers} == {runs}
    assert json.loads(stack.only("aws_ssm_parameter")["insecure_value"])["image"] == runs


@pytest.mark.parametrize("keep", [2, 20])
def test_the_configured_number_of_images_is_kept(keep: int) -> None:
    (rule,) = json.loads(platform(image={"keep": keep}).only("aws_ecr_lifecycle_policy")["policy"])["rules"]
    assert rule["selection"]["countNumber"] == keep
