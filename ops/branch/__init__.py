"""Temporary environments for branches, created from a template, with an expiry date."""

from typing import Literal

PREFIX = "branch-"
Engine = Literal["postgres", "mysql"]
"""Metadata database of a branch environment."""
