"""Records of the catalog's stream, written as Lambda delivers them.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and, for what TTL removes,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
"""

import itertools
from collections.abc import Mapping
from typing import Any

BY_TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

_numbers = itertools.count(111)


def removal(item: Mapping[str, Any], *, by_ttl: bool = False) -> dict[str, Any]:
    """Write the record that tells of an item's removal, by a call or by TTL."""
    number = next(_numbers)
    record: dict[str, Any] = {
        "eventID": f"c4ca4238a0b923820dcc509a6f75849{number}",
        "eventName": "REMOVE",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000.0,
            "Keys": {name: item[name] for name in ("owner", "id")},
            "OldImage": dict(item),
            "SequenceNumber": f"{number:021}",
            "SizeBytes": 512,
            "StreamViewType": "OLD_IMAGE",
        },
        "eventSourceARN": (
            "arn:aws:dynamodb:eu-central-1:123456789012:table/larder-catalog"
            "/stream/2026-01-01T00:00:00.000"
        ),
    }
    return {**record, "userIdentity": BY_TTL} if by_ttl else record


def number_of(record: Mapping[str, Any]) -> str:
    """Return a record's sequence number, by which it is told to be delivered again."""
    return str(record["dynamodb"]["SequenceNumber"])
