"""The assets: our packages beside their locked packages, built without Docker.

One is what every function shares, the other is the front door's.
"""

from infra.bundle.asset import AssetError, build_asset
from infra.bundle.contents import FRONT_DOOR, FUNCTIONS, Contents
from infra.bundle.target import LAMBDA, Target, host

__all__ = [
    "FRONT_DOOR",
    "FUNCTIONS",
    "LAMBDA",
    "AssetError",
    "Contents",
    "Target",
    "build_asset",
    "host",
]
