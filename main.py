"""Synthesise the stacks of environments/: the program that `cdktf` runs."""

import sys
from pathlib import Path

from cdktf import App

from configuration.load import load
from configuration.problems import ConfigError
from configuration.requested_stacks import RequestedStacks
from configuration.stacks import add_stacks

if __name__ == "__main__":
    requested = RequestedStacks.of_process()
    try:
        environments = load(Path(__file__).parent / "environments", requested)
    except ConfigError as error:
        sys.exit(str(error))
    app = App()
    add_stacks(app, environments, requested)
    app.synth()
