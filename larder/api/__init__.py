"""The service's API as the client calls it."""
