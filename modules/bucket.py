"""S3 buckets: private, versioned, encrypted and reached over TLS only."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import S3BucketVersioningA, S3BucketVersioningVersioningConfiguration

from modules.iam import Statement, policy
from modules.resource_group import ResourceGroup, Scope


class Bucket(ResourceGroup):
    """Private bucket.

    Objects are deleted after ``expire_days`` (None: never), and old versions ``noncurrent_days`` after they were
    overwritten or deleted. A ``protected`` bucket cannot be destroyed unless it is empty. ``statements`` are added to the
    bucket policy, for AWS services that write into the bucket.
    """

    def __init__(
        self,
        scope: Scope,
        id: str,
        *,
        name: str,
        partition: str,
        protected: bool,
        noncurrent_days: int,
        expire_days: int | None = None,
        statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.arn = f"arn:{partition}:s3:::{name}"
        self.bucket = S3Bucket(*self.at(), bucket=name, force_destroy=not protected)
        self.id_reference = self.bucket.id
        S3BucketPublicAccessBlock(
            *self.at("public_access"),
            bucket=self.id_reference,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        versioning = S3BucketVersioningA(
            *self.at("versions"),
            bucket=self.id_reference,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketServerSideEncryptionConfigurationA(
            *self.at("encryption"),
            bucket=self.id_reference,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                        sse_algorithm="AES256"
                    )
                )
            ],
        )
        S3BucketLifecycleConfiguration(
            *self.at("lifecycle"),
            bucket=self.id_reference,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="clean-up",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
                    ],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=noncurrent_days)
                    ],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=expire_days)]
                    if expire_days
                    else None,
                )
            ],
            # S3 rejects rules for old versions until versioning is enabled.
            depends_on=[versioning],
        )
        self.policy = S3BucketPolicy(
            *self.at("access"), bucket=self.id_reference, policy=policy(refuse_plain_http(self.arn), *statements)
        )


def refuse_plain_http(bucket_arn: str) -> Statement:
    """Deny every request without TLS."""
    return Statement(
        "TlsOnly",
        ["s3:*"],
        [bucket_arn, f"{bucket_arn}/*"],
        effect="Deny",
        principals="*",
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def read_objects(bucket_arn: str, prefix: str = "", sid: str = "ReadObjects") -> Statement:
    """Read the objects whose keys begin with ``prefix``."""
    return Statement(sid, ["s3:GetObject"], [f"{bucket_arn}/{prefix}*"])


def write_objects(bucket_arn: str, prefix: str = "", sid: str = "WriteObjects") -> Statement:
    """Write and delete objects whose keys begin with ``prefix``, but not their old versions."""
    return Statement(sid, ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], [f"{bucket_arn}/{prefix}*"])


def list_objects(bucket_arn: str, prefix: str = "", sid: str = "ListObjects") -> Statement:
    """List the keys that begin with ``prefix``."""
    conditions = {"StringLike": {"s3:prefix": f"{prefix}*"}} if prefix else {}
    return Statement(sid, ["s3:ListBucket", "s3:GetBucketLocation"], [bucket_arn], conditions=conditions)
