"""The alarms at which CloudFormation undoes a deployment are ones that the API's stack has."""

from dataclasses import replace

import pytest

from infra.operation.triggers import TRIGGERS, trigger_of
from infra.stages import STAGES, StageError
from tests.infra.conftest import Synthesized


def test_each_trigger_is_one_alarm_of_the_stack(synthesized: Synthesized) -> None:
    alarms = synthesized(STAGES["prod"]).api.all_of("CloudWatch::Alarm")
    found = [trigger for alarm in alarms if (trigger := trigger_of(alarm.logical_id))]
    assert sorted(found) == sorted(TRIGGERS)


@pytest.mark.parametrize("minutes", [-1, 181])
def test_the_time_has_a_bound(minutes: int) -> None:
    with pytest.raises(StageError, match="rollback_minutes may be 0 to 180"):
        replace(STAGES["prod"], rollback_minutes=minutes)
