"""The settings of the front door, the streaming way in."""

from dataclasses import dataclass

# The memory that a request may take, and that of the program without requests.
REQUEST_MIB = 18
PROGRAM_MIB = 256

# With awscrt installed, botocore would sign by it, and copy each part once more for that. botocore
# reads this variable when it is imported, so it must be set when the program starts.
SIGNS_WITHOUT_CRT = {"BOTO_DISABLE_CRT": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """What one task bears, how large it is, and how many there are.

    A client that moves fewer than `window_bytes` within `window_seconds` is cut off, and so is
    whatever lasts longer than `request_seconds`.

    Args:
        requests_at_once: What one task takes; each may hold 18 MiB.
        window_seconds: How long a client may be that slow.
        window_bytes: How slow.
        request_seconds: The longest request; at most what a session without a part lasts.
        cpu: A task's CPU, in units of which a core has 1024.
        memory_mib: A task's memory.
        least_tasks: How many there are at idle.
        most_tasks: How many there are at most.
        zones: Two availability zones, where the first two of the account are none that CloudFront
            reaches; none are these two.
    """

    requests_at_once: int = 32
    window_seconds: int = 60
    window_bytes: int = 256 * 1024
    request_seconds: int = 3600
    cpu: int = 512
    memory_mib: int = 1024
    least_tasks: int = 1
    most_tasks: int = 4
    zones: tuple[str, ...] = ()


def front_door_as_settings(front_door: FrontDoor) -> dict[str, int]:
    """The program's own settings, ready for JSON."""
    return {
        "requests_at_once": front_door.requests_at_once,
        "window_seconds": front_door.window_seconds,
        "window_bytes": front_door.window_bytes,
        "request_seconds": front_door.request_seconds,
    }
