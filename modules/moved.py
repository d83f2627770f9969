"""Renamed Terraform addresses, by module, from which stacks and released modules get their ``moved`` blocks.

A rename without an entry makes Terraform destroy the resource and create it again. Keep an entry until every deployed
state has been applied with it. An address may end in a key (``aws_subnet.network_public__a``); entries for keys that a
state does not have do nothing.
https://developer.hashicorp.com/terraform/language/block/moved
"""

import re
from collections.abc import Mapping

Moved = Mapping[str, str]

# Old address: new address.
PLATFORM: Moved = {}
INFRASTRUCTURE: Moved = {}
WORKFLOWS: Moved = {}
BACKEND: Moved = {}


def moved_blocks(moved: Moved) -> list[dict[str, str]]:
    """Return the ``moved`` blocks of a stack."""
    return [{"from": old, "to": new} for old, new in moved.items()]


def moved_blocks_without_keys(moved: Moved) -> list[dict[str, str]]:
    """Return the ``moved`` blocks of a released module, where one resource with ``for_each`` has all keys."""
    return moved_blocks({re.sub("__.*", "", old): re.sub("__.*", "", new) for old, new in moved.items()})
