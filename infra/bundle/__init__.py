"""The asset that every function shares: `lambdas/` beside its locked packages, without Docker."""

from infra.bundle.asset import AssetError, build_asset
from infra.bundle.target import LAMBDA, Target, host

__all__ = ["LAMBDA", "AssetError", "Target", "build_asset", "host"]
