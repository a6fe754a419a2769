"""Powertools' logger alone."""

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.package_logger import set_package_logger_handler

__all__ = ["Logger"]

set_package_logger_handler()  # type: ignore[no-untyped-call]
