"""What every test may ask for."""

import os
import signal
import ssl
import time
from collections.abc import Iterator
from functools import cache

import httpcore2
import hypothesis
import openai
import pytest

from tests.bed.bed import Bed, made_bed
from tests.bed.uploader import Uploader
from tests.summary import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

# An example that takes long says how busy the machine is, not what is wrong; ratios of times that
# mean something have tests of their own.
hypothesis.settings.register_profile("larder", deadline=None)
hypothesis.settings.load_profile("larder")


@pytest.fixture(scope="session", autouse=True)
def _heed_ctrl_c() -> Iterator[None]:
    """A shell starts what runs in the background deaf to it, which commands would inherit."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def _leave_the_developers_larder_alone() -> Iterator[None]:
    """What a developer's shell says of a Larder of their own would go before what tests say."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("LARDER_BASE_URL", "LARDER_API_KEY", "LARDER_PROFILE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _read_certificates_once() -> Iterator[None]:
    """Give all clients that trust the same certificates one context: to read them takes 30 ms."""
    read = httpcore2.default_ssl_context

    @cache
    def context(_file: str | None, _folder: str | None, trust_env: bool) -> ssl.SSLContext:
        return read(_trust_env=trust_env)

    def shared(*, _trust_env: bool = True) -> ssl.SSLContext:
        file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        return context(file, folder, _trust_env)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore2, "default_ssl_context", shared)
        yield


@pytest.fixture
def bed() -> Iterator[Bed]:
    """Larder, deployed on an AWS of its own."""
    with made_bed(time.time()) as bed:
        yield bed


@pytest.fixture
def alice(bed: Bed) -> openai.OpenAI:
    """The SDK with alice's key."""
    return bed.client_of("alice")


@pytest.fixture
def bob(bed: Bed) -> openai.OpenAI:
    """The SDK with bob's key."""
    return bed.client_of("bob")


@pytest.fixture
def service(bed: Bed) -> openai.OpenAI:
    """The SDK with the batch system's key, acting for alice."""
    return bed.client_of("batch-system", acting_for="alice")


@pytest.fixture
def alice_uploads(bed: Bed) -> Uploader:
    """Alice, who uploads by plain HTTP."""
    return Uploader(bed)


@pytest.fixture
def service_uploads(bed: Bed) -> Uploader:
    """The batch system, which uploads for alice by plain HTTP."""
    return Uploader(bed, "batch-system", acting_for="alice")
