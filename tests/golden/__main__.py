"""Record the state key of every stack; read state_keys.py before you use it."""

from pathlib import Path

from configuration.load import load
from tests.golden import state_keys

if __name__ == "__main__":
    state_keys.write(load(Path(__file__).parents[2] / "environments"))
