"""The environments: values only, in tfvars files, and what reads them."""

from configuration.environment import Environment, backends
from configuration.load import load
from configuration.problems import ConfigError
from configuration.selection import Selection

__all__ = ["ConfigError", "Environment", "Selection", "backends", "load"]
