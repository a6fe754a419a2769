"""The deployment that the end-to-end tests use, and its users."""

from tests.e2e.conftest import deployment, new_user, owners, user

__all__ = ["deployment", "new_user", "owners", "user"]
