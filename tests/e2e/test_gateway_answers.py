"""Who may come in no longer. Wrong keys and unknown paths are promises, which `test_check.py` sees.

The emulator has no size limit, no throttling and no timeout: what API Gateway answers then is
asserted on the template (`tests/infra/test_gateway_responses.py`).
"""

from tests.e2e.user import User


def test_a_revoked_key_is_refused_once_it_is_no_longer_remembered(user: User) -> None:
    assert user.request("GET", "/files").status == 200
    user.larder("admin", "keys", "revoke", user.key)
    # API Gateway remembers by the header's exact text, so this is the same key, not remembered.
    answer = user.request("GET", "/files", authorization=f"Bearer  {user.key}")
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
