"""The operator's commands."""

import os
from pathlib import Path

import fast_synth

# For what is started from here: fast_synth sets variables of its own.
INHERITED = dict(os.environ)

# Configuration and constructs stand side by side, so that reading the one imports the other.
fast_synth.enable(Path(__file__).resolve().parent.parent)
