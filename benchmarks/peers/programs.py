"""The peers that are programs, and Larder's local deployment, on one S3."""

import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.functions.scenes import OWNER
from benchmarks.functions.subjects import PEERS
from benchmarks.peers.peer import Peer
from benchmarks.servers import Program, host_environment
from infra.local.aws import aws_session
from infra.local.deployment import RunningDeployment, running_deployment
from lambdas.stores.catalog.file_changes import put_file
from lambdas.stores.catalog.table import Table
from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET
from tests.bed.seaweed import S3Server
from tests.bed.stock import MOST_ITEMS_AT_ONCE, files_of
from tests.e2e.conftest import NEVER, free_port

ROOT = Path(__file__).resolve().parents[2]
STATE_DIR = ROOT / "build" / "bench"


def twin_program(directory: Path, s3: S3Server, dynamodb_url: str) -> Program:
    """The twin under uvicorn, one process."""
    port = free_port()
    command = [str(PEERS / "bin" / "python"), "-m", "uvicorn", "benchmarks.peers.twin:app"]
    return Program(
        command=[*command, "--port", str(port), "--log-level", "warning"],
        environment={
            **host_environment(),
            **s3.environment,
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
            "CATALOG_TABLE": CATALOG_TABLE,
            "CONTENT_BUCKET": CONTENT_BUCKET,
            "HOME": str(directory),
        },
        port=port,
        ready="/openapi.json",
        log=directory / "twin.log",
    )


def fill_ogx(database: Path, count: int) -> None:
    """Give OGX more files: copies of the one that it has, as it wrote it."""
    with sqlite3.connect(database) as connection:
        cursor = connection.execute("SELECT * FROM openai_files LIMIT 1")
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
        marks = ", ".join("?" * len(names))
        more = ({**row, "id": f"file-{uuid.uuid4().hex}"} for _ in range(count - 1))
        rows = [tuple(one[name] for name in names) for one in more]
        connection.executemany(
            f"INSERT INTO openai_files ({', '.join(names)}) VALUES ({marks})", rows
        )
    connection.close()


@contextmanager
def local_deployment(s3: S3Server) -> Iterator[tuple[Peer, RunningDeployment, str]]:
    """Run what `make run` runs, with that S3; yields also the name of the owner who calls.

    The peer's calls go to the API, and not to the edge in front of it.
    """
    shutil.rmtree(STATE_DIR, ignore_errors=True)
    with running_deployment(free_port(), STATE_DIR, expire_every=NEVER) as deployment:
        bucket = {"CONTENT_BUCKET": CONTENT_BUCKET, "CONTENT_URL": s3.bucket_url}
        tell_functions(deployment, {"AWS_ENDPOINT_URL_S3": s3.url, **bucket})
        owner = f"{OWNER}-{uuid.uuid4().hex[:8]}"
        key = deployment.create_key(owner)
        yield Peer("make run", deployment.front_door.api_url, key), deployment, owner


def tell_functions(deployment: RunningDeployment, more: dict[str, str]) -> None:
    """Change the functions' environment, after which each starts anew."""
    functions = aws_session().client("lambda", endpoint_url=deployment.endpoint_url)
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name = function["FunctionName"]
            known = functions.get_function_configuration(FunctionName=name)
            variables = {**known.get("Environment", {}).get("Variables", {}), **more}
            functions.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}
            )


def fill(deployment: RunningDeployment, owner: str, count: int) -> None:
    """Write the items of so many files, without content."""
    client = aws_session().client("dynamodb", endpoint_url=deployment.endpoint_url)
    table = deployment.outputs["CatalogTable"]
    files = list(files_of(owner, count, since=time.time() - count))
    written = Table(table, client)
    for start in range(0, count, MOST_ITEMS_AT_ONCE):
        group = files[start : start + MOST_ITEMS_AT_ONCE]
        items = [put_file(written, file).operation["Put"]["Item"] for file in group]
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]}
        )
