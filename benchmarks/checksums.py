"""What AWS's S3 tells of every object, and SeaweedFS only of those that came in parts."""

import time

from botocore.awsrequest import AWSResponse

from benchmarks.functions.scenes import body_of
from tests.bed.checksums import crc64nvme
from tests.bed.wire import Call, Send


class AsS3Answers:
    """An interceptor that adds the CRC64NVME of what was put; `seconds` is how long AWS took.

    Without it the functions compute the checksum themselves, which is slow.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        """Send a call, and complete its answer."""
        start = time.perf_counter()
        answered = send()
        self.seconds += time.perf_counter() - start
        if call.operation == "PutObject":
            answered.headers["x-amz-checksum-crc64nvme"] = crc64nvme(body_of(call))
        return answered
