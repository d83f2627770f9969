"""The environments: values only, in tfvars files, and what reads them."""

from environments.load import Environment, load

__all__ = ["Environment", "load"]
