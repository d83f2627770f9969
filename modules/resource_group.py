"""What the modules are made of: parts, which group resources and name them by where they are."""

from typing import Protocol

from cdktf import TerraformStack

ScopeAndId = tuple[TerraformStack, str]


class Scope(Protocol):
    """A stack, or a part of one."""

    def at(self, id: str) -> ScopeAndId:
        """The scope and id of a resource: ``Vpc(*self.at("vpc"), …)``."""
        ...


class ResourceGroup:
    """Resources that belong together, with ids that begin with the part's own: ``network_vpc``, ``database_instance``.

    Not a Construct: resources lie flat in their stack, where cdktf takes an id as the Terraform address, without a hash
    behind it, and refuses one that is there already. In a tree of constructs the same names take a callback from Node
    to Python for each resource, which was half the time of a synthesis.
    """

    def __init__(self, scope: Scope, id: str) -> None:
        self.stack, self.path = scope.at(id)

    def at(self, id: str) -> ScopeAndId:
        """The scope and id of a resource or part of this one."""
        return self.stack, f"{self.path}_{id}".replace("-", "_")

    def reference(self, kind: str, id: str, attribute: str) -> str:
        """An attribute of a resource of this part, as cdktf would write it, without the call to Node that asks it to."""
        return f"${{{kind}.{self.at(id)[1]}.{attribute}}}"
