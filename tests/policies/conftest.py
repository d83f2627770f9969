"""Stacks that the policies are checked on."""

from collections.abc import Mapping

import pytest

from tests.synthesised import Synthesised
from tests.variants import infrastructure, platform, workflows


@pytest.fixture(scope="session")
def every_kind(stacks: Mapping[str, Synthesised]) -> Mapping[str, Synthesised]:
    """Return every stack of every environment, and variants that no environment has."""
    celery, own = {"executor": "celery"}, {"broker": "container", "workers": {"instances": {}}}
    more = {
        "with the local executor": platform(airflow={"executor": "local"}),
        "with ElastiCache": platform(airflow=celery),
        "with a broker in a container": platform(airflow={"executor": "celery,ecs"}, celery=own),
        **{
            f"with {engine} in a container": platform(
                protected=False,
                airflow={"executor": "local"},
                database={"container": {"engine": engine}},
                network={"vpc": {"nat": "none"}},
            )
            for engine in ("postgres", "mysql")
        },
        "with bundles": platform(
            bundles={
                "sales": {"git": {"url": "https://github.com/example/sales.git", "private": True}},
                "ops": {"s3": {"bucket": "example-dags"}},
            }
        ),
        "with a protected target": infrastructure(target={"kind": "serverless"}),
        "with a workflow on GitHub": workflows(repository={"github_actions": True}),
    }
    return {**stacks, **more}
