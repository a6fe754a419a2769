"""Connections: pools, proxies, and what went wrong underneath."""

MOST_CONNECTIONS = 64
"""To one host; few enough for a home router and for S3's limits for one client."""
