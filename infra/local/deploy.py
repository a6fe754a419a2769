"""Deploying the local stage by the CDK command line, and knowing when that is not needed."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import urllib3
from botocore.exceptions import ClientError

from infra.local.aws import aws_session, isolated_environment
from infra.local.emulator import LOG, REGION, ROOT
from infra.local.errors import DeployError

STAGE = "local"
DEPLOYMENT = "larder"
ACCOUNT = f"aws://000000000000/{REGION}"  # named, the CDK need not synthesize to find it
CDK = ROOT / "node_modules" / ".bin" / "cdk"
LEASH = Path(__file__).with_name("leash.py")
# Everything that decides what is deployed.
SOURCES = (
    "app.py",
    "cdk.json",
    "clients/js",
    "console",
    "infra",
    "lambdas",
    "package-lock.json",
    "requirements",
)


def fingerprint(port: int, root: Path = ROOT) -> str:
    """A digest of all that decides what is deployed: equal ones need no deployment."""
    digest = hashlib.sha256(f"{port}\0{sys.version}\0".encode())
    for path in _source_files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _source_files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (p for p in found if p.is_file() and "__pycache__" not in p.parts)


def deploy(
    endpoint: str, port: int, state_dir: Path, say: Callable[[str], None] = lambda _: None
) -> bool:
    """Bring the stacks up to date with the sources; False if they already were.

    Args:
        endpoint: The emulator's URL.
        port: Where it listens, which the functions are told.
        state_dir: Where the last deployment's fingerprint and log are kept.
        say: Called with what is about to take a while.

    Raises:
        DeployError: The CDK refused.
    """
    wanted = fingerprint(port)
    remembered = state_dir / "deployed"
    last = remembered.read_text() if remembered.exists() else ""
    if last == wanted and stack_outputs(endpoint, f"{DEPLOYMENT}-{STAGE}-api"):
        return False
    remembered.unlink(missing_ok=True)  # from here on nobody knows, until it has succeeded
    log = state_dir / "deploy.log"
    log.write_text("")
    if stack_outputs(endpoint, "CDKToolkit") is None:
        say("Preparing the local AWS account (once) …")
        _cdk(["bootstrap", ACCOUNT], endpoint, port, state_dir, log)
    say("Deploying the stacks (about 10 seconds) …")
    arguments = ["deploy", "--all", "--require-approval", "never", "--progress", "events"]
    _cdk(arguments, endpoint, port, state_dir, log)
    remembered.write_text(wanted)
    return True


def _cdk(arguments: list[str], endpoint: str, port: int, state_dir: Path, log: Path) -> None:
    """Run a command of the CDK that the emulator keeps as a whole or, if it fails, not at all."""
    command = [str(CDK), *arguments, "--output", str(state_dir / "cdk.out")]
    command += ["-c", f"stage={STAGE}", "-c", f"port={port}", "-c", f"deployment={DEPLOYMENT}"]
    environment = {**isolated_environment(endpoint), "CDK_DISABLE_CLI_TELEMETRY": "true"}
    _tell(endpoint, "deploying")
    with log.open("a") as output:
        code = _run_on_leash(command, environment, output)
    if code != 0:
        written = log.read_text(errors="replace")
        if "ENOSPC" in written or "No space left" in written:
            raise DeployError(f"No space left for {state_dir}. Free some, and run it again.")
        last_lines = "\n".join(written.splitlines()[-15:])
        raise DeployError(
            f"`cdk {arguments[0]}` failed. The whole log is {log}; its end:\n{last_lines}"
        )
    _tell(endpoint, "deployed")


def _run_on_leash(command: list[str], environment: dict[str, str], output: TextIO) -> int:
    """Run a command to its end, or to ours, whichever comes first; its exit code."""
    with subprocess.Popen(
        [sys.executable, "-I", str(LEASH), *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            return process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _tell(endpoint: str, what: str) -> None:
    """Tell the emulator where a deployment is; see `durable`."""
    with urllib3.PoolManager(retries=False, timeout=60) as http:
        status = http.request("POST", f"{endpoint}/_larder/{what}").status
    if status != 204:
        raise DeployError(f"The emulator cannot save its state; its log says why: {LOG}")


def stack_outputs(endpoint: str, stack: str) -> dict[str, str] | None:
    """A stack's outputs by name, or None if there is no such stack, or none that is complete."""
    cloudformation = aws_session().client("cloudformation", endpoint_url=endpoint)
    try:
        [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return None
    if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return None
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
