"""Connections: pools, proxies, and what went wrong underneath."""
