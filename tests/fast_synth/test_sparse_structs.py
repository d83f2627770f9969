import json
from pathlib import Path

from tests.fast_synth.conftest import Project

# Prints the fields that jsii sends of a struct, the number of fields of its type, and the file of CDKTF.
LOOK = """
from cdktf_cdktf_provider_aws.s3_bucket import S3BucketConfig
import cdktf, json

few = S3BucketConfig(bucket="b", force_destroy=False)
backend = cdktf.S3BackendConfig(bucket="b", key="k")
print(json.dumps({
    "sent": few.__jsii_name_mapping__,
    "known": len(S3BucketConfig.__jsii_name_mapping__),
    "backend": sorted(backend.__jsii_name_mapping__),
    "cdktf": cdktf.__file__,
}))
"""


def test_only_fields_with_a_value_are_sent_of_structs_of_the_provider_and_of_cdktf(project: Project) -> None:
    project.write("main.py", (project.root / "main.py").read_text() + LOOK)
    run = project.synthesise(project.root / "output")
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["sent"] == {"bucket": "bucket", "force_destroy": "forceDestroy"}
    assert seen["known"] > 20
    assert seen["backend"] == ["bucket", "key"]
    assert Path(seen["cdktf"]).is_relative_to(project.cache)
