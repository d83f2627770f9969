"""Cache of synthesised stacks, keyed by a digest of configuration and source."""

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from configuration.requested_stacks import RequestedStacks
from fast_synth import cache, manifest
from fast_synth.import_hook import SOURCES
from fast_synth.workers import Share

# Any change to these rebuilds every stack.
CODE = (*SOURCES, "airflow/config", "cdktf.json")
CODE_FILES = ("*.py", "*.env", "cdktf.json")
PACKAGES = ("cdktf", "cdktf-cdktf-provider-aws", "constructs", "jsii")


class StackCache(RequestedStacks):
    """The requested stacks of one process: its share of them, without those that the cache has."""

    def __init__(self, words: Iterable[str], root: Path, share: Share) -> None:
        super().__init__(words)
        self._share = share
        self._folder = cache.folder(root) / cache.STACKS
        self._code = _digest_of_code(root)
        self._digests: dict[str, bytes] = {}
        self._cached: dict[str, bytes] = {}
        self._bases: dict[str, str | None] = {}

    def __contains__(self, name: object) -> bool:
        return self._share.includes(str(name)) and super().__contains__(name)

    def must_build(self, name: str, inputs: Sequence[str], base: str | None = None) -> bool:
        """Return False for a cached stack, too; complete() expects the other stacks in the output."""
        if name not in self:
            return False
        self._bases[name] = base
        self._digests[name] = hashlib.sha256("\0".join([self._code, name, *inputs]).encode()).hexdigest().encode()
        try:
            header, _, text = (self._folder / name).read_bytes().partition(b"\n")
        except OSError:
            return True
        if header != self._header(name, text):
            return True
        self._cached[name] = text
        return False

    def complete(self, output: Path) -> None:
        """Store the stacks synthesised into ``output`` in the cache, and add the cached stacks to it.

        A process with a share lists every base as a dependency, even if another process builds it.
        """
        written = manifest.read(output)
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, entry in written["stacks"].items():
            text = (output / entry["synthesizedStackPath"]).read_bytes()
            draft = self._folder / f".{name}.{os.getpid()}"
            draft.write_bytes(self._header(name, text) + b"\n" + text)
            draft.replace(self._folder / name)
        for name, text in self._cached.items():
            folder = output / "stacks" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "cdk.tf.json").write_bytes(text)
            written["stacks"][name] = manifest.entry(name)
        if self._cached or not self._share.is_whole:
            for name, entry in written["stacks"].items():
                base = self._bases[name]
                known = base in written["stacks"] or not self._share.is_whole
                entry["dependencies"] = [base] if base and known else []
            manifest.write(output, written)

    def _header(self, name: str, text: bytes) -> bytes:
        # The length detects a truncated file.
        return self._digests[name] + b" %d" % len(text)


def _digest_of_code(root: Path) -> str:
    files = {
        file
        for source in CODE
        for file in ([root / source] if (root / source).is_file() else (root / source).rglob("*"))
        if any(file.match(pattern) for pattern in CODE_FILES)
    }
    texts = [f"{file.relative_to(root)}\0{file.read_text(encoding='utf-8')}" for file in sorted(files)]
    ours = Path(__file__).read_text(encoding="utf-8")
    versions = [sys.version, *(f"{package} {version(package)}" for package in PACKAGES)]
    return hashlib.sha256("\0".join([*versions, ours, *texts]).encode()).hexdigest()
