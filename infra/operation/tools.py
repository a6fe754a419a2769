"""What a deployment is done with."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.operation.account import Account
from infra.operation.cdk import ROOT, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a deployment needs.

    Args:
        account: Where it is deployed.
        run: Runs the CDK's command line.
        synthesize: Runs its `synth`.
        say: Prints a line for a person.
        root: The checkout.
        pause: Waits for some seconds.
    """

    account: Account
    run: Run
    synthesize: Run
    say: Callable[[str], None]
    root: Path = ROOT
    pause: Callable[[float], None] = time.sleep
