"""The deployed stacks do what `docs/openapi.yaml` says, by its examples and some made requests.

`tests/integration/test_description.py` has what takes its time: every value at its bounds and past
them, many generated ones, chains of calls, and the batch system.
"""

from tests.bed.description import hold, without_optional_headers
from tests.e2e.conftest import NewUser
from tests.e2e.user import User

FEW = ("--phases", "examples,fuzzing")


def test_every_operation_answers_a_user_as_described(new_user: NewUser, user: User) -> None:
    hold(
        user.deployment.base_url,
        without_optional_headers(),
        user.home,
        user.environment,
        *FEW,
        tester=user.key,
        other=new_user().key,
        examples=5,
    )
