"""OGX (was Llama Stack) with its S3 provider: the Files API that people run in Larder's place.

Its settings are of https://ogx-ai.github.io/docs/providers/files/remote_s3, and no other API runs.
"""

from pathlib import Path

import yaml

from benchmarks.servers import Program, host_environment
from tests.bed.environment import ACCESS_KEY, CONTENT_BUCKET, REGION, SECRET_KEY

OGX = "openai, OGX"
OGX_MIB = 100
"""The largest file that it takes, and no setting of its 1.5.0 changes that."""

OGX_COMMAND = Path(__file__).parent.parent / ".venv-ogx" / "bin" / "ogx"
OGX_ABSENT = (
    "OGX was left out: it wants Python 3.12 or newer (`make bench OGX_PYTHON=…` names one)."
)


def ogx(directory: Path, s3_url: str, port: int) -> Program:
    """OGX on the same S3, with its records in SQLite."""
    config = directory / "ogx.yaml"
    config.write_text(yaml.safe_dump(_config(directory, s3_url, port)))
    return Program(
        command=[str(OGX_COMMAND), "run", "--insecure", str(config)],
        environment={**host_environment(), "HOME": str(directory), "TMPDIR": str(directory)},
        port=port,
        ready="/v1/health",
        log=directory / "ogx.log",
    )


def _config(directory: Path, s3_url: str, port: int) -> dict[str, object]:
    names = ("inference", "conversations", "prompts")
    tables = {name: {"table_name": name, "backend": "sql_default"} for name in names}
    provider = {
        "bucket_name": CONTENT_BUCKET,
        "region": REGION,
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
        "endpoint_url": s3_url,
        "metadata_store": {"table_name": "files", "backend": "sql_default"},
    }
    s3 = {"provider_id": "s3", "provider_type": "remote::s3", "config": provider}
    return {
        "version": 2,
        "distro_name": "files",
        "apis": ["files"],
        "providers": {"files": [s3]},
        "storage": {
            "backends": {
                "kv_default": {"type": "kv_sqlite", "db_path": str(directory / "ogx-kv.db")},
                "sql_default": {"type": "sql_sqlite", "db_path": str(directory / "ogx.db")},
            },
            "stores": {"metadata": {"namespace": "registry", "backend": "kv_default"}, **tables},
        },
        "server": {"host": "127.0.0.1", "port": port},
    }
