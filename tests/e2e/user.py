"""One owner of a deployment, with a key: what a test drives the service as."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import openai
import urllib3

from infra.local.aws import aws_session, isolated_environment
from infra.local.deployment import RunningDeployment
from infra.local.emulator import ROOT

NODE_SCRIPTS = Path(__file__).parent / "node"
PYTHON_SCRIPTS = Path(__file__).parent / "clients"
PYTHON_SETTINGS = (
    "-u",
    "PYTHONDONTWRITEBYTECODE",  # compiling LiteLLM takes as long as importing it
    "LITELLM_LOCAL_MODEL_COST_MAP=True",  # else it asks a site on the internet for prices
)


@dataclass(frozen=True)
class User:
    """An owner with nothing stored, and a key of theirs.

    Args:
        deployment: Where.
        owner: A name that no other test uses.
        key: An API key.
        home: An empty folder, for what commands keep.
        headers: Sent by `sdk` with every request.
    """

    deployment: RunningDeployment
    owner: str
    key: str
    home: Path
    headers: Mapping[str, str] = field(default_factory=dict)

    def sdk(self, transport: httpx2.BaseTransport | None = None) -> openai.OpenAI:
        """The Python SDK, sending by a transport if one is given; the caller closes it."""
        http = None if transport is None else openai.DefaultHttpxClient(transport=transport)
        return openai.OpenAI(
            base_url=self.deployment.base_url,
            api_key=self.key,
            default_headers=self.headers,
            http_client=http,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a shell has after pasting what `make run` prints."""
        return {
            **isolated_environment(self.deployment.endpoint_url),
            **self.deployment.environment,
            "OPENAI_API_KEY": self.key,
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
        }

    def request(self, method: str, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """One request without the SDK; `authorization` takes the place of the key."""
        sent = {"authorization": f"Bearer {self.key}", **headers}
        given = {name.replace("_", "-"): value for name, value in sent.items() if value}
        with urllib3.PoolManager(retries=False, timeout=30) as http:
            return http.request(
                method, self.deployment.base_url + path, headers=given, redirect=False
            )

    def usage(self) -> dict[str, Any]:
        """What `GET /usage` answers."""
        answer: dict[str, Any] = self.request("GET", "/usage").json()
        return answer

    def objects(self) -> list[str]:
        """The keys of the user's objects in the bucket."""
        s3 = aws_session().client("s3", endpoint_url=self.deployment.endpoint_url)
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.deployment.outputs["ContentBucket"]
        )
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [key for key in keys if key.split("/")[1] == self.owner]

    def run(
        self, *command: object, check: bool = True, seconds: float = 120
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command as this user, in the user's home."""
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done

    def larder(self, *arguments: object) -> list[Any]:
        """Run the `larder` command; the objects that it prints."""
        done = self.run("larder", *arguments, "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def node(self, script: str, *arguments: object, seconds: float = 120) -> Any:
        """Run one of `tests/e2e/node/` with the Node SDK; the JSON value that it prints."""
        done = self.run("node", NODE_SCRIPTS / script, *arguments, seconds=seconds)
        return json.loads(done.stdout)

    def python(self, environment: str, script: str, *arguments: object) -> Any:
        """Run one of `tests/e2e/clients/` with the packages of `requirements/<environment>.txt`.

        Returns the JSON value that it prints.
        """
        python = ROOT / f".venv-{environment}" / "bin" / "python"
        assert python.exists(), "its environment is not installed: run `make setup`"
        path = PYTHON_SCRIPTS / script
        return json.loads(self.run("env", *PYTHON_SETTINGS, python, path, *arguments).stdout)
