"""The assets: our packages with their locked dependencies, built without Docker.

All functions share one asset; the front door has the other.
"""

from infra.bundle.asset import build_asset
from infra.bundle.contents import FRONT_DOOR, FUNCTIONS, Contents
from infra.bundle.errors import AssetError
from infra.bundle.interpreter import RUNTIME_ROOT
from infra.bundle.pyodide import run_in_pyodide
from infra.bundle.target import LAMBDA, Target, host

__all__ = [
    "FRONT_DOOR",
    "FUNCTIONS",
    "LAMBDA",
    "RUNTIME_ROOT",
    "AssetError",
    "Contents",
    "Target",
    "build_asset",
    "host",
    "run_in_pyodide",
]
