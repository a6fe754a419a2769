"""The table of moments, and which comparisons with a time are none."""

from tests.moments.of_commands import COMMANDS
from tests.moments.of_files import FILES
from tests.moments.of_keys import KEYS
from tests.moments.of_operators import OPERATORS
from tests.moments.of_uploads import UPLOADS

MOMENTS = (*FILES, *UPLOADS, *KEYS, *OPERATORS, *COMMANDS)

_PACE = "how long a client may take to send: tests/unit/test_front_door_pace.py"
_WAIT = "how long to wait, by a clock that only measures"
NO_MOMENTS = {
    "front_door/body.py: min(self._left - waited, self._ends - now)": _PACE,
    "front_door/body.py: self._remaining(self._loop.time()) > 0": _PACE,
    "larder/admin/check/pace.py: self._free_at > self._began_at": _WAIT,
    "larder/admin/verify/pace.py: time.monotonic() < deadline": _WAIT,
    "larder/admin/verify/scene.py: time.monotonic() - started > seconds": _WAIT,
    "larder/cli/progress.py: time.monotonic() - self._step_began > _STEP_SECONDS": _WAIT,
    "larder/transfer/workers.py: (left := (end - time.monotonic())) > 0": _WAIT,
    "larder/transfer/workers.py: max(0, end - time.monotonic())": _WAIT,
}
"""Why each is none."""
