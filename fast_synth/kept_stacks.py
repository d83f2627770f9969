"""Stacks that were synthesised before: one whose configuration and whose code are the same is not made again.

What a stack is made of is told by the caller (`values`); the code is that of all sources, so that any change to it makes
every stack anew. Switched off, as everything here, by FAST_SYNTH=off.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from . import SOURCES
from .cache import STACKS

CODE = ("*.py", "*.env", "cdktf.json")
PACKAGES = ("cdktf", "cdktf-cdktf-provider-aws", "constructs", "jsii")


class KeptStacks:
    """The stacks of one synthesis: those that need not be made, and those that are kept for the next."""

    def __init__(self, root: Path, sources: Iterable[str] = (*SOURCES, "airflow/config", "cdktf.json")) -> None:
        self._on = os.environ.get("FAST_SYNTH") != "off"
        self._place = Path(os.environ.get("FAST_SYNTH_CACHE") or root / ".cache" / "fast_synth") / STACKS
        self._code = _code(root, sources) if self._on else ""
        self._headers: dict[str, bytes] = {}
        self._texts: dict[str, bytes] = {}
        self._bases: dict[str, str | None] = {}

    def has(self, name: str, *values: str, base: str | None = None) -> bool:
        """Whether the stack ``name``, made of these values, is there; ``base`` is the one that it waits for.

        If it is not, it has to be made: complete() expects all stacks that were asked for.
        """
        self._bases[name] = base
        if not self._on:
            return False
        self._headers[name] = hashlib.sha256("\0".join([self._code, name, *values]).encode()).hexdigest().encode()
        try:
            header, _, text = (self._place / name).read_bytes().partition(b"\n")
        except OSError:
            return False
        if header != self._header(name, text):
            return False
        self._texts[name] = text
        return True

    def complete(self, output: Path, *, whole: bool = True) -> None:
        """Adds the kept stacks to what was synthesised into ``output``, and keeps what was made.

        A share of a synthesis names all that its stacks wait for, also what another share makes.
        """
        if not self._on:
            return
        manifest = json.loads((output / "manifest.json").read_text())
        self._place.mkdir(parents=True, exist_ok=True)
        for name in manifest["stacks"]:
            text = (output / manifest["stacks"][name]["synthesizedStackPath"]).read_bytes()
            aside = self._place / f".{name}.{os.getpid()}"
            aside.write_bytes(self._header(name, text) + b"\n" + text)
            aside.replace(self._place / name)
        for name, text in self._texts.items():
            folder = output / "stacks" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "cdk.tf.json").write_bytes(text)
            manifest["stacks"][name] = _entry(name)
        if self._texts or not whole:
            for name, entry in manifest["stacks"].items():
                base = self._bases[name]
                entry["dependencies"] = [base] if base and (base in manifest["stacks"] or not whole) else []
            (output / "manifest.json").write_text(as_cdktf_writes(manifest))

    def _header(self, name: str, text: bytes) -> bytes:
        # The length finds a file that was cut short.
        return self._headers[name] + b" %d" % len(text)


def _code(root: Path, sources: Iterable[str]) -> str:
    files = {
        file
        for source in sources
        for file in ([root / source] if (root / source).is_file() else (root / source).rglob("*"))
        if any(file.match(pattern) for pattern in CODE)
    }
    texts = [f"{file.relative_to(root)}\0{file.read_text(encoding='utf-8')}" for file in sorted(files)]
    ours = Path(__file__).read_text(encoding="utf-8")
    versions = [sys.version, *(f"{package} {version(package)}" for package in PACKAGES)]
    return hashlib.sha256("\0".join([*versions, ours, *texts]).encode()).hexdigest()


def _entry(name: str) -> dict[str, object]:
    folder = f"stacks/{name}"
    return {
        "annotations": [],
        "constructPath": name,
        "dependencies": [],
        "name": name,
        "stackMetadataPath": f"{folder}/metadata.json",
        "synthesizedStackPath": f"{folder}/cdk.tf.json",
        "workingDirectory": folder,
    }


def as_cdktf_writes(manifest: Mapping[str, object]) -> str:
    """The text of manifest.json."""
    return json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False).replace("[]", "[\n      ]")
