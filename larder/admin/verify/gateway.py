"""Promises about what stands before the functions: API Gateway, TLS and the authorizer."""

import gzip
import secrets
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

from larder.admin.deployment import translated_errors
from larder.admin.keys import new_secret
from larder.admin.verify.files import CONTENT
from larder.admin.verify.promise import Promise, Unseen, expect
from larder.admin.verify.scene import Answer, Scene, asked
from larder.admin.verify.uploads import stored_in_parts

_MIB = 2**20
# API Gateway takes 10 MB. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
BEYOND_GATEWAY = 11 * _MIB
_SECONDS = 10.0
_RETRYABLE = {429, 500, 502, 503, 504}


def keys(scene: Scene) -> str | None:
    """No key and a wrong one are refused in the envelope, before any function."""
    missing = scene.alice.ask("GET", "/files", key="")
    missing.refuses(401, "invalid_api_key")
    expect(missing.headers.get("www-authenticate") == "Bearer", "401 without WWW-Authenticate")
    for wrong in ("sk-another", new_secret()):
        scene.alice.ask("GET", "/files", key=wrong).refuses(401, "invalid_api_key")
    return None


def unknown_paths(scene: Scene) -> str | None:
    """An unknown path or method is a 404 in the envelope, with and without a key."""
    for method, path in (("GET", "/nothing"), ("PATCH", "/files"), ("GET", "/files/a/b/c")):
        for key in (None, "", "sk-another"):
            scene.alice.ask(method, path, key=key).refuses(404, "unknown_url")
    return None


def too_large(scene: Scene) -> str | None:
    """A body that API Gateway does not take is a 413 that says what to do instead."""
    headers = {"content-type": "multipart/form-data; boundary=verify"}
    answer = scene.at_gateway.ask("POST", "/files", body=bytes(BEYOND_GATEWAY), headers=headers)
    if answer.status == 400:
        raise Unseen("whatever answers here takes a body that API Gateway would not")
    message = answer.refuses(413, "content_too_large")
    expect("upload" in message.lower(), f"a 413 without a way out: {message}")
    return None


def compression(scene: Scene) -> str | None:
    """A list is compressed for whoever asks for that, and content never is."""
    for _ in range(8):
        scene.alice.stored(CONTENT)
    headers = {"accept-encoding": "gzip"}
    plain = scene.alice.ask("GET", "/files")
    packed = scene.alice.ask("GET", "/files", headers=headers)
    expect(packed.headers.get("content-encoding") == "gzip", "a list is not compressed")
    expect(gzip.decompress(packed.body) == plain.body, "a list that unpacks to another")
    file_id = plain.json()["first_id"]
    content = scene.alice.ask("GET", f"/files/{file_id}/content", headers=headers)
    encoding = content.headers.get("content-encoding", "identity")
    expect(encoding == "identity", f"content is sent as {encoding}")
    return f"{len(plain.body)} bytes as {len(packed.body)}"


def redirect(scene: Scene) -> str | None:
    """Content beyond one answer is a redirect to S3, which takes it without the API key."""
    content = secrets.token_bytes(6 * _MIB)
    file_id = stored_in_parts(scene.alice, content)
    answer = scene.at_gateway.ask("GET", f"/files/{file_id}/content")
    expect(answer.status == 302, f"{len(content)} bytes answered {answer.status}")
    url = answer.headers["location"]
    expect(asked(scene.alice.pool, "GET", url).body == content, "S3 has another content")
    scene.alice.sdk.files.delete(file_id)
    return f"at {urlsplit(url).netloc}"


def tls(scene: Scene) -> str | None:
    """TLS 1.2 and 1.3 are spoken, and nothing older."""
    parts = urlsplit(scene.alice.base_url)
    if parts.scheme != "https":
        raise Unseen("the base URL is http")
    address = str(parts.hostname), parts.port or 443
    tls_versions = [version.name for version in ssl.TLSVersion if _speaks(address, version)]
    expect(
        tls_versions == ["TLSv1_2", "TLSv1_3"], f"spoken are {', '.join(tls_versions) or 'none'}"
    )
    return None


def _speaks(address: tuple[str, int], version: ssl.TLSVersion) -> bool:
    """Whether the server takes this version; one that this machine cannot speak counts as no."""
    if version.value < ssl.TLSVersion.TLSv1.value:
        return False
    context = ssl.create_default_context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # else OpenSSL refuses to try the old ones
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        with (
            create_connection(address, timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=address[0]),
        ):
            return True
    except (ssl.SSLError, ConnectionResetError, ValueError):
        return False


def failing_authorizer(scene: Scene) -> str | None:
    """An authorizer that cannot answer is told as something to try again, in the envelope."""
    if not scene.disturbs:
        raise Unseen("it takes the authorizer away from everybody for some seconds: --disturb")
    with _without_authorizer(scene):
        seen = [scene.at_gateway.ask("GET", "/usage", key=new_secret()) for _ in range(3)]
    if all(answer.status == 401 for answer in seen):
        raise Unseen("the authorizer answered all the same")
    refused = next(answer for answer in seen if answer.status != 401)
    return f"told as {_must_be_retryable(refused)}"


def _must_be_retryable(answer: Answer) -> str:
    expect(answer.status in _RETRYABLE, f"answered {answer.status}: {answer.shown}")
    expect(answer.headers.get("x-should-retry") != "false", "told not to try again")
    error = answer.json()["error"]
    return f"{answer.status}: {error['message']}"


@contextmanager
def _without_authorizer(scene: Scene) -> Iterator[None]:
    """Allow the authorizer no execution at all, and then what it was allowed before."""
    deployment = scene.deployment
    client = deployment.session.client("lambda")
    name = scene.function("Authorize")
    with translated_errors():
        before: Mapping[str, Any] = client.get_function_concurrency(FunctionName=name)
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        scene.sleep(2)  # until every host of Lambda knows
        yield
    finally:
        with translated_errors():
            if "ReservedConcurrentExecutions" in before:
                client.put_function_concurrency(
                    FunctionName=name,
                    ReservedConcurrentExecutions=before["ReservedConcurrentExecutions"],
                )
            else:
                client.delete_function_concurrency(FunctionName=name)


PROMISES = (
    Promise("keys", "no key and a wrong one are refused in words", keys),
    Promise("unknown-paths", "an unknown path or method is a 404 in words", unknown_paths),
    Promise("too-large", "a body beyond API Gateway's is a 413 in words", too_large),
    Promise("compression", "a list is compressed, content never", compression),
    Promise("redirect", "content beyond one answer is read at S3", redirect),
    Promise("tls", "TLS 1.2 and 1.3 are spoken, and nothing older", tls),
    Promise("authorizer", "an authorizer that fails is told as such", failing_authorizer),
)
