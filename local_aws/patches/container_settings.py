"""Settings of a container definition other than image, command and environment.

AWS: applies `entryPoint`, `user`, `workingDirectory`, the init process and the read-only file system, and kills a container
that exceeds its `memory`.
ministack 1.5.33: ignores all of them.
In a container: a migration runs as root, zombies accumulate, and a task that needs too much memory succeeds.
Remove when `_build_run_kwargs` in services/ecs.py of ministack reads `entryPoint`.
"""

from typing import Any

from local_aws.patches.launch import Launch, adjust_container

MEBIBYTE = 1024**2


def apply() -> None:
    """Pass the settings to the engine."""
    adjust_container(translate_settings)


def translate_settings(launch: Launch, settings: dict[str, Any]) -> None:
    """Translate the settings of one container."""
    container, definition = launch.container, launch.definition
    linux = container.get("linuxParameters") or {}
    memory = container.get("memory") or definition.get("memory")
    # A weight, not a limit: a laptop has fewer cores than all tasks together request.
    cpu = container.get("cpu") or definition.get("cpu")
    wanted = {
        "entrypoint": container.get("entryPoint"),
        "user": container.get("user"),
        "working_dir": container.get("workingDirectory"),
        "read_only": container.get("readonlyRootFilesystem"),
        "init": linux.get("initProcessEnabled"),
        "cap_drop": (linux.get("capabilities") or {}).get("drop"),
        "mem_limit": int(memory) * MEBIBYTE if memory else None,
        "cpu_shares": int(cpu) if cpu else None,
    }
    settings |= {name: value for name, value in wanted.items() if value}
