"""Paths of this checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "environments"
CACHE = ROOT / ".cache"
LOCAL = ROOT / ".local"
RUNS = LOCAL / "runs"
