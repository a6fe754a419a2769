"""The function that CloudFront runs for every request, to choose its origin."""

from pathlib import Path

FRONT_DOOR = "front_door"
API = "api"

_SOURCE = Path(__file__).with_name("route.js")


def route_function(inline_bytes: int) -> str:
    """The function's source, which selects the origin with the id FRONT_DOOR or API.

    Args:
        inline_bytes: The longest form that goes to API Gateway.
    """
    source = _SOURCE.read_text(encoding="utf-8")
    for name, value in (
        ("__INLINE_BYTES__", str(inline_bytes)),
        ("__FRONT_DOOR__", FRONT_DOOR),
        ("__API__", API),
    ):
        source = source.replace(name, value)
    return source
