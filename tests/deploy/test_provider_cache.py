import json
import subprocess
from pathlib import Path

from ops.terraform import install
from ops.terraform.environment import environment_of

PROVIDER = {"source": "hashicorp/aws", "version": install.PROVIDER_VERSION}
ROOT = {"terraform": {"required_providers": {"aws": PROVIDER}}}


def test_the_first_init_of_a_stack_does_not_replace_the_shared_provider(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    settings = install.provider_settings()
    environment = environment_of({**settings, "TF_PLUGIN_CACHE_DIR": str(cache)})
    seen = []
    for name in ("one", "other"):
        stack = tmp_path / name
        stack.mkdir()
        (stack / "cdk.tf.json").write_text(json.dumps(ROOT))
        subprocess.run(["terraform", "init", "-input=false"], cwd=stack, env=environment, check=True)
        (provider,) = cache.glob("*/*/*/*/*")
        seen.append((provider.lstat().st_ino, provider.lstat().st_mtime_ns))
    assert seen[0] == seen[1]
