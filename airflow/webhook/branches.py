"""Branches from which projects are imported, according to the registry of projects."""

import asyncio

from airflow_on_aws.delivery import registry

TIMEOUT_SECONDS = 3.0


async def registered_branches(repository: str) -> set[str]:
    """Return the branches that are registered for a repository; empty if it is unknown or the registry does not answer.

    This only avoids runs for branches that are not imported: ImportDAGs reads the registry again and decides.
    """
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            projects, _ = await asyncio.to_thread(registry.read_projects)
    except (OSError, ValueError):
        return set()
    return {project.branch for project in registry.select_projects(projects, repository, None)}
