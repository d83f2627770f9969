"""Variables for the size of a Fargate task."""

from module_export.variable import Variable
from modules.config import FARGATE_MEMORY, TaskSize

FARGATE_LOCALS = {
    "fargate_memory": {
        str(cpu): [512, 1024, 2048] if cpu == 256 else list(range(least, most + 1, step))
        for cpu, (least, most, step) in FARGATE_MEMORY.items()
    }
}


def size(name: str, model: type[TaskSize], what: str, runs: str) -> list[Variable]:
    """CPU and memory of ``what``, in pairs that Fargate offers, and whether ``runs`` on Spot."""
    return [
        Variable.of(f"{name}_cpu", model, "cpu", f"CPU of {what}, in units of 1/1024."),
        Variable.of(
            f"{name}_memory", model, "memory", f"Memory of {what}, in MiB; Fargate offers some for each CPU."
        ).ruled(
            f"try(contains(local.fargate_memory[tostring(var.{name}_cpu)], var.{name}_memory), false)",
            f"{name}_memory must be one that Fargate offers with {name}_cpu.",
        ),
        Variable.of(f"{name}_spot", model, "spot", f"Run {runs} on Fargate Spot, where AWS may stop them."),
    ]
