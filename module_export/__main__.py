"""`python -m module_export`: write the Terraform modules of terraform/."""

from pathlib import Path

from module_export import infrastructure, platform, workflows

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    for module in (platform.module(), infrastructure.module(), workflows.module()):
        folder = ROOT / "terraform" / module.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in module.files().items():
            (folder / name).write_text(text)
