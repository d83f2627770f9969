"""Values that the model of a project refuses."""

from pathlib import Path

import pytest

from configuration.problems import ConfigError
from configuration.tfvars import read
from modules.project import URL, ProjectConfig
from tests.configuration.files import PROJECT, relative


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (PROJECT + "target = { kind = \"instance\", serverless = {} }", '6: target: kind = "instance" and the settings serverless = {…} exclude each other; delete one'),
        (PROJECT + 'target = { kind = "oracle" }', "6: target.kind = \"oracle\": input should be 'instance' or 'serverless'; write a value of that kind"),
        (PROJECT + "target = { serverless = { max_capacity = 0.5 } }", "6: target.serverless: max_capacity = 0.5 must be 1 or more, and not below min_capacity; raise it"),
        (PROJECT + "target = { serverless = { min_capacity = 0.3 } }", "6: target.serverless.min_capacity = 0.3: input should be a multiple of 0.5; write a value of that kind"),
        (PROJECT + "files = { expire_days = 0 }", "6: files.expire_days = 0: input should be greater than or equal to 1; write a value of that kind"),
        (PROJECT + 'variables = { Station = "x" }', "6: variables.Station = \"x\": string should match pattern '^[a-z][a-z0-9_]{0,63}$'; write a value of that kind"),
        (PROJECT + "variables = { station = 1 }", "6: variables.station = 1: input should be a valid string; write a value of that kind"),
        (PROJECT + 'access = {\n  s3_read = ["*"]\n}', "6: access: s3_read has '*', a wildcard; name what is needed, or set allow_any = \"<reason>\""),
        (PROJECT + 'access = {\n  s3_read = ["Reference"]\n}', "7: access.s3_read[0] = \"Reference\": is not a bucket or a folder of a bucket, \"bucket/folder/\"; write its name or its ARN"),
        (PROJECT + "task = { cpu = 512, memory = 512 }", "6: task: Fargate has no 512 CPU units with 512 MiB; memory must be 1024 to 4096 in steps of 1024"),
        (PROJECT.replace('.git"', '.git"\n  deploy_key = true'), "3: repository: deploy_key is for SSH, and url = 'https://github.com/example/weather.git'; write url = \"git@host:team/repository.git\""),
        *((PROJECT.replace("https://github.com", url), f"4: repository.url = \"{url}/example/weather.git\": string should match pattern '^{URL}$'; write a value of that kind, such as \"https://github.com/example/weather.git\"")
          for url in ("ftp://github.com", "http://github.com", "git://github.com", "https://-o", "ssh://-oProxyCommand=touch", "file://x")),
        (PROJECT.replace("https://", "https://me@"), '4: repository.url = "https://me@github.com/example/weather.git": has a user in it; keys of private repositories belong in Secrets Manager, delete it here'),
        (PROJECT.replace("https://", "https://me:pass@"), "4: repository.url: looks like a secret, and this file is committed; keep it in Secrets Manager and delete it here"),
        (PROJECT.replace('.git"', '.git"\n  branch = "-x"'), "5: repository.branch = \"-x\": string should match pattern '^\\w[\\w./-]*$'; write a value of that kind"),
        (PROJECT.replace('.git"', '.git"\n  branch = "a..b"'), '5: repository.branch = "a..b": has ".." in it; write it without'),
        (PROJECT.replace('.git"', '.git"\n  dags = "dags/../.."'), '5: repository.dags = "dags/../..": has ".." in it; write it without'),
        (PROJECT.replace('.git"', '.git"\n  branch = "refs/tags/v1"\n  github_actions = true'), "3: repository: github_actions = true and branch = 'refs/tags/v1': the role is for a branch; delete one"),
    ],
)  # fmt: skip
def test_invalid_values_are_refused_with_a_remedy(tmp_path: Path, text: str, refusal: str) -> None:
    file = tmp_path / "weather.tfvars"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        read(file, ProjectConfig)
    assert relative(refused.value, tmp_path) == [f"weather.tfvars:{refusal}"]
