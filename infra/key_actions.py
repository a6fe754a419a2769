"""What a row may do with the key that the team brings: as much as its other actions need of it.

S3 and DynamoDB ask KMS in the caller's name, and a presigned URL acts as who signed it. S3 wants a
data key for what is written, and decrypts to read and, in a multipart upload, to go on writing.
Each row that writes content so reads the catalog too, which wants to decrypt as well.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from collections.abc import Iterable, Mapping, Sequence

from infra.rows import Permission

_READS = ("kms:Decrypt",)
_TABLE_READS = ("kms:Decrypt", "kms:DescribeKey")
_TABLE_WRITES = (
    *_TABLE_READS,
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

# AWS does not document which of these DynamoDB needs from the caller when it writes; CDK's own
# grants have the same, with wildcards.
_NEEDED: Mapping[str, Sequence[str]] = {
    "dynamodb:GetItem": _TABLE_READS,
    "dynamodb:Query": _TABLE_READS,
    "dynamodb:GetRecords": _TABLE_READS,
    "dynamodb:PutItem": _TABLE_WRITES,
    "dynamodb:UpdateItem": _TABLE_WRITES,
    "dynamodb:DeleteItem": _TABLE_WRITES,
    "s3:GetObject": _READS,
    "s3:PutObject": ("kms:Decrypt", "kms:GenerateDataKey"),
}


def key_actions(permissions: Iterable[Permission]) -> tuple[str, ...]:
    """The actions of KMS that a row's actions need, each once and in order."""
    needed = {
        action
        for permission in permissions
        for own in permission.actions
        for action in _NEEDED.get(own, ())
    }
    return tuple(sorted(needed))
