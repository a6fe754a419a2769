"""The front door as it runs on AWS, with the bed's DynamoDB and a real S3 server behind it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.servers import Program, host_environment
from infra.front_door_settings import SIGNS_WITHOUT_CRT
from tests.bed.environment import front_door_as_json

_SETTINGS = ("CATALOG_TABLE", "API_KEYS_TABLE", "CONTENT_BUCKET", "CONTENT_URL", "LIMITS")


def front_door(directory: Path, s3: Mapping[str, str], dynamodb_url: str, port: int) -> Program:
    """The front door with the limits that the functions have now."""
    settings = {name: os.environ[name] for name in _SETTINGS}
    return Program(
        command=[sys.executable, "-m", "front_door"],
        environment={
            **host_environment(),
            **settings,
            **s3,
            **SIGNS_WITHOUT_CRT,
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
            "FRONT_DOOR": front_door_as_json(),
            "HOME": str(directory),
            "PORT": str(port),
            "POWERTOOLS_LOG_LEVEL": "ERROR",
        },
        port=port,
        ready="/health",
        log=directory / "front-door.log",
    )
