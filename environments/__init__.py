"""The environments: values only, in tfvars files, and what reads them."""

from environments.load import Environment, backends, load
from environments.problems import ConfigError
from environments.selection import Selection

__all__ = ["ConfigError", "Environment", "Selection", "backends", "load"]
