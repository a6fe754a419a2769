"""Talking to the emulator and to nobody else, whatever AWS settings the user has."""

import os
import sys
from pathlib import Path

import boto3
import botocore.session
from botocore.config import Config

from infra.local.emulator import REGION
from infra.local.ports import HOST

CREDENTIALS = "test", "test"  # the emulator's root, which may do everything


def aws_environment(endpoint: str) -> dict[str, str]:
    """The variables that point any AWS SDK or command at the emulator."""
    access_key, secret_key = CREDENTIALS
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


def isolated_environment(endpoint: str) -> dict[str, str]:
    """This process's environment for a command, the emulator in place of the user's AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    programs = Path(sys.executable).parent  # node, larder and this Python
    return {
        **kept,
        **aws_environment(endpoint),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": f"{HOST},localhost",
        "no_proxy": f"{HOST},localhost",
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def aws_session() -> boto3.Session:
    """A session that reads no profile, no settings file and no proxy; give clients the endpoint."""
    no_credentials = (None, None, os.devnull, None)
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": no_credentials,
            "credentials_file": no_credentials,
        }
    )
    core.set_default_client_config(Config(proxies={}, retries={"max_attempts": 0}))
    access_key, secret_key = CREDENTIALS
    return boto3.Session(access_key, secret_key, region_name=REGION, botocore_session=core)
