"""The branches that projects are imported from, as the registry of projects says."""

import asyncio

from airflow_on_aws.delivery import registry

SECONDS = 3.0


async def registered(repository: str) -> set[str]:
    """The branches that are registered for a repository; none where it is unknown, or the registry does not answer.

    ImportDAGs reads the registry again, and decides: this only spares it the runs for branches that nobody imports.
    """
    try:
        async with asyncio.timeout(SECONDS):
            projects, _ = await asyncio.to_thread(registry.read)
    except (OSError, ValueError):
        return set()
    return {project.branch for project in registry.choose(projects, repository, None)}
