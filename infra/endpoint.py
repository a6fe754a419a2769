"""Keeps a deployment for users from going to an emulator that the environment names."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from infra.stages import Stage, StageError

_NAME = "AWS_ENDPOINT_URL"


def refuse_emulator(stage: Stage, environment: Mapping[str, str]) -> None:
    """Refuse any stage but the local one while the environment names an AWS on this machine.

    So it does in a shell into which the lines of `make run` were pasted.

    Args:
        stage: What is to be deployed.
        environment: The variables of whoever deploys.

    Raises:
        StageError: It is another stage; the message says how to unset the variable.
    """
    if stage.local_port is not None:
        return
    for name, value in sorted(environment.items()):
        if (name == _NAME or name.startswith(f"{_NAME}_")) and _is_this_machine(value):
            raise StageError(
                f"{name} is {value}, an AWS on this machine, and not where stage '{stage.name}' "
                'belongs. Undo the lines of `make run` with: eval "$(make unset)"'
            )


def _is_this_machine(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")  # noqa: S104
