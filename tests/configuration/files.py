"""Configuration files of one test, and the messages of reading them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from configuration.load import load
from configuration.problems import ConfigError
from configuration.tfvars import read
from modules.platform.config import PlatformConfig

PLATFORM = """\
account_id = "111111111111"
region     = "us-east-1"
owner      = "platform-team@example.org"

network = {
  vpc = {
    cidr  = "10.20.0.0/16"
    zones = ["us-east-1a", "us-east-1b"]
  }
}

entry = {
  allowed_cidrs = ["198.51.100.0/24"]
  insecure_http = true
}
"""
PROJECT = """\
owner = "weather-team@example.org"

repository = {
  url = "https://github.com/example/weather.git"
}
"""


def changed(text: str, old: str, new: str) -> str:
    """Return `text` with its only occurrence of `old` replaced by `new`."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def moved(text: str, octet: int, account: str = "111111111111") -> str:
    """Return a platform file with another VPC range."""
    return text.replace("10.20.", f"10.{octet}.").replace("111111111111", account)


def refusals(folder: Path, text: str | bytes) -> list[str]:
    """Return the lines of the error about a platform file with this text, without the folder."""
    file = folder / "platform.tfvars"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as refused:
        read(file, PlatformConfig)
    return relative(refused.value, folder)


def load_refusals(root: Path, files: Mapping[str, str]) -> list[str]:
    """Return the lines of the error about environments with these files, without the folder."""
    write(root, files)
    with pytest.raises(ConfigError) as refused:
        load(root)
    return relative(refused.value, root)


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def relative(error: ConfigError, folder: Path) -> list[str]:
    lines = str(error).split("\n")
    assert all(line.startswith(str(folder)) for line in lines), lines
    return [line.removeprefix(f"{folder}/") for line in lines]
