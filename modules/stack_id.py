"""Identity of a stack: its name, its state key, and the stack that it builds on."""

from dataclasses import dataclass

from modules.account import PREFIX


@dataclass(frozen=True)
class StackId:
    """A module, and the environment or project that it is applied for.

    Name and state key are a contract: with another key, Terraform starts from an empty state.
    """

    environment: str
    module: str
    project: str | None = None

    @property
    def name(self) -> str:
        """Name of the stack, such as ``dev-platform`` or ``dev-weather-workflows``."""
        return "-".join(part for part in (self.environment, self.project, self.module) if part)

    @property
    def state_key(self) -> str:
        """Key of the state, such as ``dev/platform.tfstate`` or ``dev/weather/workflows.tfstate``."""
        return "/".join(part for part in (self.environment, self.project, self.module) if part) + ".tfstate"

    @property
    def base(self) -> "StackId | None":
        """Stack whose contract this stack reads: workflows read infrastructure, which reads the platform."""
        if self.module == "workflows":
            return StackId(self.environment, "infrastructure", self.project)
        return StackId(self.environment, "platform") if self.project else None

    @property
    def prefix(self) -> str:
        """First part of the physical names of the environment, or of the project in it."""
        return "-".join(part for part in (PREFIX, self.environment, self.project) if part)
