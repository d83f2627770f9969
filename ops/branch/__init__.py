"""Environments for a branch: made from a template, with a last day, and removed again."""

from typing import Literal

PREFIX = "branch-"
Engine = Literal["postgres", "mysql"]
"""Metadata database of a branch environment."""
