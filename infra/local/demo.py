"""The owner `demo`: a key that is kept between runs, and the lines to paste to use it."""

import os
import shlex
import sys
from pathlib import Path

import urllib3

from infra.local.deployment import RunningDeployment
from infra.local.errors import DeployError

OWNER = "demo"
_INVITATION = """\

Larder is running. Paste this into another shell:

{exports}

and then try it:

echo '{{"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": {{}}}}' | \
curl -s "$OPENAI_BASE_URL/files" \
-H "Authorization: Bearer $OPENAI_API_KEY" -F purpose=batch -F 'file=@-;filename=batch.jsonl'
curl -s "$OPENAI_BASE_URL/files" -H "Authorization: Bearer $OPENAI_API_KEY"
larder usage

Or open this page, and give it the key:

{console}
{key}

`make env` prints the lines again, and eval "$(make unset)" undoes them in a shell.
Requests are shown below. Ctrl-C stops; files and keys stay in {state}.
"""


def demo_key(deployment: RunningDeployment, kept_in: Path) -> str:
    """A key of the demo owner: that of the last run if it is still valid, else a new one.

    Keys are meant to be shown only once; this one protects only local test data, so it may be
    kept in a file.

    Raises:
        DeployError: The API's answer says neither that it is valid nor that it is not.
    """
    if kept_in.exists():
        key = kept_in.read_text().strip()
        if _is_good(deployment.front_door.api_url, key):
            return key
    key = deployment.create_key(OWNER, "--name", "make run")
    kept_in.touch(mode=0o600)
    kept_in.write_text(key + "\n")
    return key


def _is_good(api_url: str, key: str) -> bool:
    # Directly to the API, since the front door's requests are shown as the user's.
    headers = {"Authorization": f"Bearer {key}"}
    with urllib3.PoolManager(retries=False, timeout=30) as http:
        status = http.request("GET", f"{api_url}/usage", headers=headers).status
    if status not in (200, 401):
        raise DeployError(f"The deployed API does not work: GET /usage answers {status}.")
    return status == 200


def invitation(deployment: RunningDeployment, key: str, state_dir: Path) -> str:
    """What a person needs: lines to paste, and an example that works with them."""
    return _INVITATION.format(
        exports=exports(deployment, key),
        console=f"{deployment.base_url}/console",
        key=key,
        state=_from_here(state_dir),
    )


def _from_here(path: Path) -> Path:
    """As it is named in the checkout, where it lies there."""
    here = Path.cwd()
    return path.resolve().relative_to(here) if path.resolve().is_relative_to(here) else path


def exports(deployment: RunningDeployment, key: str) -> str:
    """The lines to paste, which `make env` prints again and `make unset` undoes."""
    settings = {**deployment.environment, "OPENAI_API_KEY": key}
    if _has_proxy():
        settings["NO_PROXY"] = "127.0.0.1,localhost"
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(settings.items())]
    # At the end, so that the shell's own Python and Node come first.
    lines.append(f'export PATH="$PATH":{shlex.quote(str(Path(sys.executable).parent))}')
    return "\n".join(lines)


def keep(exports: str, kept_in: Path) -> None:
    """Write them where `make env` finds them, readable only by the user, as a key is among them."""
    kept_in.touch(mode=0o600)
    kept_in.write_text(exports + "\n")


def _has_proxy() -> bool:
    return any(os.environ.get(name) for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"))
