"""The two DynamoDB tables."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

EXPIRES_AT = "expires_at"
BY_PURPOSE = "by_purpose"
BY_EXPIRY = "by_expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How tables are kept.

    Args:
        removal_policy: What happens to a table when its stack is deleted.
        protected: Whether DynamoDB refuses to delete it.
        key: The key that encrypts it; None for AWS's own, which costs nothing.
    """

    removal_policy: RemovalPolicy
    protected: bool
    key: kms.IKey | None


class Catalog(Construct):
    """Files, uploads and usage: `owner` is the partition, `id` sorts by creation."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        keeping: Keeping,
    ) -> None:
        super().__init__(scope, id)
        self.table = _table(
            self, partition_key="owner", sort_key="id", keeping=keeping, stream=_OLD_IMAGE
        )
        self.table.add_local_secondary_index(
            index_name=BY_PURPOSE,
            sort_key=_string("purpose_id"),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["file", EXPIRES_AT],
        )
        self.table.add_local_secondary_index(
            index_name=BY_EXPIRY,
            sort_key=dynamodb.Attribute(name=EXPIRES_AT, type=dynamodb.AttributeType.NUMBER),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["bytes", "status"],  # how much of the quota an expired item holds
        )


class ApiKeys(Construct):
    """API keys by their hash; TTL removes expired keys."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        keeping: Keeping,
    ) -> None:
        super().__init__(scope, id)
        self.table = _table(self, partition_key="key_hash", keeping=keeping)


_OLD_IMAGE = dynamodb.StreamViewType.OLD_IMAGE  # only the removed item is needed


def _table(
    scope: Construct,
    *,
    partition_key: str,
    keeping: Keeping,
    sort_key: str | None = None,
    stream: dynamodb.StreamViewType | None = None,
) -> dynamodb.Table:
    return dynamodb.Table(
        scope,
        "Table",
        partition_key=_string(partition_key),
        sort_key=_string(sort_key) if sort_key else None,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        deletion_protection=keeping.protected,
        # Either changes into the other without a new table.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dynamodb-table-ssespecification.html
        encryption=(
            dynamodb.TableEncryption.CUSTOMER_MANAGED
            if keeping.key
            else dynamodb.TableEncryption.DEFAULT
        ),
        encryption_key=keeping.key,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        removal_policy=keeping.removal_policy,
        stream=stream,
        time_to_live_attribute=EXPIRES_AT,
    )


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
