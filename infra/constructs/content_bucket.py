"""The bucket that holds every file's content."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

LONGEST_LIFE_DAYS = 30
# S3 rounds an expiry to midnight UTC, and a multipart object's age begins with its initiation, up
# to 24 hours before the file was created: with one more day it is never deleted too early.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
SPARE_DAYS = 1
PARTS_DAYS = 2  # an upload lasts at most one day
INCOMPLETE_UPLOAD_DAYS = 2


def file_lifecycle_rules() -> list[s3.LifecycleRule]:
    """One rule per possible life in whole days: `expires-in-07d/` is deleted after 8 days."""
    return [
        s3.LifecycleRule(
            id=f"expires-in-{days:02}d",
            prefix=f"expires-in-{days:02}d/",
            expiration=Duration.days(days + SPARE_DAYS),
        )
        for days in range(1, LONGEST_LIFE_DAYS + 1)
    ]


class ContentBucket(Construct):
    """Private and encrypted; its own rules delete expired files even if all functions fail."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        removal_policy: RemovalPolicy,
        cors_origins: Sequence[str],
        access_log_days: int,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id)
        access_logs = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            # S3 can write its log only with this encryption.
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(access_log_days))],
            removal_policy=removal_policy,
        )
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            cors=[_cors_rule(cors_origins)] if cors_origins else None,
            bucket_key_enabled=True if key else None,  # else each object needs a request to KMS
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            enforce_ssl=True,
            lifecycle_rules=[
                *file_lifecycle_rules(),
                s3.LifecycleRule(id="parts", prefix="parts/", expiration=Duration.days(PARTS_DAYS)),
                s3.LifecycleRule(
                    id="incomplete-uploads",
                    abort_incomplete_multipart_upload_after=Duration.days(INCOMPLETE_UPLOAD_DAYS),
                ),
            ],
            removal_policy=removal_policy,
            server_access_logs_bucket=access_logs,
            versioned=False,  # a deleted file's bytes must not live on as an old version
        )


def _cors_rule(origins: Sequence[str]) -> s3.CorsRule:
    return s3.CorsRule(
        allowed_origins=list(origins),
        allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD, s3.HttpMethods.PUT],
        allowed_headers=["*"],
        exposed_headers=[
            "ETag",
            "Accept-Ranges",
            "Content-Range",
            "x-amz-checksum-crc64nvme",
            "x-amz-checksum-type",
        ],
        max_age=3600,
    )
