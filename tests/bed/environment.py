"""The environment of the functions, and nothing of the host's AWS settings."""

import json
import os
from dataclasses import replace
from typing import Any, Final

from infra.front_door_settings import FrontDoor, front_door_as_settings
from infra.stages import LEAST_PART_BYTES, Limits, limits_as_settings

REGION: Final = "eu-central-1"
ACCESS_KEY: Final = "testing"
SECRET_KEY: Final = "testing-secret"
CATALOG_TABLE = "larder-catalog"
API_KEYS_TABLE = "larder-api-keys"
CONTENT_BUCKET = "larder-content"
CONTENT_URL = f"https://{CONTENT_BUCKET}.s3.{REGION}.amazonaws.com"


def set_environment() -> None:
    """Set what the functions read when they are imported, as a deployed stage does."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CATALOG_TABLE": CATALOG_TABLE,
        "API_KEYS_TABLE": API_KEYS_TABLE,
        "CONTENT_BUCKET": CONTENT_BUCKET,
        "CONTENT_URL": CONTENT_URL,
        "LIMITS": limits_as_json(),
        "FRONT_DOOR": front_door_as_json(part_bytes=LEAST_PART_BYTES, parts_at_once=1),
        "POWERTOOLS_SERVICE_NAME": "larder",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def limits_as_json(**changes: Any) -> str:
    """Write a stage's limits as its functions are given them, with these changed."""
    return json.dumps(limits_as_settings(replace(Limits(), **changes)))


def front_door_as_json(**changes: Any) -> str:
    """Write a stage's front door as it is told of itself, with this changed."""
    return json.dumps({**front_door_as_settings(FrontDoor()), **changes})
