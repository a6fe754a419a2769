"""The local stage on an emulator that lets each function do what its role allows, and no more.

That takes TLS: the bootstrap's bucket and ours refuse plain HTTP once policies count.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import boto3
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.aws import CREDENTIALS, isolated_environment
from infra.local.emulator import EMULATOR_PYTHON, HOST, REGION
from tests.infra.templates import ROOT


@dataclass(frozen=True)
class Enforcing:
    """A running deployment whose roles count; whoever deployed it may do everything."""

    endpoint: str
    certificate: Path
    http: urllib3.PoolManager

    @property
    def environment(self) -> dict[str, str]:
        trusted = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        return {
            **isolated_environment(self.endpoint),
            **dict.fromkeys(trusted, str(self.certificate)),
        }

    def aws(self, service: str) -> Any:
        access_key, secret_key = CREDENTIALS
        session = boto3.Session(access_key, secret_key, region_name=REGION)
        return session.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            verify=str(self.certificate),
        )

    def outputs(self, stack: str) -> dict[str, str]:
        (found,) = self.aws("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def create_key(self, owner: str, *options: str) -> str:
        command = [sys.executable, "-m", "larder.cli", "admin", "keys", "create", "--json"]
        command += ["--stage", "local", "--owner", owner, *options]
        made = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        key: str = json.loads(made.stdout)["key"]
        return key

    def call(
        self,
        key: str,
        request: str,
        *,
        form: Mapping[str, Any] | None = None,
        said: object = None,
        headers: Mapping[str, str] = {},
    ) -> urllib3.BaseHTTPResponse:
        """Make a request such as "GET /files"; the answer is as it came, redirects too."""
        method, path = request.split()
        content: dict[str, Any] = {}
        if form is not None:
            content = {"fields": form}
        elif said is not None:
            content = {"json": said}
        url = self.outputs("larder-local-api")["ApiUrl"].replace("http:", "https:").rstrip("/")
        return self.http.request(
            method,
            url + path,
            headers={"Authorization": f"Bearer {key}", **headers},
            redirect=False,
            **content,
        )


@contextmanager
def enforcing_deployment(port: int, folder: Path) -> Iterator[Enforcing]:
    """Run and deploy it for the length of a `with` block, anew in an empty folder."""
    certificate, private_key = make_certificate(folder)
    with (folder / "emulator.log").open("w") as log:
        emulator = subprocess.Popen(
            [
                *(str(EMULATOR_PYTHON), "-m", "hypercorn", "ministack.app:app"),
                *("--bind", f"{HOST}:{port}"),
                *("--certfile", str(certificate), "--keyfile", str(private_key)),
            ],
            cwd=folder,
            env=emulator_environment(port, folder, certificate, private_key),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        with urllib3.PoolManager(ca_certs=str(certificate)) as http:
            deployment = Enforcing(f"https://{HOST}:{port}", certificate, http)
            wait = urllib3.Retry(connect=60, backoff_factor=0.1, backoff_max=0.5)
            http.request("GET", f"{deployment.endpoint}/_ministack/ready", retries=wait)
            cdk(deployment, folder, port, "bootstrap")
            cdk(deployment, folder, port, "deploy", "--all", "--require-approval", "never")
            yield deployment
    finally:
        emulator.kill()  # nothing of it is kept
        emulator.wait()


def emulator_environment(
    port: int, folder: Path, certificate: Path, private_key: Path
) -> dict[str, str]:
    scratch = folder / "tmp"
    scratch.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "AUTH": "true",
        "AWS_CA_BUNDLE": str(certificate),
        "AWS_DEFAULT_REGION": REGION,
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        "MINISTACK_SSL_CERT": str(certificate),
        "MINISTACK_SSL_KEY": str(private_key),
        "SFTP_ENABLED": "0",
        "TMPDIR": str(scratch),
        "USE_SSL": "1",
    }


def cdk(deployment: Enforcing, folder: Path, port: int, *arguments: str) -> None:
    command = [str(ROOT / "node_modules/.bin/cdk"), *arguments, "--output", str(folder / "cdk.out")]
    done = subprocess.run(
        [*command, "-c", "stage=local", "-c", f"port={port}"],
        cwd=ROOT,
        env=deployment.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    shutil.rmtree(folder / "cdk.out")


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine's own that signs itself, and its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ip_address(HOST))]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "private-key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
