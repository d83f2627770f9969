"""The operator's commands."""

from pathlib import Path

import fast_synth

# Configuration and constructs stand side by side, so that reading the one imports the other.
fast_synth.enable(Path(__file__).resolve().parent.parent)
