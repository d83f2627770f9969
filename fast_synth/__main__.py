"""Run a Python program with fast synthesis, as `coverage run` runs a program with measurement.

Usage: python -m fast_synth FILE [ARGUMENT…]
       python -m fast_synth -m MODULE [ARGUMENT…]
       python -m fast_synth --build    (build the slim package, which the first synthesis then finds)

The current folder is the project. A FILE that builds `RequestedStacks` is also served from the cache of stacks, and is
run in several processes if there are many projects.
"""

import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from fast_synth import import_hook, workers


def main(arguments: Sequence[str]) -> int:
    """Run the program that the command line names, and return the exit code; a program's own exit passes through."""
    root = Path.cwd()
    match arguments:
        case ["--build"]:
            import_hook.use_slim_package(root)
        case ["-m", module, *rest]:
            import_hook.install(root)
            # Like `python -m`: sys.path starts with the current folder already.
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case [workers.OPTION, share, file, *rest]:
            _run_file(root, file, rest, workers.Share.parse(share))
        case [file, *rest] if not file.startswith("-"):
            if _builds_stacks(file) and (number := workers.count(root)) > 1:
                return workers.synthesise([file, *rest], _output(), number)
            _run_file(root, file, rest, workers.Share())
        case _:
            print((__doc__ or "").partition("\n\n")[2], file=sys.stderr)
            return 2
    return 0


def _run_file(root: Path, file: str, arguments: Sequence[str], share: workers.Share) -> None:
    import_hook.install(root)
    # Like `python FILE`.
    sys.argv = [file, *arguments]
    sys.path[0] = str(Path(file).resolve().parent)
    program = str(Path(file).absolute())
    if not _builds_stacks(file):
        runpy.run_path(program, run_name="__main__")
        return
    from configuration.requested_stacks import VARIABLE, RequestedStacks
    from fast_synth.stack_cache import StackCache

    RequestedStacks.runner = cache = StackCache(os.environ.get(VARIABLE, "").split(), root, share)
    runpy.run_path(program, run_name="__main__")
    cache.complete(_output())


def _builds_stacks(file: str) -> bool:
    return b"RequestedStacks" in Path(file).read_bytes()


def _output() -> Path:
    """Return the folder that CDKTF writes to."""
    return Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
