"""The environments: values only, in tfvars files, and what reads them."""

from environments.environment import Environment, backends
from environments.load import load
from environments.problems import ConfigError
from environments.selection import Selection

__all__ = ["ConfigError", "Environment", "Selection", "backends", "load"]
