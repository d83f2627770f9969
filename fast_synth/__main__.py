"""`python -m fast_synth`: make the slim package now, so that the first synthesis need not. `make install` runs it."""

from pathlib import Path

from . import enable

enable(Path(__file__).resolve().parent.parent)
