"""Larder's command line and client: files of any allowed size in, out and listed."""

__version__ = "0.1.0"
