"""What S3 alone answers when it is not well, beside failing and being throttled."""

import re
from typing import cast

from botocore.awsrequest import AWSResponse

from tests.bed.wire import Call, Send, answer, aws_error

OBJECT = re.compile(rb"<Object>\s*(<Key>.*?</Key>).*?</Object>", re.DOTALL)


def joins_parts(call: Call) -> bool:
    """Tell whether a call has S3 join parts."""
    return call.operation == "CompleteMultipartUpload"


def deletes_objects(call: Call) -> bool:
    """Tell whether a call deletes objects, many at once."""
    return call.operation == "DeleteObjects"


def conflicts_with_another(_strike: object, call: Call, _send: Send) -> AWSResponse:
    """Meet another operation on the object, which says: start over.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """
    return aws_error(call, "ConditionalRequestConflict", status=409)


def fails_in_a_200(_strike: object, call: Call, _send: Send) -> AWSResponse:
    """Fail when the status has been sent, as S3 sends it before it begins to join.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """
    return aws_error(call, "InternalError", status=200)


def acts_and_fails_in_a_200(strike: object, call: Call, send: Send) -> AWSResponse:
    """Join, and say in a 200 that it failed."""
    send()
    return fails_in_a_200(strike, call, send)


def has_joined_before(_strike: object, call: Call, send: Send) -> AWSResponse:
    """Join, lose the answer, and tell the next attempt that there is nothing to be joined."""
    send()
    return aws_error(call, "NoSuchUpload", status=404)


def deletes_only_some(_strike: object, call: Call, send: Send) -> AWSResponse:
    """Delete every second object and tell of the others in a 200.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    body = cast("bytes", call.request.body)
    objects = list(OBJECT.finditer(body))
    if objects[1:]:
        kept = b"".join(each[0] for each in objects[1::2])
        call.request.body = body[: objects[0].start()] + kept + body[objects[-1].end() :]
        send()
        call.request.body = body
    code = b"<Code>InternalError</Code><Message>InternalError, says the test</Message>"
    errors = b"".join(b"<Error>" + each[1] + code + b"</Error>" for each in objects[::2])
    whole = b"<DeleteResult>" + errors + b"</DeleteResult>"
    return answer(call, 200, whole, "application/xml")
