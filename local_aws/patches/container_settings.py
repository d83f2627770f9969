"""What a container definition says beyond image, command and environment.

AWS: runs `entryPoint`, as `user`, in `workingDirectory`, under an init process, on a read-only file system, and kills what
takes more than its `memory`.
ministack 1.5.33: ignores all of it.
In a container: a migration runs as root, zombies stay, and a task that is too large for its size passes here.
Remove when `_build_run_kwargs` in services/ecs.py of ministack reads `entryPoint`.
"""

from typing import Any

from local_aws.patches.launch import Launch, adjust_container

MEBIBYTE = 1024**2


def apply() -> None:
    """Hand it on to the engine."""
    adjust_container(translate_settings)


def translate_settings(launch: Launch, settings: dict[str, Any]) -> None:
    """Translate one definition."""
    container, definition = launch.container, launch.definition
    linux = container.get("linuxParameters") or {}
    memory = container.get("memory") or definition.get("memory")
    # A weight, not a limit: a laptop has fewer cores than the tasks together ask for.
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
