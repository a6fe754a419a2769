import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

# jsii runs Node: the locked one that lies beside this interpreter, whatever else is on the path.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

from infra.choice import find_stage
from infra.stages import STAGES, Stage
from tests.infra.guarded import COUNTED, GUARDED
from tests.infra.templates import Assembly, synthesize

Synthesized = Callable[[Stage], Assembly]

WITH_FRONT_DOOR = find_stage("prod", front_door=True)
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/4f0e"
assert GUARDED.domain is not None
NAMED_FRONT_DOOR = replace(
    WITH_FRONT_DOOR, domain=replace(GUARDED.domain, certificate_arn=CERTIFICATE)
)
EVERY_STAGE = {**STAGES, "prod with a front door": WITH_FRONT_DOOR}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what reads templates on one worker, which then synthesizes each stage once."""
    for item in items:
        if "synthesized" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("synthesis"))


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Synthesizes a stage, each at most once a session: that takes seconds."""
    made: list[tuple[Stage, Assembly]] = []

    def find_or_make(stage: Stage) -> Assembly:
        for known, assembly in made:
            if known == stage:
                return assembly
        assembly = synthesize(stage, tmp_path_factory.mktemp(stage.name))
        made.append((stage, assembly))
        return assembly

    return find_or_make


@pytest.fixture(scope="session")
def prod(synthesized: Synthesized) -> Assembly:
    return synthesized(STAGES["prod"])


@pytest.fixture(scope="session")
def dev(synthesized: Synthesized) -> Assembly:
    return synthesized(STAGES["dev"])


@pytest.fixture(scope="session")
def local(synthesized: Synthesized) -> Assembly:
    return synthesized(STAGES["local"])


@pytest.fixture(scope="session")
def with_front_door(synthesized: Synthesized) -> Assembly:
    return synthesized(WITH_FRONT_DOOR)


@pytest.fixture(scope="session")
def guarded(synthesized: Synthesized) -> Assembly:
    return synthesized(GUARDED)


@pytest.fixture(scope="session")
def counted(synthesized: Synthesized) -> Assembly:
    return synthesized(COUNTED)


@pytest.fixture(scope="session", params=list(EVERY_STAGE))
def every_stage(request: pytest.FixtureRequest, synthesized: Synthesized) -> Assembly:
    return synthesized(EVERY_STAGE[request.param])
