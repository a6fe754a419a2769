"""What AWS's S3 tells of every object, and SeaweedFS only of those that came in parts."""

from botocore.awsrequest import AWSResponse

from benchmarks.functions.scenes import body_of
from tests.bed.checksums import crc64nvme
from tests.bed.wire import Call, Send


def as_s3_answers(call: Call, send: Send) -> AWSResponse:
    """Add the CRC64NVME of what was put, which the functions compute if S3 does not: slowly."""
    answered = send()
    if call.operation == "PutObject":
        answered.headers["x-amz-checksum-crc64nvme"] = crc64nvme(body_of(call))
    return answered
